import { type AsrConfig, capabilitiesOf, hearsLanguage, type ScriptChoice, withBuiltIn } from "../asr/mod.ts";
import { llmCapabilitiesOf, type LlmConfig, withBuiltInLlm } from "../llm/mod.ts";
import { type TtsConfig, voiceCapabilitiesOf, withBuiltInVoice } from "../tts/mod.ts";
import { type AgentsConfig, DEFAULT_AGENT, NO_ANSWERS } from "./config.ts";
import type { QuietHours } from "./quiet_hours.ts";

/** A chain of services, by name. */
export type ChainNames = readonly [string, ...string[]];

/** What the config says of an agent, with what it takes from the default agent. */
export interface AgentSettings {
  /** Its key in the config. */
  readonly name: string;
  /** The languages of the speakers (BCP 47), the usual one first. */
  readonly languages: readonly [string, ...string[]];
  /** How Chinese is written. */
  readonly script: ScriptChoice;
  /** The names of its recognizers. */
  readonly asr: ChainNames;
  /** The names of its language models; `undefined` where nothing is answered. */
  readonly llm: ChainNames | undefined;
  /** The names of its voices. */
  readonly tts: ChainNames;
  /** Its own words of how it should be, or where they are. */
  readonly prompt: string | { readonly file: string };
  readonly memory: boolean;
  /** Whether home automation is told what is said and answered. */
  readonly automation: boolean;
  readonly maxAnswerSeconds: number;
  readonly quietHours: QuietHours | undefined;
  readonly turnsPerDay: number | undefined;
  readonly fillers: boolean;
  readonly interrupt: "auto" | "speech" | "button";
  readonly answerAhead: "auto" | "on" | "off";
  readonly exitPhrases: readonly string[] | undefined;
  /** Patterns of the tools that it may call. */
  readonly tools: readonly string[] | undefined;
}

/** The sections in which an agent's services are. */
export interface ServiceSections {
  readonly asr: AsrConfig;
  readonly llm: LlmConfig;
  readonly tts: TtsConfig;
}

/** Every agent of a config, the default one first. */
export function agentSettings(
  { asr, llm, tts, agents }: ServiceSections & { readonly agents: AgentsConfig },
): readonly AgentSettings[] {
  const { [DEFAULT_AGENT]: base = {}, ...others } = agents;
  return Object.entries({ [DEFAULT_AGENT]: base, ...others }).map(([name, own]) => {
    const agent = { ...base, ...own };
    const quiet = agent.quietHours;
    return {
      name,
      languages: listOf(agent.language) ?? ["en"],
      script: agent.script ?? "auto",
      asr: listOf(agent.asr) ?? [usual(asr, "moonshine")],
      llm: agent.llm === NO_ANSWERS ? undefined : listOf(agent.llm) ?? [usual(llm, "builtin")],
      tts: listOf(agent.tts) ?? [usual(tts, "hibari")],
      prompt: agent.prompt ?? "",
      memory: agent.memory ?? true,
      automation: agent.automation ?? false,
      maxAnswerSeconds: agent.maxAnswerSeconds ?? 120,
      quietHours: quiet === "none" ? undefined : quiet,
      turnsPerDay: agent.turnsPerDay,
      fillers: agent.fillers ?? true,
      interrupt: agent.interrupt ?? "auto",
      answerAhead: agent.answerAhead ?? "auto",
      exitPhrases: agent.exitPhrases,
      tools: agent.tools,
    };
  });
}

/** One kind of service, as far as agents name it. */
export interface AgentSection {
  /** The section, and the agent's key. */
  readonly key: keyof ServiceSections;
  /** What such a service is called. */
  readonly noun: string;
  /** What is said where there are several and none is named. */
  readonly whichIsUsed: string;
  /** The names that the config itself gives, and all of them. */
  readonly configured: readonly string[];
  readonly all: readonly string[];
  /** Why a service does not fit an agent, or `undefined`. */
  readonly misfit: (service: string, languages: readonly string[]) => string | undefined;
}

/** The sections that agents name services of. */
export function sectionsOf({ asr, llm, tts }: ServiceSections): readonly AgentSection[] {
  const recognizers = withBuiltIn(asr);
  const models = withBuiltInLlm(llm);
  const voices = withBuiltInVoice(tts);
  return [
    {
      key: "asr",
      noun: "recognizer",
      whichIsUsed: "say which recognizer is used, since there are several",
      configured: Object.keys(asr),
      all: Object.keys(recognizers),
      misfit: (service, languages) => {
        const capabilities = capabilitiesOf(blockOf(recognizers, service));
        const unheard = languages.find((language) => !hearsLanguage(capabilities, language));
        return unheard === undefined
          ? undefined
          : `${service} cannot hear ${unheard}, it hears ${
            named(capabilities.languages)
          }: give a recognizer that hears ` +
            "it, or another language";
      },
    },
    {
      key: "llm",
      noun: "language model",
      whichIsUsed: "say which language model is used, since there are several",
      configured: Object.keys(llm),
      all: Object.keys(models),
      misfit: (service, languages) =>
        noneServed(llmCapabilitiesOf(blockOf(models, service)).languages, languages)
          ? `${service} cannot answer in ${languages[0]}, it answers in ${
            named(llmCapabilitiesOf(blockOf(models, service)).languages)
          }: give a language model that does, or another language`
          : undefined,
    },
    {
      key: "tts",
      noun: "voice",
      whichIsUsed: "say which voice is used, since there are several",
      configured: Object.keys(tts),
      all: Object.keys(voices),
      misfit: (service, languages) =>
        noneServed(voiceCapabilitiesOf(blockOf(voices, service)).languages, languages)
          ? `${service} cannot speak ${languages[0]}, it speaks ${
            named(voiceCapabilitiesOf(blockOf(voices, service)).languages)
          }: give a voice that does, or another language`
          : undefined,
    },
  ];
}

/** Whether a service has none of these languages. */
function noneServed(served: readonly string[] | "any", languages: readonly string[]): boolean {
  return !languages.some((language) => hearsLanguage({ languages: served }, language));
}

function blockOf<Block>(services: Readonly<Record<string, Block>>, name: string): Block {
  const block = services[name];
  if (block === undefined) throw new RangeError(`Cannot look at ${name}: there is no such service`);
  return block;
}

function named(languages: readonly string[] | "any"): string {
  return languages === "any" ? "any language" : languages.join(", ");
}

/** The service of an agent that names none. */
function usual(services: Readonly<Record<string, unknown>>, builtIn: string): string {
  const [only = builtIn] = Object.keys(services);
  return only;
}

/** One value or several as several. */
export function listOf(value: string | readonly string[] | undefined): ChainNames | undefined {
  const [first, ...rest] = typeof value === "string" ? [value] : value ?? [];
  return first === undefined ? undefined : [first, ...rest];
}
