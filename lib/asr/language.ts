import { spokenLanguage } from "../engine/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { AsrAdapter } from "./contract.ts";

/**
 * Makes sure that a recognizer hears a language; `en-GB` is heard by one that hears `en`, and
 * `cmn` by one that hears `zh`.
 *
 * @throws EarshotError `asr.language`
 */
export function requireLanguage({ name, capabilities }: AsrAdapter, language: string): void {
  const { languages } = capabilities;
  if (languages === "any") return;
  const wanted = language.toLowerCase();
  const spoken = spokenLanguage(language);
  const hears = languages.some((one) =>
    wanted === one.toLowerCase() || wanted.startsWith(`${one.toLowerCase()}-`) || spoken === one.toLowerCase()
  );
  if (hears) return;
  throw new EarshotError(
    "asr.language",
    `Cannot recognize ${language} with ${name}: it hears ${languages.join(", ")}`,
  );
}
