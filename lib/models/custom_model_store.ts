import { join } from "node:path";
import { EarshotError } from "../errors/mod.ts";
import { type PeerTlsConfig, readPeerTrust } from "../net/mod.ts";
import { type CustomFile, type CustomModel, type CustomModels, placeOf } from "./custom_model.ts";
import { onDisk } from "./disk.ts";
import { type FileChecker, hashFile } from "./file_check.ts";
import type { FileStatus, ModelStatus } from "./model_status.ts";
import { placeFile } from "./place_file.ts";
import type { PullEvent } from "./pull_event.ts";
import { reportsOf } from "./pull_progress.ts";
import { inspectFiles } from "./stored_files.ts";
import { fetchUrl } from "./url_fetch.ts";

/** What a {@linkcode CustomModelStore} is made of. */
export interface CustomModelStoreOptions {
  /** The directory of all models. */
  readonly dir: string;
  /** The models that the user brings. */
  readonly models: CustomModels;
  /** Checks files, and caches which were good. */
  readonly checker: FileChecker;
  /** How the certificates of the hosts are checked that they are fetched from. */
  readonly tls?: PeerTlsConfig | undefined;
}

/** What a pull needs. */
export interface CustomPullOptions {
  /** Where unfinished files lie; on the same file system as the directory. */
  readonly workDir: string;
  /** Gives up. */
  readonly signal: AbortSignal;
  /** Receives the progress. */
  readonly emit: (event: PullEvent) => void;
}

/** Models that the user brings: fetched from where the config says, or on this machine already, and checked all the same. */
export class CustomModelStore {
  readonly #options: CustomModelStoreOptions;

  /** Looks at nothing yet. */
  constructor(options: CustomModelStoreOptions) {
    this.#options = options;
  }

  /** Their names. */
  get names(): readonly string[] {
    return Object.keys(this.#options.models);
  }

  /** Whether there is one of that name. */
  has(name: string): boolean {
    return Object.hasOwn(this.#options.models, name);
  }

  /** How one stands; `fresh` hashes its files even if they were found good before. Throws `model.directory`. */
  async inspect(name: string, fresh: boolean): Promise<ModelStatus> {
    const files = this.#files(name).map(([part, file]) => {
      return { part, path: this.#place(name, part, file), expected: file };
    });
    return await inspectFiles(name, files, { checker: this.#options.checker, fresh });
  }

  /** Its verified files by part. Throws `model.missing`, `model.unpinned` or `model.corrupt`, and says what to do. */
  async resolve(name: string): Promise<Readonly<Record<string, string>>> {
    const { files } = await this.inspect(name, false);
    const specs = new Map(this.#files(name));
    for (const { part, path, state } of files) {
      const { url, sha256 = "" } = specs.get(part) ?? {};
      const remedy = url === undefined
        ? `correct ${keyOf(name, part)}`
        : `run \`earshot models pull ${name}\``;
      if (state === "missing") {
        throw new EarshotError("model.missing", `Cannot load ${name}: ${path} is missing; ${remedy}`);
      }
      if (state === "cut_short" || state === "tampered") {
        const got = await onDisk(path, () => hashFile(path, "sha256", "hex"));
        throw new EarshotError(
          "model.corrupt",
          `Cannot load ${name}: ${path} has the sha256 ${got} and not ${sha256}; ${remedy}`,
        );
      }
    }
    await this.#requirePinned(name, files);
    return Object.fromEntries(files.map(({ part, path }) => [part, path]));
  }

  /**
   * Fetches the files that are not there or not right. Throws `model.unpinned` with the sums that the config lacks,
   * once all is fetched; what was fetched is kept and used when they are there.
   */
  async pull(name: string, { workDir, signal, emit }: CustomPullOptions): Promise<void> {
    const trust = await readPeerTrust("models", this.#options.tls);
    const found = new Map((await this.inspect(name, false)).files.map((file) => [file.part, file]));
    const unpinned = new Map<string, string>();
    for (const [part, file] of this.#files(name)) {
      const { url, sha256 } = file;
      const state = found.get(part)?.state;
      if (url === undefined || state === "ok" || state === "unpinned") continue;
      const model = `${name} ${part}`;
      const partPath = join(workDir, `${name}.${part}.part`);
      const got = await fetchUrl({ ...file, url }, partPath, {
        name: model,
        trust,
        signal,
        ...reportsOf(model, emit),
      });
      if (sha256 === undefined) {
        unpinned.set(part, got);
        continue;
      }
      await placeFile(partPath, this.#place(name, part, file));
      emit({ type: "done", model });
    }
    if (unpinned.size > 0) throw unpinnedError(name, unpinned);
    await this.resolve(name); // files by path are checked as well
  }

  async #requirePinned(name: string, files: readonly FileStatus[]): Promise<void> {
    const unpinned = new Map<string, string>();
    for (const { part, path, state } of files) {
      if (state === "unpinned") {
        unpinned.set(part, await onDisk(path, () => hashFile(path, "sha256", "hex")));
      }
    }
    if (unpinned.size > 0) throw unpinnedError(name, unpinned);
  }

  #files(name: string): readonly (readonly [string, CustomFile])[] {
    const model: CustomModel | undefined = this.has(name) ? this.#options.models[name] : undefined;
    return Object.entries(model?.files ?? {});
  }

  #place(name: string, part: string, file: CustomFile): string {
    return placeOf(join(this.#options.dir, name), part, file);
  }
}

function keyOf(name: string, part: string): string {
  return `models.custom.${name}.files.${part}`;
}

function unpinnedError(name: string, sums: ReadonlyMap<string, string>): EarshotError {
  const lines = [...sums].map(([part, sha256]) => `  ${keyOf(name, part)}.sha256: ${sha256}`);
  return new EarshotError(
    "model.unpinned",
    `Cannot use ${name}: the config does not say what its files must hash to. ` +
      `Where these are the sums that its publisher gives, add them:\n${lines.join("\n")}`,
  );
}
