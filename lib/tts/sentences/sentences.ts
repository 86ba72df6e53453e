import { CATALOG, type CatalogEntry } from "../../errors/mod.ts";

/** A sentence in each language that ships. */
export type Sentence = CatalogEntry["device"];

/** A language that ships. */
export type SentenceLanguage = keyof Sentence;

/** The languages that ship. */
export const SENTENCE_LANGUAGES: readonly SentenceLanguage[] = ["en", "zh"];

/**
 * What a device is told that is no fault. Their sound ships with Earshot, like that of the catalog's sentences: after a
 * change of any of them, `deno task sentences` makes it anew.
 */
export const FIXED_SENTENCES = {
  /** Three ways to answer a wake word. */
  greeting: { en: "Hello, I am listening.", zh: "你好，我在听。" },
  hereGreeting: { en: "Yes, I am here.", zh: "我在，请说。" },
  helpGreeting: { en: "Hello, how can I help?", zh: "你好，有什么可以帮你？" },
  /** The answer is not there yet, */
  filler: { en: "Let me think.", zh: "让我想想。" },
  /** and still not. */
  longFiller: { en: "One moment, please.", zh: "请再等一下。" },
  /** Nobody has spoken for so long that the device is not listened to any more. */
  goodbye: {
    en: "I have not heard anything for a while. Wake me when you need me",
    zh: "有一会儿没听到声音了，需要时请再唤醒我",
  },
  /** Somebody has said goodbye. */
  farewell: { en: "Goodbye, talk to you soon.", zh: "再见，下次再聊。" },
  restOnScreen: { en: "The rest of the answer is on the screen.", zh: "剩下的回答在屏幕上。" },
  codeOnScreen: { en: "The code is on the screen.", zh: "代码在屏幕上。" },
  /** The answer has reached its bound. */
  cutShort: { en: "That was long. Ask me to go on.", zh: "内容有点长，想听下去，请说继续。" },
  quietHours: {
    en: "It is quiet time now. Please talk to me later.",
    zh: "现在是安静时间，请晚些时候再和我聊。",
  },
  turnsSpent: {
    en: "You have asked enough for today. Let us talk tomorrow.",
    zh: "今天已经聊了很多，我们明天再聊吧。",
  },
} as const satisfies Record<string, Sentence>;

/** The name of a fixed sentence; a key of {@linkcode FIXED_SENTENCES}. */
export type FixedSentence = keyof typeof FIXED_SENTENCES;

/** Every text that ships in a language, once: the fixed sentences, and what the catalog says to devices. */
export function shippedTexts(language: SentenceLanguage): readonly string[] {
  const entries: readonly CatalogEntry[] = Object.values(CATALOG);
  const sentences: readonly Sentence[] = [
    ...Object.values(FIXED_SENTENCES),
    ...entries.map(({ device }) => device),
  ];
  return [...new Set(sentences.map((sentence) => sentence[language]))];
}
