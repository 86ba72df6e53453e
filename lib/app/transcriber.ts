import { isEmbedded, openEmbedded, openService, readTextOf, Recognizer } from "../asr/mod.ts";
import type { Engine, JobOptions } from "../engine/mod.ts";
import { type Clock, raceSignal, type Scope } from "../lifecycle/mod.ts";
import type { ModelStore } from "../models/mod.ts";
import type { Config } from "./config.ts";
import { openEngine } from "./engine.ts";
import { type HearingPlan, planHearing } from "./hearing_plan.ts";
import { recognizeSound } from "./recognize_sound.ts";

/** The recogniser of the config, for segments of files. */
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

/** What has to be loaded to transcribe. */
export function transcriberPlan(config: Pick<Config, "asr" | "voiceprint">): HearingPlan {
  const embedded = isEmbedded(config.asr);
  return { ...planHearing(config, undefined), embedded, engine: embedded, vad: embedded };
}

/**
 * The recogniser of the config, for segments of files; in the engine it is warm. Its texts are read as a device is shown
 * them, segment by segment: a bracket that one leaves open is not closed in the next.
 *
 * @throws {EarshotError} what `openService` and `openEngine` throw, such as `asr.language`
 */
export async function openTranscriber(options: TranscriberOptions): Promise<Transcriber> {
  const { config: { asr }, scope, clock } = options;
  const service = await openService(asr);
  const { adapter, engine } = service === undefined
    ? await openEmbeddedTranscriber(options)
    : { adapter: service, engine: undefined };
  scope.own("recogniser", () => adapter.close?.());
  const { streaming } = adapter.capabilities;
  const readText = await readTextOf({ ...asr, capabilities: adapter.capabilities });
  const name = asr.provider;
  if (engine !== undefined && !streaming) {
    const recognize = async (pcm: Int16Array, jobOptions?: JobOptions) => {
      const recognition = await engine.recognize(pcm, jobOptions);
      return { ...recognition, text: readText(recognition.text, recognition) };
    };
    return { name, paced: false, recognize };
  }
  const { maxStreams: _, language, ...recognition } = asr;
  const recognizer = new Recognizer(adapter, { ...recognition, clock, readText });
  const paced = service !== undefined && streaming;
  const recognize = async (pcm: Int16Array, { signal = scope.signal }: JobOptions = {}) => {
    const startedMs = performance.now();
    const { text } = await recognizeSound(recognizer, pcm, { language, paced, signal });
    return { text, inferenceMs: performance.now() - startedMs };
  };
  return { name, paced, recognize };
}

async function openEmbeddedTranscriber(options: TranscriberOptions) {
  const { config, signal } = options;
  const engine = await openEngine({ ...options, plan: transcriberPlan(config) });
  await raceSignal(engine.warm(), signal);
  return { adapter: openEmbedded(config.asr, engine), engine };
}
