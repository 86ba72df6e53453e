import { z } from "zod";

/** The `log` block of the config: what is logged, and how it looks. */
export const logConfig = z.strictObject({
  level: z.enum(["trace", "debug", "info", "warning", "error", "fatal"]).default("info")
    .describe("the least severe level that is written"),
  format: z.enum(["auto", "json", "text"]).default("auto")
    .describe("json lines, or text for people; auto is text when stderr is a terminal"),
});

/** The checked `log` block. */
export type LogConfig = z.output<typeof logConfig>;
