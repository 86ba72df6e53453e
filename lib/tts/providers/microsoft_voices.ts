import { z } from "zod";
import { checkReply, jsonOf, type ServiceName } from "../../service/mod.ts";
import type { VoiceInfo } from "../contract.ts";

/** What is set of a voice of Microsoft's, whoever lets it speak. */
export const microsoftVoiceKeys = {
  voice: z.string()
    .regex(
      /^[a-z]{2,3}(-[A-Z][a-z]{3})?-[A-Z]{2}(-[A-Za-z\d:]+)+$/,
      "give a voice such as zh-CN-XiaoxiaoNeural",
    )
    .default("zh-CN-XiaoxiaoNeural")
    .describe("its voice, which begins with its language"),
  languages: z.array(z.string().min(2)).min(1).optional()
    .describe(
      "the languages that the voice speaks (BCP 47), such as [zh, en]; by default the one of its name, or any for a " +
        "Multilingual voice",
    ),
  ratePercent: z.int().min(-90).max(200).default(0)
    .describe("how much faster it speaks than usual, in percent, -90 to 200"),
  pitchHz: z.int().min(-100).max(100).default(0)
    .describe("how much higher it speaks than usual, in Hz, -100 to 100"),
  volumePercent: z.int().min(-100).max(100).default(0)
    .describe("how much louder it speaks than usual, in percent; every answer leaves equally loud anyway"),
};

/** The language that a voice's name begins with, its script included. */
const LOCALE = /^[a-z]{2,3}(-[A-Z][a-z]{3})?-[A-Z]{2}(?=-)/;

/** What a voice of Microsoft's speaks, by its name. */
export function languagesOfVoice(voice: string): readonly string[] | "any" {
  const locale = LOCALE.exec(voice)?.[0];
  if (locale === undefined || voice.includes("Multilingual")) return "any";
  // Those of Hong Kong speak Cantonese.
  return locale === "zh-HK" ? [locale, "yue"] : [locale];
}

const names = z.array(z.string()).default([]);
const voiceList = z.array(z.looseObject({
  ShortName: z.string(),
  Locale: z.string().optional(),
  Gender: z.string().optional(),
  VoiceTag: z.looseObject({ ContentCategories: names, VoicePersonalities: names }).prefault({}),
  StyleList: names,
}));

/** The voices of a list as Microsoft writes it; throws `tts.protocol` for anything else. */
export function microsoftVoices(service: ServiceName, body: string): readonly VoiceInfo[] {
  return checkReply(service, jsonOf(body), voiceList).map(
    ({ ShortName: name, Locale, Gender, VoiceTag, StyleList }) => {
      const words = [
        Gender ?? "",
        ...VoiceTag.VoicePersonalities,
        ...VoiceTag.ContentCategories,
        ...StyleList,
      ];
      const about = words.map((word) => word.trim()).filter((word) => word !== "").join(", ");
      return { name, ...(Locale !== undefined && { language: Locale }), ...(about !== "" && { about }) };
    },
  );
}
