import { z } from "zod";
import {
  loadHistograms,
  type LoadPlan,
  prepareSilence,
  prepareSound,
  type ProcessUsage,
  runLoad,
  type SoundFormat,
  syllables,
  usageByMetrics,
  usageOf,
  UsageWatch,
  withoutTail,
} from "../device/load/mod.ts";
import { EarshotError, EXIT } from "../errors/mod.ts";
import { type CommandSpec, wholeOption } from "./command.ts";
import { refuseSecondStandardInput } from "./input.ts";
import { type LoadReport, loadTable } from "./load_table.ts";
import type { Output } from "./output.ts";
import { keepOnly } from "./permissions.ts";
import { readSpeech } from "./speech.ts";

const MAX_DEVICES = 5_000;
const MAX_RAMP_MS = 3_600_000;
const MAX_DURATION_MS = 24 * 3_600_000;

const loadOptions = z.object({
  url: z.url({ protocol: /^wss?$/, error: "give a WebSocket URL such as ws://127.0.0.1:8000/xiaozhi/v1/" }),
  devices: wholeOption(`give a whole number, 1 to ${MAX_DEVICES}`, [1, MAX_DEVICES]).default(1),
  ramp: timeOption("give a time such as 10s, at most 60m", [0, MAX_RAMP_MS]).default(10_000),
  duration: timeOption("give a time such as 60s, at most 1440m", [1, MAX_DURATION_MS]).default(60_000),
  utterances: z.array(z.string()).default([]),
  mode: z.enum(["auto", "manual", "realtime"], "give auto, manual or realtime").default("auto"),
  faults: z.string().regex(/^\d+(\.\d+)?%$/, "give a share such as 5%").transform((text) =>
    Number(text.slice(0, -1)) / 100
  ).pipe(z.number().max(1, "give a share such as 5%")).default(0),
  frameMs: z.enum(["20", "60"], "give 20 or 60").default("60"),
  protocolVersion: z.enum(["1", "2", "3"], "give 1, 2 or 3").default("1"),
  pause: timeOption("give a time such as 2s, at most 60m", [0, MAX_RAMP_MS]).default(2_000),
  answerTimeout: timeOption("give a time such as 15s, at most 60m", [1, MAX_RAMP_MS]).default(15_000),
  token: z.string().default(""),
  seed: wholeOption("give a whole number", [0, Number.MAX_SAFE_INTEGER]).default(1),
  stamp: z.boolean().default(false),
  pid: wholeOption("give the id of a process", [0, Number.MAX_SAFE_INTEGER]).optional(),
  iOwnThisServer: z.boolean().default(false),
});

type Options = z.output<typeof loadOptions>;

