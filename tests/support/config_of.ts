import { z } from "zod";
import { type Config, configSchema } from "../../lib/app/mod.ts";
import { audioLimits } from "../../lib/audio/mod.ts";
import { engineLimits } from "../../lib/engine/mod.ts";
import { memoryLimits } from "../../lib/memory/mod.ts";
import { authLimits, serverLimits } from "../../lib/server/mod.ts";
import { sessionLimits } from "../../lib/session/mod.ts";
import { ttsLimits } from "../../lib/tts/mod.ts";

/** What a test changes of the config, section by section, limits included. */
export type ConfigChanges = { readonly [Section in keyof Config]?: Partial<Config[Section]> };

/** The same where what comes from a command line has not been checked. */
type UncheckedChanges = {
  readonly [Section in keyof Config]?: { readonly [Key in keyof Config[Section]]?: unknown };
};

const LIMITS: Readonly<Record<string, { readonly shape: object }>> = {
  session: sessionLimits,
  server: serverLimits,
  auth: authLimits,
  audio: audioLimits,
  memory: memoryLimits,
  engine: engineLimits,
  speechCache: ttsLimits,
};

/** Sections that are limits alone, by where the file has them. */
const LIMITS_ALONE: Readonly<Record<string, string>> = { audio: "audio", speechCache: "tts" };

/** Tests send faster than anybody speaks, on machines that are busy: who is refused for that is no matter of most. */
const NEVER_REFUSED = { hearingLateMs: 0 };

/**
 * The checked config with these changes, each key in the section of the file where it belongs. Nothing is answered, and
 * nobody refused for lateness, unless the changes say so.
 */
export function configOf({ session, ...rest }: UncheckedChanges = {}): Config {
  const changes = { ...rest, session: { ...NEVER_REFUSED, ...session } };
  const sections: Record<string, unknown> = {};
  const limits: Record<string, unknown> = {};
  for (const [section, keys] of Object.entries(changes)) {
    const isLimit = (key: string) => Object.hasOwn(LIMITS[section]?.shape ?? {}, key);
    const entries = Object.entries(keys);
    const own = entries.filter(([key]) => !isLimit(key));
    if (!(section in LIMITS_ALONE)) sections[section] = Object.fromEntries(own);
    if (section in LIMITS) {
      limits[LIMITS_ALONE[section] ?? section] = Object.fromEntries(entries.filter(([key]) => isLimit(key)));
    }
  }
  return configSchema.parse({ ...sections, agents: unanswered(sections["agents"]), limits });
}

/** The agents, of which the default one answers nothing unless it says so. */
function unanswered(agents: unknown): unknown {
  const given = z.record(z.string(), z.record(z.string(), z.unknown())).parse(agents ?? {});
  return { ...given, default: { llm: "none", ...given["default"] } };
}
