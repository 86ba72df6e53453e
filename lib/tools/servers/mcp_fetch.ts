import { EarshotError } from "../../errors/mod.ts";
import type { Clock } from "../../lifecycle/mod.ts";
import { type HttpAnswer, type HttpClient, HttpRefusal } from "../../net/mod.ts";
import { MAX_MESSAGE_BYTES } from "./limits.ts";
import { SessionGone } from "./session_gone.ts";

/** How long a POST of ours may stay open that nobody waits for, such as a notification, in ms. */
const NOTICE_MS = 10_000;
/** The same for a request, should its own deadline fail, in ms. */
const REQUEST_MS = 180_000;
/** What a server that only an operator can make answer says: a proxy without its server. */
const DOWN = [502, 503, 504];

/** What {@linkcode mcpFetch} needs. */
export interface McpFetchOptions {
  /** The server's name in the config. */
  readonly server: string;
  readonly http: HttpClient;
  readonly clock: Clock;
  /** Whether a POST with this body is a request that somebody waits for; told of what ends its answer too early. */
  readonly requestOf: (body: string) => { fail(error: EarshotError): void } | undefined;
  /** No request will succeed any more. */
  readonly onEnd: (fault: EarshotError) => void;
}

/**
 * `fetch` for the official client: with our trust, a deadline on every POST from its start to the end of its answer, at most
 * 1 MiB an answer, and refusals as errors of ours.
 */
export function mcpFetch(
  options: McpFetchOptions,
): (url: string | URL, init?: RequestInit) => Promise<Response> {
  const { server, http, clock, requestOf, onEnd } = options;
  return async (url, { method = "GET", headers, body, signal } = {}) => {
    const text = typeof body === "string" ? body : undefined;
    const waiting = text === undefined ? undefined : requestOf(text);
    const life = new AbortController();
    const onAbort = () => life.abort(signal?.reason);
    const late = () => new EarshotError("tool.timeout", `Cannot wait for ${server}: its answer did not end`);
    const stays = method === "GET";
    const deadlineMs = waiting === undefined ? NOTICE_MS : REQUEST_MS;
    const cancelDeadline = stays ? () => {} : clock.schedule(deadlineMs, () => life.abort(late()));
    const over = () => {
      cancelDeadline();
      signal?.removeEventListener("abort", onAbort);
    };
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
    const sent = new Headers(headers);
    let answer: HttpAnswer;
    try {
      answer = await http.fetch({
        url: String(url),
        method,
        headers: Object.fromEntries(sent),
        ...(text !== undefined && { body: text }),
      }, life.signal);
    } catch (thrown) {
      over();
      if (thrown instanceof HttpRefusal && (thrown.status < 400 || method !== "POST")) {
        return responseOf(thrown);
      }
      const error = refusalOf(server, thrown, { inSession: sent.has("mcp-session-id") });
      if (error.code === "tool.unavailable" || error.code === "tool.auth") onEnd(error);
      throw error;
    }
    const read = readBody(answer, {
      server,
      stays,
      over,
      onFault: (fault) => {
        life.abort(fault);
        if (stays) onEnd(fault);
        else waiting?.fail(fault);
      },
    });
    const isEmpty = answer.body === null;
    if (isEmpty) over();
    return new Response(isEmpty ? null : ReadableStream.from(read), {
      status: answer.status,
      headers: answer.headers,
    });
  };
}

/** The body as it comes, up to its bound: all of a POST's, an event's of a stream that stays. */
async function* readBody(
  { body }: HttpAnswer,
  { server, stays, over, onFault }: {
    readonly server: string;
    readonly stays: boolean;
    readonly over: () => void;
    readonly onFault: (fault: EarshotError) => void;
  },
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let sizeBytes = 0;
  try {
    for await (const part of body ?? []) {
      sizeBytes += part.length;
      // An event is at most as long as what lies between two ends of lines that follow each other.
      const end = stays ? lastEventEnd(part) : -1;
      if (end >= 0) sizeBytes = part.length - end;
      if (sizeBytes > MAX_MESSAGE_BYTES) throw tooBig(server);
      yield part;
    }
  } catch (thrown) {
    const fault = EarshotError.from(thrown, "tool.unavailable");
    onFault(fault);
    throw fault;
  } finally {
    over();
  }
}

/** Behind the last empty line of a part; -1 where there is none. */
function lastEventEnd(part: Uint8Array): number {
  for (let at = part.length - 1, newline = -1; at >= 0; at--) {
    if (part[at] === 13) continue;
    if (part[at] !== 10) newline = -1;
    else if (newline >= 0) return newline + 1;
    else newline = at;
  }
  return -1;
}

function tooBig(server: string): EarshotError {
  return new EarshotError("tool.failed", `Cannot take an answer of ${server}: it is larger than 1 MiB`);
}

/** A refusal that the official client understands. */
function responseOf({ status, headers, body }: HttpRefusal): Response {
  return new Response(status === 304 ? null : body, {
    status: Math.max(200, status),
    headers: Object.fromEntries(headers),
  });
}

function refusalOf(
  server: string,
  thrown: unknown,
  { inSession }: { readonly inSession: boolean },
): EarshotError {
  const error = EarshotError.from(thrown, "tool.unavailable");
  if (!(error instanceof HttpRefusal)) {
    const unreachable = error.code.startsWith("net.");
    return unreachable
      ? new EarshotError("tool.unavailable", `Cannot use ${server}: ${error.message}`, { cause: error })
      : error;
  }
  const { status } = error;
  if (status === 404 && inSession) return new SessionGone(server);
  const said = `Cannot use ${server}: it answered ${status}`;
  if (status === 401 || status === 403) return new EarshotError("tool.auth", said, { cause: error });
  if (DOWN.includes(status)) return new EarshotError("tool.unavailable", said, { cause: error });
  return new EarshotError(status >= 500 || status === 429 ? "tool.failed" : "tool.protocol", said, {
    cause: error,
  });
}
