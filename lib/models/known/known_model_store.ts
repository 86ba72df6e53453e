import { join } from "node:path";
import { EarshotError } from "../../errors/mod.ts";
import { type PeerTlsConfig, readPeerTrust } from "../../net/mod.ts";
import type { FileChecker } from "../file_check.ts";
import type { ModelStatus } from "../model_status.ts";
import { placeFile } from "../place_file.ts";
import type { PullEvent } from "../pull_event.ts";
import { inspectFiles, requirePaths } from "../stored_files.ts";
import { requireSpace } from "./free_space.ts";
import type { KnownFile, KnownModel, KnownModels } from "./known_models.ts";
import { type FetchedFile, KnownPull, type PullTiming } from "./known_pull.ts";
import type { ModelHost } from "./model_host.ts";
import { type PinnedFile, type Pins, readPins, writePins } from "./pins.ts";
import { missingBytes, removeParts } from "./unfinished.ts";

/** What a {@linkcode KnownModelStore} is made of. */
export interface KnownModelStoreOptions {
  /** The directory of all models. */
  readonly dir: string;
  /** The models that there are. */
  readonly models: KnownModels;
  /** Where they are fetched from, in turn. */
  readonly hosts: () => readonly ModelHost[];
  /** Checks files, and caches which were good. */
  readonly checker: FileChecker;
  /** How the certificates of those are checked. */
  readonly tls?: PeerTlsConfig | undefined;
  /** Deadlines and pauses of a pull. */
  readonly timing?: PullTiming;
}

/** What a pull needs. */
export interface KnownModelPullOptions {
  /** Where unfinished files lie; on the same file system as the directory. */
  readonly workDir: string;
  /** Ends the pull; what came is kept. */
  readonly signal: AbortSignal;
  /** Receives the progress. */
  readonly emit: (event: PullEvent) => void;
  /** Takes what the publisher has now, and pins that. */
  readonly refresh: boolean;
}

/** A file of a model: what the list says of it, where it lies, and what it must be as far as that is known. */
interface Look {
  readonly file: KnownFile;
  readonly path: string;
  readonly pinned: PinnedFile | undefined;
}

/** The source of a sum that Earshot comes with. */
const BUILT_IN = "Earshot's own list";

/** Models that others publish: fetched from the publisher or a mirror of it, and pinned to what they were then. */
export class KnownModelStore {
  readonly #options: KnownModelStoreOptions;

  /** Reads nothing yet. */
  constructor(options: KnownModelStoreOptions) {
    this.#options = options;
  }

  /** Their names. */
  get names(): readonly string[] {
    return Object.keys(this.#options.models);
  }

  /** What is known of one. */
  find(name: string): KnownModel | undefined {
    const { models } = this.#options;
    return Object.hasOwn(models, name) ? models[name] : undefined;
  }

  /** How one stands; `fresh` hashes its files even if they were found good before. Throws `model.directory`. */
  async inspect(name: string, fresh: boolean): Promise<ModelStatus> {
    const files = [...await this.#look(name)].map(([part, { file, pinned, path }]) => {
      return { part, path, expected: pinned ?? {}, likelyBytes: file.sizeBytes };
    });
    return await inspectFiles(name, files, { checker: this.#options.checker, fresh });
  }

  /** Its verified files by part. Throws `model.missing` or `model.corrupt`, and says what to do. */
  async resolve(name: string): Promise<Readonly<Record<string, string>>> {
    return requirePaths(await this.inspect(name, false), `run \`earshot models pull ${name}\``);
  }

  /**
   * Fetches the files that are not there or not right; all have come and are checked before one of them is put in its
   * place. Throws `model.fetch`, `model.changed`, `model.directory`, `model.corrupt`, `canceled`.
   */
  async pull(name: string, { workDir, signal, emit, refresh }: KnownModelPullOptions): Promise<void> {
    const { dir, hosts, tls, timing = {} } = this.#options;
    const model = this.find(name);
    if (model === undefined) throw new EarshotError("model.unknown", `Cannot find model "${name}"`);
    const modelDir = join(dir, name);
    const look = await this.#look(name);
    const found = new Map((await this.inspect(name, false)).files.map(({ part, state }) => [part, state]));
    const wanted = [...look].filter(([part]) => refresh || found.get(part) !== "ok");
    // A refresh fetches again only what has changed, which is not known yet.
    const toCome = wanted.filter(([part]) => found.get(part) === "missing")
      .map(([part, { file, pinned }]) => ({ part, sizeBytes: pinned?.sizeBytes ?? file.sizeBytes }));
    await requireSpace(workDir, await missingBytes(workDir, name, toCome), name);
    const pins = await readPins(modelDir);
    const revision = refresh ? undefined : pins?.revision ?? model.revision;
    const trust = await readPeerTrust("models", tls);
    using pull = new KnownPull({
      name,
      model,
      revision,
      hosts: hosts(),
      trust,
      workDir,
      signal,
      emit,
      timing,
    });
    const fetched = new Map<string, FetchedFile>();
    for (const [part, { pinned, path }] of wanted) {
      fetched.set(part, await pull.fetchFile(part, { pinned: refresh ? undefined : pinned, place: path }));
    }
    await writePins(
      modelDir,
      { revision: pull.revision, files: pinsOf(look, fetched) },
      join(workDir, `${name}.pins`),
    );
    for (const [part, { partPath }] of fetched) {
      const place = look.get(part)?.path;
      if (partPath !== undefined && place !== undefined) await placeFile(partPath, place);
      emit({ type: partPath === undefined ? "already" : "done", model: `${name} ${part}` });
    }
    await removeParts(workDir, name);
  }

  /** Its files by part. */
  async #look(name: string): Promise<ReadonlyMap<string, Look>> {
    const { dir } = this.#options;
    const pins = await readPins(join(dir, name));
    const files = Object.entries(this.find(name)?.files ?? {});
    return new Map(files.map(([part, file]) => {
      const path = join(dir, name, file.name);
      const stored = pins?.files[part];
      if (stored !== undefined && stored.name === file.name) return [part, { file, path, pinned: stored }];
      const { sha256, sizeBytes } = file;
      const pinned = sha256 === undefined
        ? undefined
        : { name: file.name, sha256, sizeBytes, from: BUILT_IN };
      return [part, { file, path, pinned }];
    }));
  }
}

/** What each file is from now on. */
function pinsOf(
  look: ReadonlyMap<string, Look>,
  fetched: ReadonlyMap<string, Pick<FetchedFile, "pin">>,
): Pins["files"] {
  const pins = [...look].flatMap(([part, { pinned }]) => {
    const pin = fetched.get(part)?.pin ?? pinned;
    return pin === undefined ? [] : [[part, pin] as const];
  });
  return Object.fromEntries(pins);
}
