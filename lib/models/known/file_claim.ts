import { delay } from "@std/async";
import { EarshotError } from "../../errors/mod.ts";
import { type HttpAnswer, type HttpClient, HttpRefusal } from "../../net/mod.ts";
import { AnswerFault, isWebPage } from "../answer_fault.ts";
import { IdleWatch } from "../idle_watch.ts";
import { redirected, REDIRECTS } from "../redirect.ts";
import { MAX_RETRY_AFTER_MS, retryAfterMs } from "../retry_after.ts";
import type { HostedFile } from "./model_host.ts";

/** What a host says of a file, without any of its content. */
export interface FileClaim {
  /** What its content hashes to: the sha256 of a large file, git's own hash of a small one; in hex. */
  readonly digest?: { readonly algorithm: "sha256" | "gitBlob"; readonly hex: string };
  /** Its size in bytes. */
  readonly sizeBytes?: number;
  /** The commit that it belongs to. */
  readonly revision?: string;
}

/** Options of {@linkcode requestClaim}. */
export interface RequestClaimOptions {
  /** Sends the requests. */
  readonly client: HttpClient;
  readonly signal: AbortSignal;
  /** How long the host may take to answer, in ms. Default 10,000. */
  readonly contactMs?: number;
  /** The pause before the next attempt, in ms. Default 1,000. */
  readonly pauseMs?: number;
}

/** How long a host may take to answer, in ms: another one may be nearer. */
const CONTACT_MS = 10_000;
/** How often a busy host is tried. */
const MAX_ATTEMPTS = 3;
const MAX_HOPS = 5;
/** A pointer of Git LFS is three short lines. */
const MAX_POINTER_CHARS = 1_024;

/**
 * Requests from a host what a file is. Rejects with what is wrong with the host, or with `canceled`. Only its own
 * claim counts: a redirect to another host is not followed.
 */
export async function requestClaim(file: HostedFile, options: RequestClaimOptions): Promise<FileClaim> {
  const claim = await attempt(options, (signal) => readHeaders(file.url, { ...options, signal }));
  if (claim.digest !== undefined || file.pointerUrl === undefined) return claim;
  const url = file.pointerUrl;
  const pointer = await attempt(options, (signal) => options.client.text({ url }, signal))
    .then(readPointer, (error: unknown) => {
      // It has the file, and says no more of it.
      if (error instanceof HttpRefusal) return {};
      throw error;
    });
  return { ...claim, ...pointer };
}

/** Runs a request with a deadline, again if the host is busy and its `Retry-After` is short. */
async function attempt<T>(
  { signal, contactMs = CONTACT_MS, pauseMs = 1_000 }: RequestClaimOptions,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (let attempts = 1;; attempts++) {
    using contact = new IdleWatch(contactMs);
    try {
      return await request(AbortSignal.any([signal, contact.signal]));
    } catch (thrown) {
      if (signal.aborted) throw EarshotError.from(signal.reason, "canceled");
      if (contact.signal.aborted) throw new AnswerFault("it does not answer");
      if (!(thrown instanceof HttpRefusal) || !thrown.retryable) throw thrown;
      const waitMs = retryAfterMs(thrown);
      if (waitMs > MAX_RETRY_AFTER_MS) {
        throw new AnswerFault(`HTTP ${thrown.status}; ask again in ${Math.ceil(waitMs / 1_000)} s`);
      }
      if (attempts === MAX_ATTEMPTS) throw thrown;
      await delay(Math.max(pauseMs, waitMs), { signal }).catch((cause: unknown) => {
        throw EarshotError.from(cause, "canceled");
      });
    }
  }
}

async function readHeaders(
  start: string,
  { client, signal }: Pick<RequestClaimOptions, "client" | "signal">,
): Promise<FileClaim> {
  let url = start;
  let claim: FileClaim = {};
  for (let hops = 0; hops <= MAX_HOPS; hops++) {
    try {
      const answer = await client.fetch({ url, headers: { "accept-encoding": "identity" } }, signal);
      await answer.body?.cancel();
      if (isWebPage(answer)) throw new AnswerFault("it answers with a web page and not with the file");
      return { ...claimOf(answer.headers, { whole: true }), ...claim };
    } catch (thrown) {
      if (!(thrown instanceof HttpRefusal) || !REDIRECTS.has(thrown.status)) throw thrown;
      claim = { ...claimOf(thrown.headers, { whole: false }), ...claim };
      const next = redirected(url, thrown.headers.get("location") ?? "");
      if (next === undefined) throw new AnswerFault("it sends us on to what is no safe address");
      if (new URL(next).host !== new URL(start).host) return claim;
      url = next;
    }
  }
  throw new AnswerFault(`it sends us on more than ${MAX_HOPS} times`);
}

/** What headers say; the plain ones speak of the file only where the `whole` of it is the answer. */
function claimOf(
  headers: Pick<HttpAnswer["headers"] | ReadonlyMap<string, string>, "get">,
  { whole }: { readonly whole: boolean },
): FileClaim {
  const digest = digestOf(headers.get("x-linked-etag")) ??
    (whole ? digestOf(headers.get("etag")) : undefined);
  const size = headers.get("x-linked-size") ?? (whole ? headers.get("content-length") : undefined) ?? "";
  const revision = headers.get("x-repo-commit") ?? "";
  return {
    ...(digest !== undefined && { digest }),
    ...(/^\d{1,15}$/.test(size) && { sizeBytes: Number(size) }),
    ...(/^[0-9a-f]{40}$/.test(revision) && { revision }),
  };
}

/** A weak one is as good: it is the hash of the content, however that is packed on its way. */
function digestOf(etag: string | null | undefined): FileClaim["digest"] {
  const [, hex] = /^(?:W\/)?"?([0-9a-f]{40}|[0-9a-f]{64})"?$/i.exec(etag?.trim() ?? "") ?? [];
  if (hex === undefined) return undefined;
  return { algorithm: hex.length === 64 ? "sha256" : "gitBlob", hex: hex.toLowerCase() };
}

/** Reads a pointer of Git LFS; anything else says nothing. */
function readPointer(text: string): FileClaim {
  if (text.length > MAX_POINTER_CHARS || !text.startsWith("version https://git-lfs.github.com/spec/v1\n")) {
    return {};
  }
  const [, hex] = /^oid sha256:([0-9a-f]{64})$/m.exec(text) ?? [];
  const [, size] = /^size (\d{1,15})$/m.exec(text) ?? [];
  return hex === undefined
    ? {}
    : { digest: { algorithm: "sha256", hex }, ...(size !== undefined && { sizeBytes: Number(size) }) };
}
