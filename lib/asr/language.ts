import { hasLanguage } from "../engine/mod.ts";
import type { AsrCapabilities } from "./contract.ts";

/**
 * Whether a recognizer hears a language (BCP 47); `en-GB` is heard by one that hears `en`, and `cmn` by one that
 * hears `zh`.
 */
export function hearsLanguage({ languages }: Pick<AsrCapabilities, "languages">, language: string): boolean {
  return hasLanguage(languages, language);
}
