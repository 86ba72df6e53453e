import { hearsLanguage } from "../asr/mod.ts";
import { llmCapabilitiesOf, withBuiltInLlm } from "../llm/mod.ts";
import { speaksLanguage, voiceCapabilitiesOf, withBuiltInVoice } from "../tts/mod.ts";
import { type AgentSettings, agentSettings, type ServiceSections } from "./agent_settings.ts";
import type { AgentsConfig } from "./config.ts";

/**
 * What agents are spoken to in and cannot answer, one sentence each: a language that no voice of the chain speaks, whose
 * answers are only shown, or that no language model of it answers in. Where the config names such services itself and none
 * fits, it is refused; this is about what is there without being asked for, and about further languages.
 */
export function languageWarnings(
  sections: ServiceSections & { readonly agents: AgentsConfig },
): readonly string[] {
  return agentSettings(sections).flatMap((agent) => {
    const { name, languages, llm, tts } = agent;
    if (llm === undefined) return [];
    const unspoken = languages.filter((language) => !canSpeak(tts, language, sections));
    const unanswered = languages.filter((language) => !canAnswer(llm, language, sections));
    return [
      ...(unanswered.length === 0 ? [] : [
        `agent ${name}: ${llm.join(", ")} ${verb(llm, "does", "do")} not answer in ${
          unanswered.join(", ")
        }; ` +
        `configure a language model that does (llm)`,
      ]),
      ...(unspoken.length === 0 ? [] : [
        `agent ${name}: ${tts.join(", ")} ${verb(tts, "does", "do")} not speak ${
          unspoken.join(", ")
        }, so answers ` +
        "in it are only shown; configure a voice that does (tts)",
      ]),
    ];
  });
}

function verb(chain: readonly string[], one: string, several: string): string {
  return chain.length === 1 ? one : several;
}

function canSpeak(chain: AgentSettings["tts"], language: string, { tts }: ServiceSections): boolean {
  const voices = withBuiltInVoice(tts);
  return chain.some((name) => {
    const block = voices[name];
    return block !== undefined && speaksLanguage(voiceCapabilitiesOf(block), language);
  });
}

function canAnswer(
  chain: NonNullable<AgentSettings["llm"]>,
  language: string,
  { llm }: ServiceSections,
): boolean {
  const models = withBuiltInLlm(llm);
  return chain.some((name) => {
    const block = models[name];
    return block !== undefined && hearsLanguage(llmCapabilitiesOf(block), language);
  });
}
