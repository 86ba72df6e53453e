import type { CatalogEntry } from "../../errors/mod.ts";
import type { ServerMessage } from "../../protocol/mod.ts";
import { FIXED_SENTENCES } from "../../tts/mod.ts";

/** The languages in which a device is told of a fault. */
export type AlertLanguage = keyof CatalogEntry["device"];

/** What a device shows of a fault: the catalog's sentence in its owner's language. */
export function alertOf({ device }: CatalogEntry, language: AlertLanguage): ServerMessage {
  const status = language === "zh" ? "错误" : "Error";
  return { type: "alert", status, message: device[language], emotion: "sad" };
}

/** What a device shows of a goodbye: nobody has spoken for so long that it is not listened to any more. */
export function goodbyeIn(language: AlertLanguage): ServerMessage {
  const status = language === "zh" ? "再见" : "Goodbye";
  return { type: "alert", status, message: FIXED_SENTENCES.goodbye[language], emotion: "sleepy" };
}

/** The language for a device: as configured, else that of its speakers. */
export function alertLanguage(
  { session, language }: {
    readonly session: { readonly alertLanguage: AlertLanguage | "auto" };
    readonly language: string;
  },
): AlertLanguage {
  if (session.alertLanguage !== "auto") return session.alertLanguage;
  return language.startsWith("zh") ? "zh" : "en";
}