/** `earshot load --url URL` */
export const load: CommandSpec<typeof loadOptions> = {
  usage: "load",
  summary: "be many devices at once, and measure how the server bears it",
  examples: [
    "earshot load --url ws://127.0.0.1:8000/xiaozhi/v1/ --devices 100 --utterances hello.wav bye.wav",
    "earshot load --url ws://127.0.0.1:8000/xiaozhi/v1/ --devices 1000 --ramp 30s --mode realtime --faults 5%",
    "earshot load --url ws://192.168.1.10:8000/xiaozhi/v1/ --i-own-this-server --devices 50 --duration 5m --json",
  ],
  flags: [
    ["--url <url>", "the server's WebSocket URL; any that speaks the protocol"],
    ["--devices <number>", `how many devices, at most ${MAX_DEVICES} (default: 1)`],
    ["--ramp <time>", "the time over which they come (default: 10s)"],
    ["--duration <time>", "how long they talk once all have come (default: 60s)"],
    [
      "--utterances <files...>",
      "files of sound that they say in turns; without any a sound that is no words, which not every server answers",
    ],
    ["--mode <mode>", "how they listen: auto, manual (push to talk) or realtime (default: auto)"],
    ["--faults <share>", "the share of utterances in which a device misbehaves (default: 0%)"],
    ["--frame-ms <ms>", "how long one Opus packet sounds: 20 or 60 (default: 60)"],
    [
      "--protocol-version <version>",
      "the binary framing: 1, 2 or 3; not every server knows all (default: 1)",
    ],
    [
      "--pause <time>",
      "the silence between a turn and the next utterance, half as much again or less (default: 2s)",
    ],
    ["--answer-timeout <time>", "how long a turn may take once its speech is over (default: 15s)"],
    ["--token <token>", "the bearer token of all of them"],
    ["--seed <number>", "another one gives other pauses and faults (default: 1)"],
    ["--stamp", "write number and time into packets, for whoever relays them; no speech is left in them"],
    ["--pid <id>", "the server's process, whose CPU and memory are reported (Linux)"],
    ["--i-own-this-server", "load a server that is not on this machine"],
  ],
  permissions: ["read", "net", "run"],
  options: loadOptions,
  async run({ options, output, signal }) {
    const url = new URL(options.url);
    if (!isLoopback(url) && !options.iOwnThisServer) {
      const state = "it is not this machine; add --i-own-this-server if nobody minds";
      throw new EarshotError("cli.usage", `Cannot load ${url.host}: ${state}`);
    }
    if (options.pid === undefined) await keepOnly(["read", "net"]);
    const createHistogram = await loadHistograms();
    const plan = await planOf(url, options, { output, signal });
    const look = lookAt(url, options.pid);
    if (options.pid !== undefined && await look() === undefined) {
      throw new EarshotError("cli.usage", `Cannot use --pid: there is no process ${options.pid} in /proc`);
    }
    const { devices, ramp: rampMs, duration: durationMs, seed, mode } = options;
    output.say(
      `${devices === 1 ? "1 device comes" : `${devices} devices come`} within ${
        rampMs / 1_000
      } s to talk for ${durationMs / 1_000} s; Ctrl-C ends it`,
    );
    const usage = new UsageWatch(look);
    await usage.begin();
    const result = await runLoad({
      plan,
      devices,
      rampMs,
      durationMs,
      createHistogram,
      seed,
      onFull: () => usage.begin(),
      onEnding: () => usage.end(),
      onProgress: (connected) => output.draw(`${connected} of ${devices} devices are connected`),
    }, signal);
    const report: LoadReport = {
      url: `${url.protocol}//${url.host}${url.pathname}`,
      devices,
      mode,
      frameMs: plan.frameMs,
      ...result,
      ...usage.figures,
    };
    output.result({ type: "load", ...report }, loadTable(report));
    return result.interrupted ? EXIT.interrupted : EXIT.ok;
  },
};

/** How the server's CPU and memory are seen, if at all. */
function lookAt(url: URL, pid: number | undefined): () => Promise<ProcessUsage | undefined> {
  if (pid !== undefined) return () => usageOf(pid);
  return isLoopback(url) ? () => usageByMetrics(url) : () => Promise.resolve(undefined);
}

async function planOf(
  url: URL,
  options: Options,
  reading: { readonly output: Output; readonly signal: AbortSignal },
): Promise<LoadPlan> {
  const { token, mode, pause: pauseMs, answerTimeout: answerTimeoutMs, faults: faultShare, stamp } = options;
  const format: SoundFormat = {
    frameMs: options.frameMs === "20" ? 20 : 60,
    frameVersion: options.protocolVersion === "1" ? 1 : options.protocolVersion === "2" ? 2 : 3,
  };
  refuseSecondStandardInput(options.utterances);
  const sounds = [];
  for (const file of options.utterances) {
    // The devices hear silence afterward anyway; here ends what the server must notice the end of.
    const pcm = withoutTail(await readSpeech(file, reading));
    if (pcm.length === 0) throw new EarshotError("audio.invalid_wav", `Cannot say ${file}: it has no sound`);
    sounds.push(pcm);
  }
  if (sounds.length === 0) sounds.push(syllables());
  return {
    url,
    token,
    mode,
    ...format,
    utterances: sounds.map((pcm) => prepareSound(pcm, format)),
    silence: prepareSilence(format),
    pauseMs,
    answerTimeoutMs,
    faultShare,
    stamp,
  };
}

/** Addresses that no packet leaves this machine for. */
function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

/** `10s`, `500ms` or `2m` on the command line, in ms. */
function timeOption(advice: string, [leastMs, mostMs]: readonly [number, number]) {
  return z.string(advice).regex(/^\d+(\.\d+)?(ms|s|m)$/, advice).transform((text) => {
    const unitMs = text.endsWith("ms") ? 1 : text.endsWith("s") ? 1_000 : 60_000;
    return Number.parseFloat(text) * unitMs;
  }).pipe(z.number().min(leastMs, advice).max(mostMs, advice));
}
