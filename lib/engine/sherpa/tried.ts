import { createHash } from "node:crypto";
import { join } from "node:path";
import { getLogger } from "@logtape/logtape";
import { writeWhole } from "../../files/mod.ts";

/** Where, among the models, what is made of them is kept; a model's own files are never altered. */
export const DERIVED_DIR = ".sherpa";
/** What a trial shows depends on; another number makes each model be tried again. */
const TRIAL = 2;

const logger = getLogger(["earshot", "models"]);

/** A model that may have to be tried. */
export interface TrialOnce {
  /** Its name, for the log. */
  readonly name: string;
  /** The name under which it is remembered: its own, fit for a file. */
  readonly remembered: string;
  /** The directory of all models. */
  readonly modelsDir: string;
  /** What it is loaded as. */
  readonly kind: string;
  /** Its files. */
  readonly paths: readonly string[];
}

/**
 * Tries a model, unless these very files were tried before. Where that cannot be remembered, it is tried again the next
 * time. Throws what `attempt` throws.
 */
export async function tryOnce(
  { name, remembered, modelsDir, kind, paths }: TrialOnce,
  attempt: () => Promise<void>,
): Promise<void> {
  const mark = await markOf(kind, paths);
  const markPath = join(modelsDir, DERIVED_DIR, `${remembered}.tried`);
  if (await readIfThere(markPath) === mark) return;
  logger.info("Model {name} is tried in an engine of its own, since it was not loaded before", { name });
  await attempt();
  await writeWhole(markPath, mark).catch(() => {});
}

/** What tells these very files, without reading gigabytes of them. */
async function markOf(kind: string, paths: readonly string[]): Promise<string> {
  const facts: unknown[] = [TRIAL, kind];
  for (const path of [...paths].sort()) {
    const { size, mtime, ino } = await Deno.stat(path);
    facts.push([path, size, mtime?.getTime(), ino]);
  }
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}

/** The text of a file; `undefined` where it cannot be read. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch {
    return undefined;
  }
}
