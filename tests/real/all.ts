/**
 * Providers against real peers and real weights out of packages, started here: each recognizer hears human speech
 * through a simulated device and a gateway, and is compared with the bare model; a language model and voices answer.
 * Prints tables. Exit code 1 when a limit is missed or a trial fails, 2 when something could not be tried, 130 when it
 * was stopped.
 *
 * `deno task test:real [--all] [--only NAME]...`
 */
import { parseArgs } from "node:util";
import { raceSignal } from "../../lib/lifecycle/mod.ts";
import { CACHE_DIR, removeDir } from "./cache.ts";
import { Unavailable } from "./run.ts";
import { type Finding, isMissed, printTable, say } from "./table.ts";
import type { Trial } from "./trial.ts";
import type { TrialName } from "./trial_types.ts";
import { llamaTrial } from "./trials/llama.ts";
import { piperTrial } from "./trials/piper.ts";
import { sherpaServerTrial, sherpaTrial } from "./trials/sherpa.ts";
import { turnTrial } from "./trials/turn.ts";
import { voicesTrial } from "./trials/voices.ts";
import { voskTrial } from "./trials/vosk.ts";
import { wyomingTrial } from "./trials/wyoming.ts";
import { wyomingVoiceTrial } from "./trials/wyoming_voice.ts";

const TRIALS: readonly Trial[] = Object.values(
  {
    "wyoming": wyomingTrial,
    "sherpa-server": sherpaServerTrial,
    "sherpa": sherpaTrial,
    "vosk": voskTrial,
    "llama": llamaTrial,
    "piper": piperTrial,
    "wyoming-voice": wyomingVoiceTrial,
    "turn": turnTrial,
    "voices": voicesTrial,
  } satisfies Readonly<Record<TrialName, Trial>>,
);
const EXIT = { missed: 1, skipped: 2, stopped: 130 };

const { values: options } = parseArgs({
  options: {
    all: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
  },
});
const unknown = options.only.find((only) => !TRIALS.some(({ name }) => name === only));
if (unknown !== undefined) {
  throw new Error(`Cannot try ${unknown}: give one of ${TRIALS.map(({ name }) => name).join(", ")}`);
}

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(name, () => stop.abort());

const findings: Finding[] = [];
const skipped = new Map<string, string>();
const failed = new Map<string, string>();
try {
  await Deno.mkdir(CACHE_DIR, { recursive: true });
  // Two runs at once would make the same folders.
  using lock = await Deno.create(`${CACHE_DIR}/lock`);
  await raceSignal(lock.lock(true), stop.signal);
  const dir = `${CACHE_DIR}/last-run`;
  await removeDir(dir);
  await Deno.mkdir(dir);
  for (const { name, run } of TRIALS) {
    if (options.only.length > 0 && !options.only.includes(name)) continue;
    say(`== ${name}`);
    try {
      findings.push(...await run({ signal: stop.signal, all: options.all, dir }));
    } catch (error) {
      stop.signal.throwIfAborted();
      const { message } = error instanceof Error ? error : new Error(String(error));
      (error instanceof Unavailable ? skipped : failed).set(name, message);
    }
  }
} catch (error) {
  if (!stop.signal.aborted) throw error;
  say("stopped");
  Deno.exit(EXIT.stopped);
}
printTable(findings, { skipped, failed });
Deno.exit(findings.some(isMissed) || failed.size > 0 ? EXIT.missed : skipped.size > 0 ? EXIT.skipped : 0);
