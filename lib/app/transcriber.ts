import { isEmbedded, openEmbedded, openService, readTextOf, Recognizer } from "../asr/mod.ts";
import { type Engine, ENGINE_SAMPLE_RATE_HZ, type JobOptions } from "../engine/mod.ts";
import { type Clock, raceSignal, type Scope } from "../lifecycle/mod.ts";
import type { ModelStore } from "../models/mod.ts";
import { findSpeech, VadBatcher } from "../vad/mod.ts";
import type { Config } from "./config.ts";
import { openEngine } from "./engine.ts";
import { type HearingPlan, planHearing } from "./hearing_plan.ts";
import { recognizeSound } from "./recognize_sound.ts";

/**
 * How much sound before the speech is recognized with it. Models make other words of one word after a long silence,
 * which no device sends.
 */
const LEAD_SAMPLES = ENGINE_SAMPLE_RATE_HZ;

/** The recognizer of the config, for segments of files. */
export interface Transcriber extends Pick<Engine, "recognize"> {
  /** Its name in the config. */
  readonly name: string;
  /** Whether it is given sound at the pace of speech, as live services want it; then a file takes as long as it is. */
  readonly paced: boolean;
}

/** Options of {@linkcode openTranscriber}. */
export interface TranscriberOptions {
  /** The checked config. */
  readonly config: Config;
  /** Where the weights are; those of {@linkcode transcriberPlan} must be there. */
  readonly store: ModelStore;
  /** Owns what is opened. */
  readonly scope: Scope;
  /** The time source. */
  readonly clock: Clock;
  /** Gives the opening up. */
  readonly signal: AbortSignal;
}

/** What has to be loaded to transcribe: the recognizer, and what tells speech from noise. */
export function transcriberPlan(config: Pick<Config, "asr" | "voiceprint">): HearingPlan {
  return { ...planHearing(config, undefined), embedded: isEmbedded(config.asr), engine: true, vad: true };
}

/**
 * The recognizer of the config, for segments of files, which it hears as those of a device: where there is no speech it
 * is not asked. Its texts are read as a device is shown them, segment by segment: a bracket that one leaves open is not
 * closed in the next.
 *
 * @throws {EarshotError} what `openService` and `openEngine` throw, such as `asr.language`
 */
export async function openTranscriber(options: TranscriberOptions): Promise<Transcriber> {
  const { config, scope, clock, signal: opening } = options;
  const { asr } = config;
  const service = await openService(asr);
  const engine = await openEngine({ ...options, plan: transcriberPlan(config) });
  await raceSignal(engine.warm(), opening);
  const adapter = service ?? openEmbedded(asr, engine);
  scope.own("recognizer", () => adapter.close?.());
  const detector = new VadBatcher(engine, { clock });
  scope.own("speech detector", () => detector.close());
  const readText = await readTextOf({ ...asr, capabilities: adapter.capabilities });
  const { maxStreams: _, language, ...recognition } = asr;
  const recognizer = new Recognizer(adapter, { ...recognition, clock, readText });
  const paced = service !== undefined && adapter.capabilities.streaming;
  const recognize = async (pcm: Int16Array, { signal = scope.signal }: JobOptions = {}) => {
    const startedMs = performance.now();
    const inferenceMs = () => performance.now() - startedMs;
    const speechAt = await findSpeech(detector, pcm, signal);
    if (speechAt === undefined) return { text: "", inferenceMs: inferenceMs() };
    const sound = pcm.subarray(Math.max(0, speechAt - LEAD_SAMPLES));
    const { text } = await recognizeSound(recognizer, sound, { language, paced, signal });
    return { text, inferenceMs: inferenceMs() };
  };
  return { name: asr.provider, paced, recognize };
}
