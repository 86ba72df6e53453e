import { createHash } from "node:crypto";
import { join } from "node:path";
import { getLogger } from "@logtape/logtape";
import { examineModel, type SherpaModel, tryModel, wrapTokens } from "../../engine/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import { writeWhole } from "../../files/mod.ts";
import type { Clock } from "../../lifecycle/mod.ts";
import { type ModelStore, resolveSherpa } from "../../models/mod.ts";

/** Where, among the models, what is made of them is kept; a model's own files are never altered. */
const DERIVED = ".sherpa";
/** What a trial shows depends on; another number makes each model be tried again. */
const TRIAL = 1;

const logger = getLogger(["earshot", "models"]);

/** Which model, and how it is to be loaded. */
export interface SherpaSettings extends Pick<SherpaModel, "kind" | "threads"> {
  /** Its name in the store. */
  readonly model: string;
  /** The language of the speakers (BCP 47). */
  readonly language: string;
}

/** Options of {@linkcode prepareSherpa}. */
export interface PrepareSherpaOptions {
  /** Where the model is. */
  readonly store: ModelStore;
  /** Gives up the trial. */
  readonly signal: AbortSignal;
  /** The time source. */
  readonly clock: Clock;
}

/**
 * A model of the user's own, as the engine takes it: verified, of the kind that the config says, with the language that
 * is spoken, and tried in an engine of its own if that was not done before.
 *
 * @throws {EarshotError} `model.unfit`, `model.missing`, `model.corrupt`, `model.unpinned`, `model.directory`,
 * `asr.language`
 */
export async function prepareSherpa(
  { model: name, kind, threads, language: spoken }: SherpaSettings,
  { store, signal, clock }: PrepareSherpaOptions,
): Promise<SherpaModel> {
  const files = await store.resolveCustom(name);
  const { language } = await examineModel({ name, kind, files, language: spoken });
  const addonPath = Deno.build.standalone ? await resolveSherpa(store, name) : undefined;
  const derived = join(store.dir, DERIVED);
  const model: SherpaModel = {
    kind,
    files: kind === "whisper" ? await withWrappedTokens(files, join(derived, `${name}.tokens.txt`)) : files,
    threads,
    language,
    ...(kind === "whisper" && { wrappedTokens: true }),
    ...(addonPath !== undefined && { addonPath }),
  };
  const mark = await markOf(kind, files);
  const markPath = join(derived, `${name}.tried`);
  if (await readIfThere(markPath) === mark) return model;
  logger.info("Model {name} is tried in an engine of its own, since it was not loaded before", { name });
  await tryModel(model, { name, signal, clock });
  // Where it cannot be remembered, it is tried again the next time.
  await writeWhole(markPath, mark).catch(() => {});
  return model;
}

async function withWrappedTokens(
  files: Readonly<Record<string, string>>,
  path: string,
): Promise<Readonly<Record<string, string>>> {
  const { tokens = "" } = files;
  const wrapped = wrapTokens(await Deno.readTextFile(tokens));
  if (await readIfThere(path) !== wrapped) {
    try {
      await writeWhole(path, wrapped);
    } catch (cause) {
      const state = cause instanceof Error ? cause.name : String(cause);
      throw new EarshotError(
        "model.directory",
        `Cannot write ${path}, the form of Whisper's tokens that sherpa-onnx needs: ${state}`,
        { cause },
      );
    }
  }
  return { ...files, tokens: path };
}

/** What tells these very files, without reading gigabytes of them: they were verified already. */
async function markOf(kind: string, files: Readonly<Record<string, string>>): Promise<string> {
  const facts: unknown[] = [TRIAL, kind];
  for (const [part, path] of Object.entries(files).sort()) {
    const { size, mtime, ino } = await Deno.stat(path);
    facts.push([part, path, size, mtime?.getTime(), ino]);
  }
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch {
    return undefined;
  }
}
