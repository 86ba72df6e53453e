import { OpusDecoder } from "../../../lib/audio/mod.ts";
import { SimulatedDevice, type TimedMessage } from "../../../lib/device/mod.ts";
import { withDeadline } from "../../../lib/lifecycle/mod.ts";
import type { SpeechSound } from "../../../lib/tts/mod.ts";
import { openVoice } from "../../support/open_voice.ts";
import { ServedGateway, withConfig } from "../../support/served_gateway.ts";
import { until } from "../../support/until.ts";
import { Ear } from "../ear.ts";
import { LlamaPeer } from "../peers/llama.ts";
import { JOE_RATE_HZ, startPiperStudio } from "../peers/piper.ts";
import { type Check, checked, type Finding, type Row, say } from "../table.ts";
import { ALLOWED, type Trial, type TrialContext } from "../trial.ts";

const QUESTION = "What is the capital of France?";
const STORY = "Please tell me a very long story about a dragon.";
/** Devices by the voice that answers them. */
const FLITE = "02:00:00:00:00:01";
const PIPER = "02:00:00:00:00:02";
const STORYTELLER = "02:00:00:00:00:03";
/** What is waited for at most, on a machine that does other things as well. */
const WARM_MS = 180_000;
const ANSWER_MS = 300_000;
/** Firmware gets 60 ms to hear what was under way. */
const QUIET_MS = 500;
const RATE_HZ = 24_000;
/** A server that computes on the processor of all others. */
const PATIENCE = "headersTimeoutMs: 120000, firstTokenTimeoutMs: 120000, tokenTimeoutMs: 60000";

/** A whole turn: a device speaks, Moonshine hears, SmolLM2 answers, Flite or Piper speaks, and our ear understands it. */
export const turnTrial: Trial = { name: "turn", run: runTrial };

async function runTrial({ dir, signal }: TrialContext): Promise<readonly Finding[]> {
  await using llama = await LlamaPeer.start({ dir, contextTokens: 4_096, signal });
  await using piper = await startPiperStudio({ dir, signal });
  await llama.loaded();
  await using ear = await Ear.open();
  const piperUrl = `http://127.0.0.1:${piper.port}/v1`;
  return await withConfig(async (config) => {
    await using gateway = new ServedGateway(config);
    const url = new URL(await withDeadline(gateway.warm(), WARM_MS, { what: "the gateway", signal }));
    const spoken = async (deviceId: string) => await talk({ url, deviceId, text: QUESTION, ear, signal });
    const findings = [
      ...await answered("flite", await spoken(FLITE), {
        ear,
        signal,
        bare: async (text) => [{ pcm: await ear.say(text, signal), sampleRateHz: 16_000 }],
      }),
      ...await answered("Piper behind OpenAI's speech", await spoken(PIPER), {
        ear,
        signal,
        bare: (text) => piperSays(text, piperUrl, signal),
      }),
      await interrupted(llama, { url, ear, signal }),
    ];
    await until(async () => !await llama.isBusy(), "nothing is left at the language model");
    return findings;
  }, configFor(llama.url, piperUrl));
}

function configFor(llm: string, tts: string): string {
  const model = `type: openai, url: "${llm}", model: smollm2, temperature: 0, ${PATIENCE}`;
  return `
llm:
  short: { ${model}, maxTokens: 40 }
  long: { ${model}, maxTokens: 2000 }
tts:
  piper: { type: openai, url: "${tts}", model: tts-1, languages: [en], firstSoundTimeoutMs: 60000 }
agents:
  default: { llm: short, tts: flite, language: en, prompt: Answer in plain words., fillers: false }
  piper: { tts: piper }
  storyteller: { llm: long }
devices:
  "${PIPER}": { agent: piper }
  "${STORYTELLER}": { agent: storyteller }
`;
}

/** One turn, as a device has it. */
interface Talk {
  /** What was recognized of the question. */
  readonly heard: string;
  /** What was shown of the answer. */
  readonly answer: string;
  /** What was played of it. */
  readonly sound: SpeechSound;
  /** From the end of the question to the first frame, in ms. */
  readonly firstFrameMs: number;
}

interface TalkOptions {
  readonly url: URL;
  readonly deviceId: string;
  readonly text: string;
  readonly ear: Ear;
  readonly signal: AbortSignal;
  /** Told what the gateway says. */
  readonly onMessage?: (device: SimulatedDevice, message: TimedMessage["message"]) => void;
  /** Called once the turn is over, while the device is still there. */
  readonly afterward?: (device: SimulatedDevice) => Promise<void>;
}

