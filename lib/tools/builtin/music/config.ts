import { z } from "zod";

/** The `tools.music` block of the config. */
export const musicConfig = z.strictObject({
  folder: z.string().min(1)
    .describe("a folder with music: MP3, WAV and Ogg Opus, also in folders up to four deep"),
  maxMinutes: z.number().min(0.1).max(60).default(10).describe(
    "how long a piece of music may play, in minutes",
  ),
}).describe("music that is played from a folder");

/** The checked block. */
export type MusicConfig = z.output<typeof musicConfig>;
