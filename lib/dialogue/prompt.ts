import { cleanLine, cutChars, sendable } from "./readable_text.ts";
import type { DialogueContext } from "./contract.ts";
import { type PromptWords, promptWords } from "./prompt_words.ts";

/** The longest summary, in UTF-16 units. */
export const MAX_SUMMARY_CHARS = 1_500;
const MAX_NAME_CHARS = 64;

/**
 * The system prompt: the agent's own words, or the usual ones, then what holds for every agent, then the summary. It is
 * the same, byte for byte, as long as these are: servers keep what they computed for it.
 */
export function instructionsOf(
  { prompt, languages, summary }: Pick<DialogueContext, "prompt" | "languages" | "summary">,
  { tools = false }: {
    /** Whether the model may call tools. */
    readonly tools?: boolean;
  } = {},
): string {
  const words = promptWords(languages[0]);
  const role = sendable(prompt) || words.role;
  const rules = rulesOf(languages, { tools }).map((rule) => `- ${rule}`).join("\n");
  const notes = cutChars(sendable(summary), MAX_SUMMARY_CHARS);
  return [role, rules, ...(notes === "" ? [] : [`${words.summary}\n${notes}`])].join("\n\n");
}

/** What holds for every agent, one rule a line. */
export function rulesOf(
  languages: DialogueContext["languages"],
  { tools }: { readonly tools: boolean },
): readonly string[] {
  const words = promptWords(languages[0]);
  return [...words.rules, tools ? words.withTools : words.withoutTools, languageRule(languages, words)];
}

/**
 * What a model should know of this moment, in brackets: the local time, who speaks, and in which language where that is
 * not the usual one. It is sent with the question, since it changes.
 */
export function contextOf(
  context: Pick<DialogueContext, "languages" | "heardLanguage" | "speaker" | "nowMs" | "timeZone">,
): string {
  const { languages, heardLanguage, speaker = "", nowMs, timeZone } = context;
  const words = promptWords(languages[0]);
  const facts: string[] = [];
  const time = localTime(nowMs, { timeZone, locale: words.locale });
  if (time !== "") facts.push(words.now(time));
  // Somebody's name must not look like the end of what we say.
  const name = cleanLine(speaker.replace(/[[\]]/g, " "), MAX_NAME_CHARS);
  if (name !== "") facts.push(words.speaker(name));
  if (heardLanguage !== undefined && baseOf(heardLanguage) !== baseOf(languages[0])) {
    facts.push(words.heard(languageName(heardLanguage, words.locale)));
  }
  return facts.length === 0 ? "" : `[${facts.join(" ")}]`;
}

function languageRule(languages: DialogueContext["languages"], words: PromptWords): string {
  const names = [...new Set(languages.map((language) => languageName(language, words.locale)))];
  const [usual = "", ...others] = names;
  return others.length === 0 ? words.oneLanguage(usual) : words.languages(names.join(", "), usual);
}

/** Weekday, date, time of day and zone; in UTC where the zone is unknown, and `""` for a time that is none. */
function localTime(nowMs: number, { timeZone, locale }: { timeZone: string; locale: string }): string {
  const date = new Date(nowMs);
  if (Number.isNaN(date.getTime())) return "";
  const zone = isTimeZone(timeZone) ? timeZone : "UTC";
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeZone: zone }).format(date);
  const time = new Intl.DateTimeFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone: zone,
  }).format(date);
  return `${day}, ${time} (${zone})`;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** What people call a language, such as `French`; its tag where it is none. Chinese is not written alike everywhere. */
function languageName(tag: string, locale: string): string {
  const known = baseOf(tag) === "zh" ? tag : baseOf(tag);
  try {
    return new Intl.DisplayNames([locale], { type: "language", fallback: "code" }).of(known) ?? tag;
  } catch {
    return cleanLine(tag, MAX_NAME_CHARS);
  }
}

/** The language of a tag, without script and region. */
function baseOf(tag: string): string {
  return tag.split(/[-_]/)[0]?.toLowerCase() ?? "";
}
