import { type AgentSettings, agentSettings, pipelineFor } from "../agents/mod.ts";
import { asrTypeOf, capabilitiesOf, serviceKeys, withBuiltIn } from "../asr/mod.ts";
import { withBuiltInLlm } from "../llm/mod.ts";
import type { ServiceBlock } from "../service/mod.ts";
import { ttsTypeOf, withBuiltInVoice } from "../tts/mod.ts";
import type { Config } from "./config.ts";

/** The sections that decide which services are needed. */
export type ServicesConfig =
  & Pick<Config, "asr" | "llm" | "tts" | "agents" | "voiceprint">
  & Partial<Pick<Config, "tools">>;

/** A service that some agent uses. */
export interface UsedService {
  /** Its name in the config. */
  readonly name: string;
  readonly block: ServiceBlock;
}

/** A recognizer that some agent uses. */
export interface UsedRecognizer extends UsedService {
  /** The languages of the agents that use it. */
  readonly languages: readonly string[];
}

/** What is needed to hear and to answer. */
export interface ServiceNeeds {
  readonly recognizers: readonly UsedRecognizer[];
  readonly llms: readonly UsedService[];
  /** The language model that looks at photos and that no agent uses otherwise, where there is one. */
  readonly seeing: readonly UsedService[];
  readonly voices: readonly UsedService[];
  /** Whether our own voice activity detection is needed. */
  readonly detection: boolean;
  /** The models of embedded voices, by name. */
  readonly voiceModels: readonly string[];
  /** Whether the engine process is needed at all. */
  readonly engine: boolean;
  /** The models, by name. */
  readonly models: readonly string[];
}

/** What the agents need; all of them, or those that are given. */
export function serviceNeeds(
  config: ServicesConfig,
  { agents = agentSettings(config), detection: always = false }: {
    readonly agents?: readonly AgentSettings[];
    /** Whether voice activity detection is needed whatever the agents say. */
    readonly detection?: boolean;
  } = {},
): ServiceNeeds {
  const recognizers = used(withBuiltIn(config.asr), agents.map(({ asr }) => asr)).map((service) => ({
    ...service,
    languages: agents.filter(({ asr }) => asr.includes(service.name)).flatMap(({ languages }) => languages),
  }));
  const answering = agents.filter(({ llm }) => llm !== undefined);
  const llms = used(withBuiltInLlm(config.llm), answering.map(({ llm = [] }) => llm));
  const eye = config.tools?.vision?.llm;
  const seeing = used(withBuiltInLlm(config.llm), eye === undefined ? [] : [[eye]])
    .filter(({ name }) => !llms.some((service) => service.name === name));
  const voices = used(withBuiltInVoice(config.tts), answering.map(({ tts }) => tts));
  const detection = always || agents.some(({ asr }) => {
    const chain = recognizers.filter(({ name }) => asr.includes(name)).map(({ block }) => ({
      capabilities: capabilitiesOf(block),
      endpointing: serviceKeys.parse(block).endpointing,
    }));
    return pipelineFor(chain).startsBy === "detector";
  });
  const hearing = recognizers.flatMap(({ block }) => asrTypeOf(block).models?.(block) ?? []);
  const speaking = voices.flatMap(({ block }) => ttsTypeOf(block).models?.(block) ?? []);
  const models = [...hearing, ...speaking, ...(detection ? ["silero-vad-v6"] : [])];
  return {
    recognizers,
    llms,
    seeing,
    voices,
    detection,
    voiceModels: [...new Set(speaking)],
    // A voice of the user's own is no model by name.
    engine: models.length > 0 || voices.some(({ block }) => ttsTypeOf(block).models !== undefined),
    models: [...new Set(models)],
  };
}

function used(
  services: Readonly<Record<string, ServiceBlock>>,
  chains: readonly (readonly string[])[],
): readonly UsedService[] {
  return [...new Set(chains.flat())].flatMap((name) => {
    const block = services[name];
    return block === undefined ? [] : [{ name, block }];
  });
}
