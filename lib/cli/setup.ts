import { pullModels, type Setup } from "../app/mod.ts";
import { z } from "zod";
import type { Output } from "./output.ts";
import { pullProgress } from "./progress.ts";

/** The options of every command that works with the machine's set-up. */
export const setupOptions = z.object({ config: z.string().optional(), data: z.string().optional() });

/** The flags that go with {@linkcode setupOptions}. */
export const SETUP_FLAGS = [
  ["--config <file>", "the config file; without it ./config.yaml if that is there, else the defaults"],
  ["--data <dir>", "where models and data live; without it EARSHOT_DATA, else ./data"],
] as const;

/** Shows what is odd in the config and no error. */
export function sayWarnings({ warnings }: Pick<Setup, "warnings">, output: Output): void {
  for (const warning of warnings) output.say(`earshot: ${warning}`);
}

/** Fetches what is missing, and shows it. */
export async function fetchModels(
  setup: Pick<Setup, "config" | "store">,
  models: readonly string[],
  options: { readonly output: Output; readonly signal: AbortSignal; readonly refresh?: boolean },
): Promise<void> {
  const { output, signal, refresh = false } = options;
  const { report, end } = pullProgress(output);
  await pullModels(setup, models, { signal, refresh, onProgress: report });
  end();
}
