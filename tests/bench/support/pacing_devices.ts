/**
 * Devices that are spoken to, in a process of their own. Arguments: the URL of the gateway, and a {@linkcode PacingLoad} as
 * JSON. For `run` they do what it says and tell what each answer was like.
 */
import { delay } from "@std/async";
import { serveMeasured } from "../../support/measured_server.ts";
import { AnswerDevice, type AnswerFigures, figuresOf } from "./answer_device.ts";

/** What the devices do. */
export interface PacingLoad {
  readonly devices: number;
  /** For how long, in s. */
  readonly seconds: number;
  /** What they hear: an answer each, or one greeting after the other. */
  readonly what: "answers" | "greetings";
  /** Whether each stops reading now and then, for 0.3 to 3 s. */
  readonly stalls?: boolean;
}

/** What it answers. */
export type PacingAnswers = {
  readonly run: {
    readonly answers: readonly (AnswerFigures & { readonly stalls: number })[];
    readonly stray: number;
  };
};

const RAMP_MS = 1_000;
const POLL_MS = 10;
/** How long each reads between two stalls, in ms. */
const BETWEEN_STALLS_MS = [2_000, 6_000] as const;
const STALL_MS = [300, 3_000] as const;

let seed = 11;
function between([from, to]: readonly [number, number]): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
  return from + (seed / 0x7fff_ffff) * (to - from);
}

const url = new URL(Deno.args[0] ?? "");
const load: PacingLoad = JSON.parse(Deno.args[1] ?? "{}");

async function stall(device: AnswerDevice, untilMs: number): Promise<number> {
  let stalls = 0;
  for (;;) {
    await delay(between(BETWEEN_STALLS_MS));
    if (performance.now() > untilMs) return stalls;
    device.stall();
    await delay(between(STALL_MS));
    device.resume();
    stalls++;
  }
}

async function hear(device: AnswerDevice, index: number): Promise<number> {
  await delay(index * RAMP_MS / load.devices);
  const untilMs = performance.now() + load.seconds * 1_000;
  const stalling = load.stalls === true ? stall(device, untilMs) : Promise.resolve(0);
  device.listenDeaf();
  while (performance.now() < untilMs) {
    const answers = device.answers.length;
    device.ask(load.what === "answers" ? "Tell me something long" : "Alexa");
    while ((device.answers.length === answers || device.speaking) && performance.now() < untilMs) {
      await delay(POLL_MS);
    }
  }
  return await stalling;
}

const devices = await Promise.all(
  Array.from({ length: load.devices }, (_, index) => AnswerDevice.open({ url, index })),
);
await serveMeasured(url.href, async () => {
  const stalls = await Promise.all(devices.map(hear));
  return {
    answers: devices.flatMap(({ answers }, index) =>
      answers.map((answer) => ({ ...figuresOf(answer), stalls: stalls[index] ?? 0 }))
    ),
    stray: devices.reduce((sum, { strayMs }) => sum + strayMs.length, 0),
  };
});
Deno.exit(0);
