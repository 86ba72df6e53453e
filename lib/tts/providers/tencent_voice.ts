import { z } from "zod";
import { secretSource } from "../../secrets/mod.ts";
import { voiceLanguages } from "../language.ts";

/** What both ways to Tencent's voices are told. */
export const tencentVoiceKeys = {
  secretId: z.string().min(1).describe("the id of the secret"),
  secretKey: secretSource.describe("the secret"),
  voice: z.int().min(0).default(101_001).describe("its voice, by its number (VoiceType)"),
  languages: voiceLanguages,
  speed: z.number().min(-2).max(6).default(0).describe("how fast it speaks, -2 to 6; 0 is usual"),
  volume: z.number().min(-10).max(10).default(0)
    .describe("how loud it speaks, -10 to 10; 0 is usual, and every answer leaves equally loud anyway"),
  sampleRateHz: z.literal([8_000, 16_000, 24_000]).default(16_000)
    .describe("samples a second that are asked for; 24,000 only some voices have"),
};
