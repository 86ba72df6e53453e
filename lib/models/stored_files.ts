import { EarshotError } from "../errors/mod.ts";
import type { ExpectedFile, FileChecker } from "./file_check.ts";
import type { FileStatus, ModelStatus } from "./model_status.ts";

/** A file of a model: where it is, or should be, and what it must be. */
export interface StoredFile {
  /** The part that it plays in its model. */
  readonly part: string;
  readonly path: string;
  readonly expected: ExpectedFile;
  /** How large it is said to be where nothing says what it must be, in bytes. */
  readonly likelyBytes?: number | undefined;
}

/** Checks the files of a model; `fresh` hashes them even if they were found good before. Throws `model.directory`. */
export async function inspectFiles(
  model: string,
  stored: readonly StoredFile[],
  { checker, fresh }: { readonly checker: FileChecker; readonly fresh: boolean },
): Promise<ModelStatus> {
  const files: FileStatus[] = [];
  for (const { part, path, expected, likelyBytes } of stored) {
    const state = await checker.check(path, expected, { fresh });
    const sizeBytes = expected.sizeBytes ?? likelyBytes ??
      (state === "missing" ? 0 : (await Deno.stat(path)).size);
    files.push({ part, path, sizeBytes, state });
  }
  return { model, ok: files.every(({ state }) => state === "ok"), files };
}

/** The paths by part of a model that is as it should be; throws `model.missing` or `model.corrupt` for another one. */
export function requirePaths(
  { model, files }: ModelStatus,
  remedy: string,
): Readonly<Record<string, string>> {
  for (const { path, state } of files) {
    if (state === "ok") continue;
    const code = state === "missing" || state === "unpinned" ? "model.missing" : "model.corrupt";
    throw new EarshotError(code, `Cannot load ${model}: ${path} is ${FAULTS[state]}; ${remedy}`);
  }
  return Object.fromEntries(files.map(({ part, path }) => [part, path]));
}

const FAULTS = {
  missing: "missing",
  unpinned: "not from a pull, and not known to be right",
  cut_short: "cut short",
  tampered: "not the file it should be",
} as const;
