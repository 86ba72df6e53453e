import { type AgentSettings, agentSettings } from "../agents/mod.ts";
import { asrTypeOf, withBuiltIn } from "../asr/mod.ts";
import { llmTypeOf, withBuiltInLlm } from "../llm/mod.ts";
import type { ServiceBlock } from "../service/mod.ts";
import { ttsTypeOf, withBuiltInVoice } from "../tts/mod.ts";
import type { Config } from "./config.ts";

/** Where what an agent hears and says goes: hosts, or names of services whose url cannot be read; none where it stays here. */
export interface DataPaths {
  /** The agent, by its key in the config. */
  readonly agent: string;
  /** Where its sound goes. */
  readonly sound: readonly string[];
  /** Where the words go, with what was said before; `undefined` where nothing is answered. */
  readonly words: readonly string[] | undefined;
  /** Where its answers are spoken; `undefined` where nothing is answered. */
  readonly answers: readonly string[] | undefined;
  /** Which hosts get its words and answers besides, for home automation; also on this machine. */
  readonly automation: readonly string[];
  /** Whether its conversations are kept on this machine. */
  readonly kept: boolean;
}

/** What says where data goes. */
export type DataConfig = Pick<
  Config,
  "asr" | "llm" | "tts" | "agents" | "voiceprint" | "memory" | "automation"
>;

/** Where sound, words and answers of each agent go, the default agent first. */
export function whereDataGoes(config: DataConfig): readonly DataPaths[] {
  const recognizers = withBuiltIn(config.asr);
  const models = withBuiltInLlm(config.llm);
  const voices = withBuiltInVoice(config.tts);
  const { url } = config.voiceprint;
  const speakers = url === undefined ? [] : hostsOf([["voiceprint", url]]);
  const { webhook, mqtt } = config.automation;
  const receivers = distinct([webhook, mqtt].flatMap((block) => block ? [new URL(block.url).hostname] : []));
  return agentSettings(config).map(({ name, asr, llm, tts, memory, automation }) => ({
    agent: name,
    sound: distinct([
      ...hostsOf(addressesOf(asr, recognizers, asrTypeOf)),
      ...speakers,
    ]),
    words: llm && hostsOf(addressesOf(llm, models, llmTypeOf)),
    answers: llm && hostsOf(addressesOf(tts, voices, ttsTypeOf)),
    automation: automation ? receivers : [],
    kept: config.memory.enabled && memory,
  }));
}

/** The same in a sentence. */
export function dataSentence({ agent, sound, words, answers, automation, kept }: DataPaths): string {
  const told = automation.length === 0
    ? ""
    : `; home automation at ${automation.join(" and ")} gets ${
      words === undefined ? "words" : "words and answers"
    }`;
  const keeping = `${told}; ${kept ? "conversations are kept here" : "nothing is kept"}`;
  if (words === undefined || answers === undefined) {
    return `${agent}: sound ${goesTo(sound)}; nothing is answered${keeping}`;
  }
  if (sound.length + words.length + answers.length + automation.length === 0) {
    return `${agent}: sound, words and answers stay on this machine${keeping}`;
  }
  const speakers = answers.length === 0 ? "on this machine" : `by ${listed(answers)}`;
  return `${agent}: sound ${goesTo(sound)}; words ${goTo(words)}; answers are spoken ${speakers}${keeping}`;
}

function goesTo(hosts: readonly string[]): string {
  return hosts.length === 0 ? "stays on this machine" : `goes to ${listed(hosts)}`;
}

function goTo(hosts: readonly string[]): string {
  return hosts.length === 0 ? "stay on this machine" : `go to ${listed(hosts)}`;
}

/** Of a chain one takes over from the other: it is either of them. */
function listed(hosts: readonly string[]): string {
  return hosts.length < 2 ? hosts.join("") : `${hosts.slice(0, -1).join(", ")} or ${hosts.at(-1)}`;
}

/** Which address each service of a chain has; those that run here have none. */
function addressesOf(
  names: AgentSettings["asr"],
  services: Readonly<Record<string, ServiceBlock>>,
  typeOf: (block: ServiceBlock) => { readonly address: (block: unknown) => string | undefined },
): readonly (readonly [name: string, url: string])[] {
  return names.flatMap((name) => {
    const block = services[name];
    const url = block && typeOf(block).address(block);
    return url === undefined ? [] : [[name, url] as const];
  });
}

/** The hosts of services that run elsewhere; the url of one on this machine leads nowhere else. */
function hostsOf(services: readonly (readonly [name: string, url: string])[]): readonly string[] {
  return distinct(services.flatMap(([name, url]) => {
    if (!URL.canParse(url)) return [name];
    const { hostname } = new URL(url);
    return isThisMachine(hostname) ? [] : [hostname];
  }));
}

/** Whether a host is this machine by its name. */
export function isThisMachine(hostname: string): boolean {
  return /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\]|::1)\.?$/i.test(hostname);
}

function distinct(hosts: readonly string[]): readonly string[] {
  return [...new Set(hosts)];
}
