import { z } from "zod";
import { hasLanguage, spokenLanguage } from "../engine/mod.ts";
import type { TtsCapabilities } from "./contract.ts";

/**
 * Whether a voice speaks a language (BCP 47), whatever the region: one of `en-US` also speaks `en-GB`, and one of `zh`
 * `cmn`.
 */
export function speaksLanguage({ languages }: Pick<TtsCapabilities, "languages">, language: string): boolean {
  return hasLanguage(languages === "any" ? "any" : languages.map(spokenLanguage), language);
}

/** The key `languages` of a voice that is what its name says in a service with voices of many languages. */
export const voiceLanguages = z.array(z.string().min(2)).min(1).optional()
  .describe("the languages that the voice speaks (BCP 47), such as [zh, en]; by default it may be any");
