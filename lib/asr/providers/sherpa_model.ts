import { join } from "node:path";
import {
  DERIVED_DIR,
  examineModel,
  readIfThere,
  type SherpaModel,
  tryModel,
  tryOnce,
  wrapTokens,
} from "../../engine/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import { writeWhole } from "../../files/mod.ts";
import type { Clock } from "../../lifecycle/mod.ts";
import { type ModelStore, resolveSherpa } from "../../models/mod.ts";

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
  const derived = join(store.dir, DERIVED_DIR);
  const model: SherpaModel = {
    kind,
    files: kind === "whisper" ? await withWrappedTokens(files, join(derived, `${name}.tokens.txt`)) : files,
    threads,
    language,
    ...(kind === "whisper" && { wrappedTokens: true }),
    ...(addonPath !== undefined && { addonPath }),
  };
  const trial = { name, remembered: name, modelsDir: store.dir, kind, paths: Object.values(files) };
  await tryOnce(trial, () => tryModel(model, { name, signal, clock }));
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
