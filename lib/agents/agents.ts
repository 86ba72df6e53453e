import {
  type AsrConfig,
  type AsrRunner,
  type Chain,
  readTextOf,
  Recognizer,
  serviceKeys,
} from "../asr/mod.ts";
import type { Agent } from "./agent.ts";
import { type AgentSettings } from "./agent_settings.ts";
import { DEFAULT_AGENT, type DevicesConfig } from "./config.ts";
import { pipelineFor } from "./pipeline.ts";

/** Options of {@linkcode Agents}. */
export interface AgentsOptions {
  /** Every agent, the default one among them. */
  readonly settings: readonly AgentSettings[];
  /** The `devices` section. */
  readonly devices: DevicesConfig;
  /** The recognizers' blocks. */
  readonly asr: AsrConfig;
  /** The recognizers that are open, by name: all that the agents name. */
  readonly runners: ReadonlyMap<string, AsrRunner>;
  /** Whether somebody else needs decoded sound, such as speaker identification. */
  readonly needsPcm: boolean;
}

/** The agents of a config, with their services open. */
export class Agents {
  readonly #agents: ReadonlyMap<string, Agent>;
  readonly #devices: DevicesConfig;
  readonly #default: Agent;

  /** Puts them together. */
  constructor(options: AgentsOptions) {
    this.#devices = options.devices;
    const agents = options.settings.map((settings) => openAgent(settings, options));
    this.#agents = new Map(agents.map((agent) => [agent.name, agent]));
    const usual = this.#agents.get(DEFAULT_AGENT) ?? agents[0];
    if (usual === undefined) throw new RangeError("Cannot answer for devices: there is no agent");
    this.#default = usual;
  }

  /** Every agent. */
  get all(): readonly Agent[] {
    return [...this.#agents.values()];
  }

  /** The agent of a device: what the config says, else the default one. */
  of(deviceId: string | undefined): Agent {
    const named = deviceId === undefined || !Object.hasOwn(this.#devices, deviceId)
      ? undefined
      : this.#devices[deviceId]?.agent;
    return (named === undefined ? undefined : this.#agents.get(named)) ?? this.#default;
  }
}

function openAgent({ name, language, script, asr: names }: AgentSettings, options: AgentsOptions): Agent {
  const chain = names.map((service) => {
    const runner = options.runners.get(service);
    if (runner === undefined) throw new RangeError(`Cannot open agent ${name}: ${service} is not open`);
    const { capabilities } = runner.provider;
    const block = options.asr[service];
    const { endpointing } = block === undefined ? {} : serviceKeys.parse(block);
    return { runner, readText: readTextOf({ script, language, capabilities }), capabilities, endpointing };
  });
  const [first, ...rest] = chain;
  if (first === undefined) throw new RangeError(`Cannot open agent ${name}: it has no recognizer`);
  const members: Chain = [first, ...rest];
  return {
    name,
    language,
    recognizer: new Recognizer(members),
    pipeline: pipelineFor(chain, options),
  };
}
