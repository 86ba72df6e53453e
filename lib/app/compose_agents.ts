import { Agents, agentSettings } from "../agents/mod.ts";
import { type AsrProvider, AsrRunner, type RecognitionEvent, serviceKeys, withBuiltIn } from "../asr/mod.ts";
import type { Clock } from "../lifecycle/mod.ts";
import {
  type Answerer,
  type AnswerEvent,
  type LlmProvider,
  LlmRunner,
  llmServiceKeys,
  withBuiltInLlm,
} from "../llm/mod.ts";
import type { ServiceBlock } from "../service/mod.ts";
import type { PromptContext } from "../tools/mod.ts";
import {
  soundPrint,
  type SpeechEvent,
  type TtsProvider,
  TtsRunner,
  type TtsRunnerOptions,
  ttsServiceKeys,
  ttsTypeOf,
  withBuiltInVoice,
} from "../tts/mod.ts";
import type { Config } from "./config.ts";

/** The services that agents use, opened, by name. */
export interface OpenProviders {
  readonly recognizers: ReadonlyMap<string, AsrProvider>;
  readonly llms: ReadonlyMap<string, LlmProvider>;
  readonly voices: ReadonlyMap<string, TtsProvider>;
}

/** Options of {@linkcode composeAgents}. */
export interface ComposeAgentsOptions {
  readonly clock: Clock;
  /** What the prompt files of agents hold, by the agent's name. */
  readonly prompts?: ReadonlyMap<string, string>;
  /** Where the facts of agents come from, by the agent's name. */
  readonly contexts?: ReadonlyMap<string, PromptContext>;
  /** Has language models loaded, while nobody waits for it. */
  readonly warm?: (answerer: Answerer) => void;
  /** Told what happens at the services; must not throw. */
  readonly onRecognition?: (event: RecognitionEvent) => void;
  readonly onAnswer?: (event: AnswerEvent) => void;
  readonly onSpeech?: (event: SpeechEvent) => void;
}

/** The agents, and what runs their services. */
export interface ComposedAgents {
  readonly agents: Agents;
  readonly asr: readonly AsrRunner[];
  readonly llm: readonly LlmRunner[];
  readonly tts: readonly TtsRunner[];
}

/** The agents of a config over services that are open. */
export function composeAgents(
  config: Pick<Config, "asr" | "llm" | "tts" | "agents" | "devices" | "voiceprint">,
  { recognizers, llms, voices }: OpenProviders,
  { clock, prompts, contexts, warm, onRecognition, onAnswer, onSpeech }: ComposeAgentsOptions,
): ComposedAgents {
  const blocks = {
    asr: withBuiltIn(config.asr),
    llm: withBuiltInLlm(config.llm),
    tts: withBuiltInVoice(config.tts),
  };
  const asr = mapOf(recognizers, blocks.asr, (provider, block) =>
    new AsrRunner(provider, {
      ...serviceKeys.parse(block),
      clock,
      ...(onRecognition && { onEvent: onRecognition }),
    }));
  const llm = mapOf(
    llms,
    blocks.llm,
    (provider, block) =>
      new LlmRunner(provider, {
        ...llmServiceKeys.parse(block),
        clock,
        ...(onAnswer && { onEvent: onAnswer }),
      }),
  );
  const tts = mapOf(
    voices,
    blocks.tts,
    (provider, block) =>
      new TtsRunner(provider, {
        ...ttsServiceKeys.parse(block),
        ...soundOf(provider.name, block),
        clock,
        ...(onSpeech && { onEvent: onSpeech }),
      }),
  );
  return {
    asr: [...asr.values()],
    llm: [...llm.values()],
    tts: [...tts.values()],
    agents: new Agents({
      settings: agentSettings(config),
      ...(prompts && { prompts }),
      ...(contexts && { contexts }),
      ...(warm && { warm }),
      devices: config.devices,
      asr: blocks.asr,
      services: { asr, llm, tts },
    }),
  };
}

function mapOf<Provider, Runner>(
  providers: ReadonlyMap<string, Provider>,
  blocks: Readonly<Record<string, ServiceBlock>>,
  open: (provider: Provider, block: Partial<ServiceBlock>) => Runner,
): ReadonlyMap<string, Runner> {
  return new Map([...providers].map(([name, provider]) => [name, open(provider, blocks[name] ?? {})]));
}

/** By what the sound of a voice is kept, and whether its fixed sentences are; without a type nothing is. */
function soundOf(
  name: string,
  { type, ...settings }: Partial<ServiceBlock>,
): Pick<TtsRunnerOptions, "print" | "ownSentences"> {
  if (type === undefined) return {};
  const block = { type, ...settings };
  return { print: soundPrint(name, block), ownSentences: ttsTypeOf(block).ownSentences };
}
