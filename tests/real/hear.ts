import { delay } from "@std/async";
import { SimulatedDevice } from "../../lib/device/mod.ts";
import { withDeadline } from "../../lib/lifecycle/mod.ts";
import type { ListenMode } from "../../lib/protocol/mod.ts";
import { ServedGateway, withConfig } from "../support/served_gateway.ts";
import type { SpeechClip } from "../support/speech.ts";
import type { Heard, Speech } from "./clips.ts";
import { say } from "./table.ts";

/** What is waited for at most: models are heard on machines that do other things as well. */
const WARM_MS = 180_000;
const ANSWER_MS = 120_000;
const POLL_MS = 200;
/** The same for the gateway, which would give the recognizer up sooner. */
const PATIENCE = `openTimeoutMs: 30000, finalTimeoutMs: ${ANSWER_MS}`;

/** What a device heard, and how soon. */
export interface DeviceHeard extends Heard {
  /** From the end of speech to the text, in ms; absent where nothing was recognized. */
  readonly delayMs?: number;
}

/** A gateway's recognizer, as its config says it. */
export interface Recognizer {
  /** The keys of its block in `asr`, without braces. */
  readonly asr: string;
  /** The language of the speakers. */
  readonly language: string;
  /** What `models.custom` holds, as a flow mapping. */
  readonly custom?: string;
}

/** What is asked of the gateway that {@linkcode withGateway} has started: how speech sounds to a device in a mode. */
export type Hear = (speech: Speech, mode: ListenMode) => Promise<DeviceHeard[]>;

/** Runs `use` with a gateway that recognizes with `recognizer` and answers nothing, as an operator starts it. */
export async function withGateway<T>(
  { asr, language, custom = "{}" }: Recognizer,
  signal: AbortSignal,
  use: (hear: Hear) => Promise<T>,
): Promise<T> {
  return await withConfig(
    async (config) => {
      await using gateway = new ServedGateway(config);
      const url = new URL(await withDeadline(gateway.warm(), WARM_MS, { what: "the gateway", signal }));
      return await use(async ({ clips }, mode) => {
        const heard: DeviceHeard[] = [];
        for (const clip of clips) heard.push(await play(gateway, { url, mode, signal }, clip));
        return heard;
      });
    },
    `  custom: ${custom}\nasr: { real: { ${PATIENCE}, ${asr} } }\nagents: { default: { llm: none, language: ${language} } }\n`,
  );
}

/** Each clip by a device of its own, so that a late word is never taken for the next clip's. */
async function play(
  gateway: ServedGateway,
  { url, mode, signal }: { readonly url: URL; readonly mode: ListenMode; readonly signal: AbortSignal },
  { file, pcm }: SpeechClip,
): Promise<DeviceHeard> {
  const texts: string[] = [];
  await using device = await SimulatedDevice.connect({
    url,
    mode,
    onMessage: ({ message }) => message.type === "stt" && texts.push(message.text),
  }, signal);
  const { endOfSpeechToTextMs } = await device.say(pcm, { answerTimeoutMs: ANSWER_MS });
  // A pause in the clip makes two turns of it, and words of the later one may come long after the earlier one's. A
  // recognizer that ends turns itself is still listening.
  device.send({ type: "listen", state: "stop" });
  for (const startedMs = performance.now(); await openTurns(gateway) > 0;) {
    if (performance.now() - startedMs > ANSWER_MS) throw new Error(`Cannot go on: ${file} has no end`);
    await delay(POLL_MS, { signal });
  }
  const text = texts.join(" ");
  say(`  ${mode} ${file}: ${texts.join(" / ")}`);
  return { file, text, ...(endOfSpeechToTextMs !== undefined && { delayMs: endOfSpeechToTextMs }) };
}

/** Turns in which somebody has spoken and whose words are still to come. */
async function openTurns(gateway: ServedGateway): Promise<number> {
  const { turnsStarted, turnsText, turnsEmpty, turnsFailed, turnsCanceled } =
    (await gateway.health()).counters;
  return turnsStarted - turnsText - turnsEmpty - turnsFailed - turnsCanceled;
}
