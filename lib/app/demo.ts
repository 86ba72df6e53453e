import { agentSettings, DEFAULT_AGENT } from "../agents/mod.ts";
import { type AsrProvider, AsrRunner, joinTexts, Recognizer, serviceKeys, transcribe } from "../asr/mod.ts";
import { resample, SPEECH_SAMPLE_RATE_HZ, toFloat32, toPcm16 } from "../audio/mod.ts";
import { ENGINE_SAMPLE_RATE_HZ } from "../engine/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import { raceSignal, type Scope, systemClock } from "../lifecycle/mod.ts";
import { timeZoneOf } from "../server/mod.ts";
import { type Config, configSchema } from "./config.ts";
import { Engines } from "./engines.ts";
import { Gateway } from "./gateway.ts";
import { serviceNeeds } from "./needs.ts";
import { readPrompts } from "./prompts.ts";
import { recognizeSound } from "./recognize_sound.ts";
import { openRecognizers } from "./recognizers.ts";
import { speakRecording } from "./recording.ts";
import type { Setup } from "./setup.ts";
import { openLlms, openVoices } from "./speaking.ts";

/** The recognizer and the voice of the demo: they are always there and need no account. */
const EAR = "moonshine";
const VOICE = "hibari";
const LANGUAGE = "en";
/** Nobody watches a demo for longer. */
const MAX_ANSWER_SECONDS = 30;

/**
 * What the demo runs: the embedded recognizer and voice, and what the default agent of the user's config answers with,
 * which is the built-in answers where it names nothing. Nothing is kept, and only this machine reaches it.
 */
export function demoConfig({ llm, agents, models, engine }: Config): Config {
  const [usual] = agentSettings({
    asr: {},
    llm,
    tts: {},
    agents: { [DEFAULT_AGENT]: agents[DEFAULT_AGENT] ?? {} },
  });
  const defaults = configSchema.parse({
    server: { hostname: "127.0.0.1", port: 0 },
    memory: { enabled: false },
    log: { level: "warning" },
  });
  return {
    ...defaults,
    engine,
    models,
    llm,
    agents: {
      [DEFAULT_AGENT]: {
        asr: EAR,
        tts: VOICE,
        llm: [...usual?.llm ?? ["builtin"]],
        language: LANGUAGE,
        prompt: usual?.prompt ?? "",
        maxAnswerSeconds: MAX_ANSWER_SECONDS,
        fillers: false,
      },
    },
  };
}

/** A gateway that answers, and what speaks to it and listens to it. */
export interface Demo {
  /** What answers, by its name in the config. */
  readonly answeredBy: string;
  /** The WebSocket address for a device. */
  readonly url: URL;
  /** How long the models took to load, in ms. */
  readonly warmMs: number;
  /** A sentence as a device hears it: 16 kHz mono. */
  speak(
    text: string,
    signal: AbortSignal,
  ): Promise<{ readonly pcm: Int16Array; readonly audioSeconds: number }>;
  /** The words of what a device played, 24 kHz mono, as the embedded recognizer hears them. */
  hear(sound: Int16Array, signal: AbortSignal): Promise<string>;
}

/**
 * Opens the demo and loads its models, which must be there. `config` is one of {@linkcode demoConfig}.
 *
 * @throws {EarshotError} `config.*`, `model.*`, `engine.*`, `canceled`
 */
export async function openDemo(
  { config, store }: Pick<Setup, "config" | "store">,
  { scope, signal, afterReading }: {
    /** Owns everything that is opened. */
    readonly scope: Scope;
    /** Gives up the opening. */
    readonly signal: AbortSignal;
    /** Runs once everything is read that comes from the environment. */
    readonly afterReading?: () => Promise<void>;
  },
): Promise<Demo> {
  const clock = systemClock;
  const needs = serviceNeeds(config);
  const timeZone = timeZoneOf({ configured: config.server.timeZone, language: LANGUAGE });
  const llms = await openLlms(needs.llms, { timeZone, scope, clock });
  const prompts = await readPrompts(agentSettings(config));
  await afterReading?.();
  const engines = await Engines.open({
    config,
    store,
    scope,
    clock,
    detection: true,
    voiceModels: needs.voiceModels,
  });
  const recognizers = await openRecognizers(needs.recognizers, { store, engines, scope, clock, signal });
  const voices = await openVoices(needs.voices, { store, engines, scope, clock, signal });
  const startedMs = performance.now();
  await raceSignal(engines.warm(), signal);
  const warmMs = Math.round(performance.now() - startedMs);
  const gateway = new Gateway({ config, scope, engines, recognizers, llms, voices, prompts, timeZone });
  await raceSignal(gateway.listening, signal);
  const ear = recognizers.get(EAR);
  if (ear === undefined) throw new EarshotError("internal", "Cannot hear: the recognizer was not opened");
  return {
    answeredBy: needs.llms.map(({ name }) => name).join(", "),
    url: new URL(gateway.urls[0].websocket),
    warmMs,
    speak: (text, signal) => speakRecording(engines, text, signal),
    hear: (sound, signal) => hear(ear, sound, signal),
  };
}

/** Sound of any length is cut at its pauses, as that of a file is. */
async function hear(provider: AsrProvider, sound: Int16Array, signal: AbortSignal): Promise<string> {
  const runner = new AsrRunner(provider, { ...serviceKeys.parse({}), clock: systemClock });
  const recognizer = new Recognizer([{ runner }]);
  const pcm = toPcm16(resample(toFloat32(sound), SPEECH_SAMPLE_RATE_HZ, ENGINE_SAMPLE_RATE_HZ));
  const recognize = async (pcm: Int16Array) => {
    const startedMs = performance.now();
    const { text } = await recognizeSound(recognizer, pcm, { language: LANGUAGE, paced: false, signal });
    return { text, inferenceMs: performance.now() - startedMs };
  };
  const texts: string[] = [];
  for await (const { text } of transcribe({ recognize }, oneOf(pcm), signal)) texts.push(text);
  return joinTexts(texts);
}

async function* oneOf(pcm: Int16Array): AsyncGenerator<Int16Array> {
  yield pcm;
}
