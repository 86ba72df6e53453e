import { z } from "zod";

/** The `log` block of the config. */
export const logConfig = z.strictObject({
  /** The least severe level that is written. */
  level: z.enum(["trace", "debug", "info", "warning", "error", "fatal"]).default("info"),
  /** JSON lines or lines for people; `auto` is for people when stderr is a terminal. */
  format: z.enum(["auto", "json", "text"]).default("auto"),
});

/** The checked `log` block. */
export type LogConfig = z.output<typeof logConfig>;
