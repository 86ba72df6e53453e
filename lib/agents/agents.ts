import {
  type AsrConfig,
  type AsrRunner,
  readTextOf,
  Recognizer,
  serviceKeys,
  writeTextOf,
} from "../asr/mod.ts";
import { Dialogue } from "../dialogue/mod.ts";
import { Answerer, type LlmRunner } from "../llm/mod.ts";
import type { PromptContext } from "../tools/mod.ts";
import { type TtsRunner, Voice } from "../tts/mod.ts";
import type { Agent, AnswerSettings } from "./agent.ts";
import type { AgentSettings, ChainNames } from "./agent_settings.ts";
import { DEFAULT_AGENT, type DevicesConfig, type DeviceSettings } from "./config.ts";
import { pipelineFor } from "./pipeline.ts";

/** The services that are open, by name: all that the agents name. */
export interface OpenServices {
  readonly asr: ReadonlyMap<string, AsrRunner>;
  readonly llm: ReadonlyMap<string, LlmRunner>;
  readonly tts: ReadonlyMap<string, TtsRunner>;
}

/** Options of {@linkcode Agents}. */
export interface AgentsOptions {
  /** Every agent, the default one among them. */
  readonly settings: readonly AgentSettings[];
  /** What the prompt files of agents hold, by the agent's name. */
  readonly prompts?: ReadonlyMap<string, string>;
  /** Where the facts of agents come from, by the agent's name. */
  readonly contexts?: ReadonlyMap<string, PromptContext>;
  /** The `devices` section. */
  readonly devices: DevicesConfig;
  /** The recognizers' blocks. */
  readonly asr: AsrConfig;
  readonly services: OpenServices;
  /** Has language models loaded, while nobody waits for it. */
  readonly warm?: (answerer: Answerer) => void;
}

/** The agents of a config, with their services open. */
export class Agents {
  readonly #agents: ReadonlyMap<string, Agent>;
  readonly #devices: DevicesConfig;
  readonly #default: Agent;
  /** How many devices stand in each room. */
  readonly #rooms = new Map<string, number>();

  /** Puts them together. */
  constructor(options: AgentsOptions) {
    this.#devices = options.devices;
    const agents = options.settings.map((settings) => openAgent(settings, options));
    this.#agents = new Map(agents.map((agent) => [agent.name, agent]));
    const usual = this.#agents.get(DEFAULT_AGENT) ?? agents[0];
    if (usual === undefined) throw new RangeError("Cannot answer for devices: there is no agent");
    this.#default = usual;
    for (const { room } of Object.values(options.devices)) {
      if (room !== undefined) this.#rooms.set(roomName(room), (this.#rooms.get(roomName(room)) ?? 0) + 1);
    }
  }

  /** Every agent. */
  get all(): readonly Agent[] {
    return [...this.#agents.values()];
  }

  /** An agent by its name. */
  named(name: string): Agent | undefined {
    return this.#agents.get(name);
  }

  /** The agent of a device: what the config says, else the default one. */
  of(deviceId: string | undefined): Agent {
    const named = this.#settingsOf(deviceId)?.agent;
    return (named === undefined ? undefined : this.#agents.get(named)) ?? this.#default;
  }

  /** Where a device stands, and with how many others; `undefined` where the config does not say. */
  roomOf(deviceId: string | undefined): { readonly name: string; readonly devices: number } | undefined {
    const room = this.#settingsOf(deviceId)?.room;
    if (room === undefined) return undefined;
    const name = roomName(room);
    return { name, devices: this.#rooms.get(name) ?? 1 };
  }

  #settingsOf(deviceId: string | undefined): DeviceSettings | undefined {
    return deviceId === undefined || !Object.hasOwn(this.#devices, deviceId)
      ? undefined
      : this.#devices[deviceId];
  }
}

/** `Kitchen` and `kitchen` are one. */
function roomName(room: string): string {
  return room.normalize("NFC").toLowerCase();
}

function openAgent(settings: AgentSettings, options: AgentsOptions): Agent {
  const { name, languages, script, asr: names } = settings;
  const [language] = languages;
  const member = ([service, runner]: readonly [string, AsrRunner]) => {
    const { capabilities } = runner.provider;
    const block = options.asr[service];
    const { endpointing, startsBy } = block === undefined ? {} : serviceKeys.parse(block);
    const readText = readTextOf({ script, language, capabilities });
    return { runner, readText, capabilities, endpointing, startsBy };
  };
  const [first, ...rest] = namedRunners(settings, names, options.services.asr);
  const members = [member(first), ...rest.map(member)] as const;
  const answers = openAnswers(settings, options);
  return {
    name,
    languages,
    recognizer: new Recognizer(members),
    pipeline: pipelineFor(members, { answersAhead: answers?.answerAhead === true }),
    automation: settings.automation,
    answers,
  };
}

function openAnswers(
  settings: AgentSettings,
  { services, prompts, contexts, warm }: AgentsOptions,
): AnswerSettings | undefined {
  const { name, llm, tts, prompt, exitPhrases } = settings;
  if (llm === undefined) return undefined;
  const answerer = new Answerer(runnersOf(settings, llm, services.llm));
  const { contextTokens } = answerer;
  const write = writeTextOf(settings);
  return {
    dialogue: new Dialogue({
      ...(contextTokens !== undefined && { contextTokens }),
      ...(exitPhrases !== undefined && { exitPhrases }),
      ...(write !== undefined && { write }),
    }),
    answerer,
    warm: () => warm?.(answerer),
    voice: new Voice(runnersOf(settings, tts, services.tts)),
    prompt: typeof prompt === "string" ? prompt : prompts?.get(name) ?? "",
    memory: settings.memory,
    maxAnswerMs: settings.maxAnswerSeconds * 1_000,
    quietHours: settings.quietHours,
    turnsPerDay: settings.turnsPerDay,
    fillers: settings.fillers,
    tools: settings.tools,
    switchTo: settings.switchTo,
    context: contexts?.get(name),
    interrupt: settings.interrupt,
    answerAhead: settings.answerAhead === "on" || (settings.answerAhead === "auto" && answerer.answersAhead),
  };
}

function namedRunners<Runner>(
  { name }: AgentSettings,
  [first, ...rest]: ChainNames,
  runners: ReadonlyMap<string, Runner>,
): readonly [NamedRunner<Runner>, ...NamedRunner<Runner>[]] {
  const find = (service: string): NamedRunner<Runner> => {
    const runner = runners.get(service);
    if (runner === undefined) throw new RangeError(`Cannot open agent ${name}: ${service} is not open`);
    return [service, runner];
  };
  return [find(first), ...rest.map(find)];
}

function runnersOf<Runner>(
  ...of: Parameters<typeof namedRunners<Runner>>
): readonly [Runner, ...Runner[]] {
  const [[, first], ...rest] = namedRunners(...of);
  return [first, ...rest.map(([, runner]) => runner)];
}

/** What runs a service, with the service's name in the config. */
type NamedRunner<Runner> = readonly [name: string, runner: Runner];
