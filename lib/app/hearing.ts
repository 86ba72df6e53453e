import { type AgentSettings, agentSettings, pipelineFor } from "../agents/mod.ts";
import { asrTypeOf, capabilitiesOf, serviceKeys, withBuiltIn } from "../asr/mod.ts";
import type { ServiceBlock } from "../service/mod.ts";
import type { Config } from "./config.ts";

/** The sections that decide what is needed to hear. */
export type HearingConfig = Pick<Config, "asr" | "agents" | "voiceprint">;

/** A recognizer that some agent uses. */
export interface UsedRecognizer {
  /** Its name in the config. */
  readonly name: string;
  readonly block: ServiceBlock;
  /** The languages of the agents that use it. */
  readonly languages: readonly string[];
}

/** What is needed to hear. */
export interface HearingNeeds {
  readonly recognizers: readonly UsedRecognizer[];
  /** Whether our own voice activity detection is needed. */
  readonly detection: boolean;
  /** Whether the engine process is needed at all. */
  readonly engine: boolean;
  /** The models, by name. */
  readonly models: readonly string[];
}

/** What the agents need to hear; all of them, or those that are given. */
export function hearingNeeds(
  config: HearingConfig,
  { agents = agentSettings(config), detection: always = false }: {
    readonly agents?: readonly AgentSettings[];
    /** Whether voice activity detection is needed whatever the agents say. */
    readonly detection?: boolean;
  } = {},
): HearingNeeds {
  const services = withBuiltIn(config.asr);
  const names = new Set(agents.flatMap(({ asr }) => asr));
  const recognizers = [...names].flatMap((name) => {
    const block = services[name];
    const languages = agents.filter(({ asr }) => asr.includes(name)).map(({ language }) => language);
    return block === undefined ? [] : [{ name, block, languages }];
  });
  const needsPcm = config.voiceprint.url !== undefined;
  const detection = always || agents.some(({ asr }) => {
    const chain = recognizers.filter(({ name }) => asr.includes(name)).map(({ block }) => ({
      capabilities: capabilitiesOf(block),
      endpointing: serviceKeys.parse(block).endpointing,
    }));
    return pipelineFor(chain, { needsPcm }).endpointing === "vad";
  });
  const models = recognizers.flatMap(({ block }) => asrTypeOf(block).models?.(block) ?? []);
  return {
    recognizers,
    detection,
    engine: detection || models.length > 0,
    models: [...new Set([...models, ...(detection ? ["silero-vad-v6"] : [])])],
  };
}