async function talk({ url, deviceId, text, ear, signal, onMessage, afterward }: TalkOptions): Promise<Talk> {
  const packets: Uint8Array[] = [];
  const talking: { device?: SimulatedDevice } = {};
  await using device = await SimulatedDevice.connect({
    url,
    deviceId,
    onPlayed: (opus) => void packets.push(opus.slice()),
    onMessage: ({ message }) => talking.device && onMessage?.(talking.device, message),
  }, signal);
  talking.device = device;
  const said = await device.say(await ear.say(text, signal), { answerTimeoutMs: ANSWER_MS });
  await afterward?.(device);
  const decoder = new OpusDecoder({ sampleRateHz: RATE_HZ });
  const pieces = packets.map((packet) => decoder.decode(packet));
  decoder.close();
  const pcm = new Int16Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    pcm.set(piece, at);
    at += piece.length;
  }
  const sentences = said.messages.flatMap(({ message }) =>
    message.type === "tts" && message.state === "sentence_start" ? [message.text] : []
  );
  const when = (is: (message: TimedMessage["message"]) => boolean) =>
    said.messages.findLast(({ message }) => is(message))?.tSeconds ?? NaN;
  const startS = when((message) => message.type === "tts" && message.state === "start");
  const textS = when(({ type }) => type === "stt");
  const firstFrameMs = (said.endOfSpeechToTextMs ?? NaN) + 1_000 * (startS - textS);
  say(`  ${deviceId}: ${said.text} / ${sentences.join(" ")}`);
  return {
    heard: said.text,
    answer: sentences.join(" "),
    sound: { pcm, sampleRateHz: RATE_HZ },
    firstFrameMs,
  };
}

interface AnsweredOptions {
  readonly ear: Ear;
  readonly signal: AbortSignal;
  /** The same words by the voice, with nothing between. */
  readonly bare: (text: string) => Promise<readonly SpeechSound[]>;
}

async function answered(
  voice: string,
  { heard, answer, sound, firstFrameMs }: Talk,
  { ear, signal, bare }: AnsweredOptions,
): Promise<readonly Finding[]> {
  const { wrong, of } = await ear.compare(answer, [sound], signal);
  const row: Row = {
    type: "heard",
    what: `An answer of SmolLM2, spoken by ${voice}`,
    wrong,
    bare: (await ear.compare(answer, await bare(answer), signal)).wrong,
    of,
    unit: "words",
    allowed: ALLOWED,
    delayMs: firstFrameMs,
  };
  return [
    checked(
      `a question is heard, answered and spoken by ${voice}`,
      /france/i.test(heard) && of > 3 && sound.pcm.length > RATE_HZ,
      `${of} words in ${(sound.pcm.length / RATE_HZ).toFixed(1)} s, the first frame after ${
        Math.round(firstFrameMs)
      } ms`,
    ),
    row,
  ];
}

async function piperSays(text: string, url: string, signal: AbortSignal): Promise<readonly SpeechSound[]> {
  const voice = await openVoice({ type: "openai", url, model: "tts-1", sampleRateHz: JOE_RATE_HZ });
  try {
    return await Array.fromAsync(voice.speak({ text, language: "en" }, signal));
  } finally {
    await voice.close?.();
  }
}

/** A device that aborts a long answer as it begins to be spoken. */
async function interrupted(
  llama: LlamaPeer,
  { url, ear, signal }: { readonly url: URL; readonly ear: Ear; readonly signal: AbortSignal },
): Promise<Check> {
  let abortedMs: number | undefined;
  let freeMs = NaN;
  let late = NaN;
  const before = (await llama.requests()).canceled;
  const { answer } = await talk({
    url,
    deviceId: STORYTELLER,
    text: STORY,
    ear,
    signal,
    onMessage: (device, message) => {
      if (abortedMs !== undefined || message.type !== "tts" || message.state !== "sentence_start") return;
      abortedMs = performance.now();
      device.send({ type: "abort" });
    },
    afterward: async (device) => {
      await until(async () => !await llama.isBusy(), "the language model is free", { timeoutMs: WARM_MS });
      freeMs = Math.round(performance.now() - (abortedMs ?? NaN));
      const { framesPlayed, framesIgnored } = device.stats;
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      late = device.stats.framesPlayed - framesPlayed + device.stats.framesIgnored - framesIgnored;
    },
  });
  const canceled = (await llama.requests()).canceled - before;
  return checked(
    "an abort by the device ends the answer at the language model, and nothing more is played",
    answer !== "" && canceled > 0 && late === 0,
    `free ${freeMs} ms after the abort, ${late} frames later`,
  );
}
