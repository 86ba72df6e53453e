/**
 * How long the first sound of a text takes beyond what the service itself takes, with 50 texts at once, for a voice over
 * HTTP, one over a WebSocket and one that takes a text while it is being written: from the question to the runner until
 * its first sound, with the connection, less the time that the emulator, in a process of its own, had something to do.
 * Then 100 streams are opened and left in four ways, and nothing of them may be open.
 *
 * `deno task voice-overhead [VOICE...]`
 */
import { delay } from "@std/async";
import { openOutboundSockets } from "../../lib/net/mod.ts";
import type { TtsSubject } from "../contract/tts_subjects.ts";
import { MeasuredProcess } from "../support/measured_process.ts";
import {
  MEASURED_VOICES,
  openAndLeave,
  type OpenedVoice,
  openMeasured,
  soundOf,
} from "./support/measured_voices.ts";
import { percentile, report, round } from "./support/report.ts";
import type { SpeechHeld } from "./support/speech_process.ts";
import { StallMeter } from "./support/stall_meter.ts";

const AT_ONCE = 50;
/** Texts that each speaks one after the other; the first one is not measured. */
const TEXTS = 12;
/** Within what time all begin, in ms: that of one text. */
const WITHIN_MS = 400;
const STREAMS = 100;
/** How long sockets may take to end once their streams have, in ms. */
const CLOSING_MS = 2_000;
const NEVER = new AbortController().signal;

/** What one voice cost. */
interface Cost {
  /** Of each text, in ms. */
  readonly overheadsMs: readonly number[];
  /** What was open after the streams: sockets at the service, sockets and places here. */
  readonly leftOpen: number;
  /** The longest that a bare timer was late meanwhile, in the process of the service or here, in ms. */
  readonly stallMs: number;
}

/** Speaks texts one after the other; gives for each how long its first sound took, in ms. */
async function speakTexts(voice: OpenedVoice, speaker: number): Promise<Map<string, number>> {
  await delay(speaker * WITHIN_MS / AT_ONCE);
  const tookMs = new Map<string, number>();
  for (let index = 0; index < TEXTS; index++) {
    const first = `Text ${index} of speaker ${speaker}. `;
    const askedMs = performance.now();
    const { sounds, goOn } = soundOf(voice, { first, rest: "And the rest." }, NEVER);
    for await (const _sound of sounds) {
      if (!tookMs.has(first)) {
        tookMs.set(first, performance.now() - askedMs);
        goOn();
      }
    }
    if (index === 0) tookMs.clear();
  }
  return tookMs;
}

async function costOf(subject: TtsSubject): Promise<Cost> {
  await using service = new MeasuredProcess<{ check: SpeechHeld }>(
    new URL("./support/speech_process.ts", import.meta.url),
    { args: [subject.name] },
  );
  const origin = (await service.url()).href.replace(/\/$/, "");
  const voice = await openMeasured(subject, origin);
  const stalls = new StallMeter();
  const spoken = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => speakTexts(voice, index)));
  const { delays, stallMs } = await service.ask("check");
  const longestMs = Math.max(stallMs, stalls.stop());
  const ownMs = new Map(delays.map(([text, delayMs]) => [text.trim(), delayMs]));
  const overheadsMs = spoken.flatMap((tookMs) =>
    [...tookMs].map(([text, ms]) => ms - (ownMs.get(text.trim()) ?? NaN))
  );
  if (overheadsMs.some(Number.isNaN)) throw new Error(`${subject.name}: a text is not known to the service`);

  await openAndLeave(voice, STREAMS);
  await voice.provider.close?.();
  let held = await service.ask("check");
  const deadlineMs = performance.now() + CLOSING_MS;
  while (held.open > 0 && performance.now() < deadlineMs) {
    await delay(50);
    held = await service.ask("check");
  }
  if (held.violations.length > 0) throw new Error(`${subject.name}: ${held.violations[0]}`);
  const { active, waiting } = voice.runner.stats;
  return { overheadsMs, leftOpen: held.open + openOutboundSockets() + active + waiting, stallMs: longestMs };
}

const wanted = MEASURED_VOICES.filter(({ name }) =>
  Deno.args.length === 0 || Deno.args.some((word) => name.includes(word))
);
if (wanted.length === 0) throw new Error(`Cannot measure ${Deno.args.join(", ")}: no such voice`);
const byVoice: Record<string, unknown> = {};
const worst = { medianMs: 0, lateMs: 0 };
let stallMs = 0;
let leftOpen = 0;
for (const subject of wanted) {
  const cost = await costOf(subject);
  const [medianMs, lateMs] = [percentile(cost.overheadsMs, 0.5), percentile(cost.overheadsMs, 0.99)];
  worst.medianMs = Math.max(worst.medianMs, medianMs);
  worst.lateMs = Math.max(worst.lateMs, lateMs);
  leftOpen += cost.leftOpen;
  stallMs = Math.max(stallMs, cost.stallMs);
  byVoice[subject.name] = {
    texts: cost.overheadsMs.length,
    medianMs: round(medianMs),
    p99Ms: round(lateMs),
    stallMs: round(cost.stallMs),
    leftOpen: cost.leftOpen,
  };
}
report({
  name: `First sound beyond the service's own delay, ${AT_ONCE} texts at once, worst voice: median`,
  measured: worst.medianMs,
  unit: "ms",
  limit: 10,
  detail: { byVoice },
});
report({
  name: `First sound beyond the service's own delay, ${AT_ONCE} texts at once, worst voice: 99th percentile`,
  measured: worst.lateMs,
  unit: "ms",
  limit: 40,
});
report({
  name: "The longest that a bare timer was late meanwhile, here or at the service",
  measured: stallMs,
  unit: "ms",
});
report({
  name: `After ${STREAMS} streams that were opened and left: sockets at the service and here, places taken`,
  measured: leftOpen,
  unit: "",
  limit: 0,
});
