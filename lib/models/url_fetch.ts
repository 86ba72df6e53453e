import { delay, retry, RetryError } from "@std/async";
import { EarshotError } from "../errors/mod.ts";
import { hostOf, type HttpAnswer, HttpClient, HttpRefusal, type PeerTrust } from "../net/mod.ts";
import { onDisk } from "./disk.ts";
import { hashFile } from "./file_check.ts";
import { IdleWatch } from "./idle_watch.ts";
import { extentOf } from "./answer_extent.ts";
import { AnswerFault, isWebPage, reasonOf } from "./answer_fault.ts";
import { PartFile } from "./part_file.ts";
import type { FetchReports } from "./pull_progress.ts";
import { redirected, REDIRECTS } from "./redirect.ts";
import { MAX_RETRY_AFTER_MS, retryAfterMs } from "./retry_after.ts";

/** The longest silence of a connection, in ms. */
const IDLE_MS = 30_000;
/** How often in a row an attempt may bring nothing worthwhile. */
const MAX_ATTEMPTS = 4;
/** An attempt that brought at least this much was not in vain: the next one is not counted as a retry. */
const WORTHWHILE_BYTES = 64 * 1024;
/** Model hosts redirect to where the file lies. */
const MAX_REDIRECTS = 5;
/** The status of a redirect target when the signature of its address is too old. */
const EXPIRED = new Set([401, 403, 410]);
/** The largest file, in bytes; a model that a machine can run is smaller. */
const MAX_FILE_BYTES = 8_589_934_592;

/** A file on the web. */
export interface RemoteFile {
  /** Where it is. */
  readonly url: string;
  /** What its content must hash to, if that is known. */
  readonly sha256?: string | undefined;
  /** Its exact size, if that is known, in bytes. */
  readonly sizeBytes?: number | undefined;
}

/** Options of {@linkcode fetchUrl}. */
export interface FetchUrlOptions extends FetchReports {
  /** Its name in messages. */
  readonly name: string;
  /** Which certificates to trust. Default: those of the system. */
  readonly trust?: PeerTrust | undefined;
  /** Ends the fetch; the part stays. */
  readonly signal: AbortSignal;
  /** How long the first pause is, in ms; each doubles it. Default 1,000. */
  readonly pauseMs?: number;
  /** The longest silence of a connection, in ms. Default 30,000. */
  readonly idleMs?: number;
}

/**
 * Fetches a file into `partPath`, going on from what is there, and gives the sha256 of what came. Throws
 * `model.fetch`, `model.corrupt` when it is another file than it should be, `model.directory`, `canceled`.
 */
export async function fetchUrl(
  file: RemoteFile,
  partPath: string,
  options: FetchUrlOptions,
): Promise<string> {
  using part = await PartFile.open(partPath);
  const client = new HttpClient(options.trust);
  try {
    return await new UrlFetch(file, { ...options, part, client, hash: () => sha256Of(partPath) }).run();
  } catch (thrown) {
    if (options.signal.aborted) {
      const message = `Cannot fetch ${options.name}: given up; ${part.sizeBytes} bytes are kept`;
      throw new EarshotError("canceled", message, { cause: options.signal.reason });
    }
    const cause = thrown instanceof RetryError ? thrown.cause : thrown;
    if (cause instanceof EarshotError && cause.code.startsWith("model.")) throw cause;
    const message = `Cannot fetch ${options.name} from ${hostOf(file.url)}: ${reasonOf(cause)}; ` +
      `${part.sizeBytes} bytes are kept. Check the network and the url in models.custom, then try again`;
    throw new EarshotError("model.fetch", message, { cause });
  } finally {
    client.close();
  }
}

interface Fetching extends FetchUrlOptions {
  readonly part: PartFile;
  readonly client: HttpClient;
  readonly hash: () => Promise<string>;
}

class UrlFetch {
  readonly #file: RemoteFile;
  readonly #options: Fetching;
  #totalBytes: number;

  constructor(file: RemoteFile, options: Fetching) {
    this.#file = file;
    this.#options = options;
    this.#totalBytes = file.sizeBytes ?? 0;
  }

  async run(): Promise<string> {
    const { part, hash } = this.#options;
    const { sha256, sizeBytes } = this.#file;
    if (part.sizeBytes > (sizeBytes ?? MAX_FILE_BYTES)) await part.restart();
    // What an earlier pull left may be all of it, or be spoilt: then one whole fetch decides.
    for (let resumed = part.sizeBytes > 0;; resumed = false) {
      if (resumed && sha256 !== undefined && await hash() === sha256) return sha256;
      while (!await this.#withRetries()) { /* the connection broke, but something worthwhile came */ }
      const got = await hash();
      if (sha256 === undefined || got === sha256) return got;
      await part.restart();
      if (!resumed) throw this.#corrupt(`has the sha256 ${got} and not ${sha256}`);
    }
  }

  /** Requests what is missing until it has come, or at least something worthwhile. */
  #withRetries(): Promise<boolean> {
    const { signal, onRetry, pauseMs = 1_000, idleMs = IDLE_MS } = this.#options;
    let attempts = 0;
    return retry(async () => {
      using watch = new IdleWatch(idleMs);
      try {
        return await this.#receive(watch);
      } catch (error) {
        const again = isWorthRetrying(error) && ++attempts < MAX_ATTEMPTS;
        if (again && !signal.aborted) onRetry(reasonOf(error));
        if (again && error instanceof HttpRefusal) await delay(retryAfterMs(error), { signal });
        throw error;
      }
    }, {
      maxAttempts: MAX_ATTEMPTS,
      multiplier: 2,
      minTimeout: pauseMs,
      maxTimeout: 8 * pauseMs,
      jitter: 0,
      isRetriable: isWorthRetrying,
      signal,
    });
  }

