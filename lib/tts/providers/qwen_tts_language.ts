/** What Qwen's voices call the languages that they speak. */
const TYPES: Readonly<Record<string, string>> = {
  zh: "Chinese",
  en: "English",
  de: "German",
  it: "Italian",
  pt: "Portuguese",
  es: "Spanish",
  ja: "Japanese",
  ko: "Korean",
  fr: "French",
  ru: "Russian",
};

/** The `language_type` of a language (BCP 47): what has no name of its own is found out by the service. */
export function qwenLanguageType(language: string): string {
  return TYPES[new Intl.Locale(language).language] ?? "Auto";
}
