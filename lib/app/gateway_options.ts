import type { AsrProvider } from "../asr/mod.ts";
import type { Automation } from "../automation/mod.ts";
import type { Engine, ShownEngineStats } from "../engine/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { LlmProvider } from "../llm/mod.ts";
import type { Memory } from "../memory/mod.ts";
import type { AuthParts, ServerEvent, TlsCertificate, Transport } from "../server/mod.ts";
import type { MusicSource, PromptContext, RequestsSource, ToolServers, ToolSource } from "../tools/mod.ts";
import type { TtsProvider } from "../tts/mod.ts";
import type { VoiceprintProvider } from "../voiceprint/mod.ts";
import type { Config } from "./config.ts";

/** What a gateway needs of its engine processes. */
export interface GatewayEngines extends Pick<Engine, "hear" | "closeVadStream" | "releaseSound"> {
  /** Loads the models. */
  warm(): Promise<void>;
  readonly stats: ShownEngineStats;
}

/** What a gateway is made of; {@linkcode openGateway} opens it as the config says. */
export interface GatewayParts {
  readonly engines: GatewayEngines;
  /** The recognizers that agents use, by name. */
  readonly recognizers: ReadonlyMap<string, AsrProvider>;
  /** The language models that agents use, by name. */
  readonly llms?: ReadonlyMap<string, LlmProvider>;
  /** The voices that agents use, by name. */
  readonly voices?: ReadonlyMap<string, TtsProvider>;
  /** What every device may have called where its agent says so. */
  readonly tools?: {
    readonly sources: readonly ToolSource[];
    /** How the MCP servers among them are; absent where none is configured. */
    readonly servers?: Pick<ToolServers, "stats" | "process">;
    readonly music?: Pick<MusicSource, "stats"> | undefined;
    readonly requests?: Pick<RequestsSource, "stats">;
  } | undefined;
  /** What the prompt files of agents hold, by the agent's name. */
  readonly prompts?: ReadonlyMap<string, string>;
  /** Where the facts of agents come from, by the agent's name. */
  readonly contexts?: ReadonlyMap<string, PromptContext>;
  /** The time zone of the devices; that of the config or the machine unless told. */
  readonly timeZone?: string;
  /** Absent where speakers are not identified; the gateway closes it. */
  readonly voiceprint?: VoiceprintProvider | undefined;
  /** Absent where nothing is kept. */
  readonly memory?:
    | Pick<Memory, "record" | "recent" | "summaryOf" | "saveSummary" | "status" | "stats" | "forget">
    | undefined;
  /** Absent where nothing is sent to home automation. */
  readonly automation?: Pick<Automation, "publish" | "forget" | "stats"> | undefined;
  /** Where fixed sentences in the voices of agents are kept; absent where they are in memory alone. */
  readonly speechDir?: string | undefined;
  readonly auth?: AuthParts | undefined;
  /** The key of the MQTT gateway in front. */
  readonly mqttKey?: string | undefined;
  readonly tls?: TlsCertificate | undefined;
  /** Default: `deno`. */
  readonly transport?: Transport | undefined;
}

/** Options of a {@linkcode Gateway}. */
export interface GatewayOptions extends GatewayParts {
  readonly config: Config;
  /** The process's scope; the gateway is a child of it, and the parts are its own. */
  readonly scope: Scope;
  readonly clock?: Clock;
  /** How many descriptors the process may have; the system is asked unless told. */
  readonly descriptorLimit?: number;
  /** Called for everything that happens on the network side, besides the log. */
  readonly onEvent?: (event: ServerEvent) => void;
}