  /** Whether all of it is there now. */
  async #receive(watch: IdleWatch): Promise<boolean> {
    const { part, onReceived, signal } = this.#options;
    const startBytes = part.sizeBytes;
    const life = AbortSignal.any([signal, watch.signal]);
    try {
      const body = await this.#open(life);
      onReceived(part.sizeBytes, this.#totalBytes);
      for await (const bytes of body ?? []) {
        watch.touch();
        if (part.sizeBytes + bytes.length > (this.#file.sizeBytes ?? MAX_FILE_BYTES)) {
          await part.restart();
          throw this.#corrupt("is too long");
        }
        await part.append(bytes);
        onReceived(part.sizeBytes, this.#totalBytes);
      }
      if (part.sizeBytes < this.#totalBytes) throw new AnswerFault("the answer ended early");
      return true;
    } catch (caught) {
      const thrown = watch.signal.aborted ? watch.signal.reason : caught;
      watch.abort(thrown); // ends the request, whatever of it is still under way
      const worthwhile = part.sizeBytes - startBytes >= WORTHWHILE_BYTES;
      if (!signal.aborted && worthwhile && isWorthRetrying(thrown)) return false;
      throw thrown;
    }
  }

  /** Requests what is missing; `undefined` when nothing is. */
  async #open(signal: AbortSignal): Promise<ReadableStream<Uint8Array> | undefined> {
    const { part } = this.#options;
    const startBytes = part.sizeBytes;
    const { sizeBytes } = this.#file;
    if (sizeBytes !== undefined && startBytes === sizeBytes) return undefined;
    const response = await this.#follow(startBytes, signal);
    if (response === undefined) return undefined;
    // A proxy's login, most often. What is here already has nothing to do with it.
    if (isWebPage(response)) {
      await response.body?.cancel();
      throw this.#fault("it answers with a web page and not with the file");
    }
    const { first, total } = extentOf(response);
    if (total !== undefined && total !== (sizeBytes ?? total)) {
      await response.body?.cancel();
      throw this.#corrupt(`has ${total} bytes and not ${sizeBytes}`);
    }
    if (total !== undefined) this.#totalBytes = total;
    if (first !== startBytes) {
      await part.restart();
      if (first !== 0) {
        await response.body?.cancel();
        throw new AnswerFault("the answer is not the range that was asked for");
      }
    }
    return response.body ?? undefined;
  }

  /** The answer, after redirects; `undefined` when there is nothing after what the part has. */
  async #follow(startBytes: number, signal: AbortSignal): Promise<HttpAnswer | undefined> {
    const { client, part } = this.#options;
    const headers = {
      "accept-encoding": "identity",
      ...(startBytes > 0 && { range: `bytes=${startBytes}-` }),
    };
    let { url } = this.#file;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      try {
        return await client.fetch({ url, headers }, signal);
      } catch (thrown) {
        if (!(thrown instanceof HttpRefusal)) throw thrown;
        if (thrown.status === 416 && startBytes > 0) {
          if (thrown.headers.get("content-range") === `bytes */${startBytes}`) return undefined;
          await part.restart();
          throw new AnswerFault("the host has less than what is here");
        }
        if (REDIRECTS.has(thrown.status)) {
          const next = redirected(url, thrown.headers.get("location") ?? "");
          if (next === undefined) throw this.#fault("it sends us on to what is no safe address");
          url = next;
          continue;
        }
        if (redirects > 0 && EXPIRED.has(thrown.status)) {
          throw new AnswerFault(`HTTP ${thrown.status} of ${hostOf(url)}, to which it sends us on`);
        }
        const waitMs = retryAfterMs(thrown);
        if (waitMs <= MAX_RETRY_AFTER_MS) throw thrown;
        throw this.#fault(`HTTP ${thrown.status}; ask again in ${Math.ceil(waitMs / 1_000)} s`);
      }
    }
    throw this.#fault(`it sends us on more than ${MAX_REDIRECTS} times`);
  }

  /** Another request would not help. */
  #fault(state: string): EarshotError {
    return new EarshotError(
      "model.fetch",
      `Cannot fetch ${this.#options.name} from ${hostOf(this.#file.url)}: ${state}`,
      { cause: new AnswerFault(state) },
    );
  }

  #corrupt(state: string): EarshotError {
    return new EarshotError(
      "model.corrupt",
      `Cannot use ${this.#options.name}: what ${
        hostOf(this.#file.url)
      } serves ${state}; nothing was installed`,
      { cause: new AnswerFault(`what it serves ${state}`) },
    );
  }
}

function sha256Of(path: string): Promise<string> {
  return onDisk(path, () => hashFile(path, "sha256", "hex"));
}

function isWorthRetrying(error: unknown): boolean {
  if (error instanceof HttpRefusal) return error.retryable || error.status === 408;
  return !(error instanceof EarshotError) || error.code === "net.unreachable" || error.code === "canceled";
}
