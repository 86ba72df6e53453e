import { hasLanguage, spokenLanguage } from "../engine/mod.ts";
import type { TtsCapabilities } from "./contract.ts";

/**
 * Whether a voice speaks a language (BCP 47), whatever the region: one of `en-US` also speaks `en-GB`, and one of `zh`
 * `cmn`.
 */
export function speaksLanguage({ languages }: Pick<TtsCapabilities, "languages">, language: string): boolean {
  return hasLanguage(languages === "any" ? "any" : languages.map(spokenLanguage), language);
}
