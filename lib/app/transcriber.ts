import { agentSettings, DEFAULT_AGENT, NO_ANSWERS } from "../agents/mod.ts";
import { asrTypeOf, capabilitiesOf } from "../asr/mod.ts";
import { type Engine, ENGINE_SAMPLE_RATE_HZ, type JobOptions } from "../engine/mod.ts";
import { type Clock, raceSignal, type Scope } from "../lifecycle/mod.ts";
import type { ModelStore } from "../models/mod.ts";
import { findSpeech } from "../vad/mod.ts";
import type { Config } from "./config.ts";
import { composeAgents } from "./compose_agents.ts";
import { Engines } from "./engines.ts";
import { type ServiceNeeds, serviceNeeds } from "./needs.ts";
import { recognizeSound } from "./recognize_sound.ts";
import { openRecognizers } from "./recognizers.ts";

/**
 * How much sound before the speech is recognized with it. Models make other words of one word after a long silence,
 * which no device sends.
 */
const LEAD_SAMPLES = ENGINE_SAMPLE_RATE_HZ;

/** The default agent's recognizer, for segments of files. */
export interface Transcriber extends Pick<Engine, "recognize"> {
  /** Its name in the config; of a chain the names. */
  readonly name: string;
  /** Whether it is given sound at the pace of speech, as live services want it; then a file takes as long as it is. */
  readonly paced: boolean;
}

/** Options of {@linkcode openTranscriber}. */
export interface TranscriberOptions {
  readonly config: Config;
  /** Where the weights are; those of {@linkcode transcriberNeeds} must be there. */
  readonly store: ModelStore;
  /** Owns what is opened. */
  readonly scope: Scope;
  readonly clock: Clock;
  /** Gives up the opening. */
  readonly signal: AbortSignal;
}

/** What is needed to transcribe: the default agent's recognizers, and what tells speech from noise. */
export function transcriberNeeds(
  config: Pick<Config, "asr" | "llm" | "tts" | "agents" | "voiceprint">,
): ServiceNeeds {
  const agents = agentSettings(config).filter(({ name }) => name === DEFAULT_AGENT)
    .map((agent) => ({ ...agent, llm: undefined }));
  return serviceNeeds(config, { agents, detection: true });
}

/**
 * The default agent's recognizer, for segments of files, which it hears as those of a device: where there is no speech
 * it is not asked. Its texts are read as a device is shown them, segment by segment: a bracket that one leaves open is
 * not closed in the next.
 *
 * @throws {EarshotError} what `openRecognizers` throws
 */
export async function openTranscriber(options: TranscriberOptions): Promise<Transcriber> {
  const { config, store, scope, clock, signal: opening } = options;
  const { recognizers } = transcriberNeeds(config);
  const engines = await Engines.open({ config, store, scope, clock, detection: true });
  const providers = await openRecognizers(recognizers, { store, engines, scope, clock, signal: opening });
  await raceSignal(engines.warm(), opening);
  const { agents } = composeAgents(
    { ...config, agents: { [DEFAULT_AGENT]: { ...config.agents[DEFAULT_AGENT], llm: NO_ANSWERS } } },
    { recognizers: providers, llms: new Map(), voices: new Map() },
    { clock },
  );
  const { recognizer, languages: [language] } = agents.of(undefined);
  const paced = recognizers.some(({ block }) =>
    asrTypeOf(block).models === undefined && capabilitiesOf(block).streaming
  );
  const recognize = async (pcm: Int16Array, { signal = scope.signal }: JobOptions = {}) => {
    const startedMs = performance.now();
    const inferenceMs = () => performance.now() - startedMs;
    const speechAt = await findSpeech(engines, pcm, signal);
    if (speechAt === undefined) return { text: "", inferenceMs: inferenceMs() };
    const sound = pcm.subarray(Math.max(0, speechAt - LEAD_SAMPLES));
    const { text } = await recognizeSound(recognizer, sound, { language, paced, signal });
    return { text, inferenceMs: inferenceMs() };
  };
  return { name: [...providers.keys()].join(", "), paced, recognize };
}
