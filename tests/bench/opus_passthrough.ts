/**
 * What a second of speech to a device costs whose voice sends Ogg Opus: passed as it is, and decoded, leveled and encoded
 * again, beside a bare relay of the same packets from a socket to a socket, in one run and in turn. Services and devices
 * are other processes. Arguments: how many devices, and for how many seconds.
 *
 * `deno task opus-passthrough`, 4 minutes
 */
import { delay } from "@std/async";
import { MeasuredProcess } from "../support/measured_process.ts";
import type { PacingAnswers, PacingLoad } from "./support/pacing_devices.ts";
import { report, round } from "./support/report.ts";
import type { SpeakingAnswers } from "./support/speaking_process.ts";

const [devices = "40", seconds = "12"] = Deno.args;
/** Until a voice is known, the devices are all ahead, and the code is compiled, in s. */
const WARM_SECONDS = 14;
const ROUNDS = 2;
const LIMIT = 1.5;
/** How long a piece sounds, in s, at least; answers go on for longer than they are measured. */
const PIECE_SECONDS = 2.5;

await using service = new MeasuredProcess(new URL("./support/packet_service.ts", import.meta.url));
const serviceUrl = (await service.url()).href;
const pieces = Math.ceil((WARM_SECONDS + 2 * Number(seconds)) / PIECE_SECONDS);

interface Measured {
  /** CPU for a second of sound, in ms. */
  readonly cpuMs: number;
  /** Frames that came at the devices where they are counted. */
  readonly frames: number;
}

async function measure(manner: "relay" | "fetched" | "pass" | "encode"): Promise<Measured> {
  await using server = new MeasuredProcess<SpeakingAnswers>(
    new URL("./support/speaking_process.ts", import.meta.url),
    { args: [manner, serviceUrl, String(pieces)], asStarted: manner === "pass" || manner === "encode" },
  );
  const load: PacingLoad = {
    devices: Number(devices),
    seconds: WARM_SECONDS + Number(seconds) + 1,
    what: "answers",
  };
  await using clients = new MeasuredProcess<PacingAnswers>(
    new URL("./support/pacing_devices.ts", import.meta.url),
    { args: [(await server.url()).href, JSON.stringify(load)] },
  );
  await clients.url();
  const heard = clients.ask("run");
  await delay(WARM_SECONDS * 1_000);
  const [before, beganMs] = [await server.ask("usage"), performance.now()];
  await delay(Number(seconds) * 1_000);
  const [after, endedMs] = [await server.ask("usage"), performance.now()];
  const { answers } = await heard;
  const cpuSeconds = (after.cpuSeconds ?? NaN) - (before.cpuSeconds ?? NaN);
  return {
    // Each device plays on: a second of sound in a second.
    cpuMs: cpuSeconds * 1e6 / (endedMs - beganMs) / Number(devices),
    frames: answers.reduce((sum, { frames }) => sum + frames, 0),
  };
}

const runs = {
  relay: [] as Measured[],
  fetched: [] as Measured[],
  pass: [] as Measured[],
  encode: [] as Measured[],
};
for (let round = 0; round < ROUNDS; round++) {
  for (const manner of ["relay", "fetched", "pass", "encode"] as const) {
    runs[manner].push(await measure(manner));
  }
}
const [load1] = Deno.loadavg();
/** The run in which the machine was disturbed least. */
const best = (manner: keyof typeof runs) => Math.min(...runs[manner].map(({ cpuMs }) => cpuMs));
const detail = (manner: keyof typeof runs) => ({
  devices: Number(devices),
  cpuMs: runs[manner].map(({ cpuMs }) => round(cpuMs)),
  frames: runs[manner].map(({ frames }) => frames),
  machineLoad: round(load1 ?? NaN),
});
for (
  const [manner, what] of [["relay", "from socket to socket"], ["fetched", "of Ogg Opus over HTTP"]] as const
) {
  const name = `a second of speech through a bare relay ${what}`;
  report({ name, measured: best(manner), unit: "ms of CPU", detail: detail(manner) });
}
for (
  const [manner, what] of [
    ["pass", "that passes undecoded, one piece of 16 aside"],
    ["encode", "that is decoded and encoded again"],
  ] as const
) {
  for (const relay of ["relay", "fetched"] as const) {
    report({
      name: `a second of speech ${what}, of the bare relay's ${relay === "relay" ? "of sockets" : "of HTTP"}`,
      measured: best(manner) / best(relay),
      unit: "x",
      ...(manner === "pass" && relay === "fetched" && { limit: LIMIT }),
      detail: detail(manner),
    });
  }
}
