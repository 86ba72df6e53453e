import { EarshotError } from "../errors/mod.ts";
import { raceSignal } from "../lifecycle/mod.ts";
import { addressOf } from "./connect_error.ts";
import { HttpRefusal } from "./http_refusal.ts";

/** How long an opening of TLS takes before it is asked whether the host speaks it at all, in ms. */
const PATIENCE_MS = 1_000;
/** How long each question may take, in ms. */
const ANSWER_MS = 1_000;

/** What is written instead of each scheme, if the host speaks the other way there; TCP knows no TLS here. */
const OTHERS: Readonly<Record<string, string>> = {
  "ws:": "wss:",
  "wss:": "ws:",
  "http:": "https:",
  "https:": "http:",
};

/** The shortest opening of TLS 1.2: whoever speaks TLS answers it, if only with an alert. */
const CLIENT_HELLO = new Uint8Array([
  ...[0x16, 3, 1, 0, 47], // a handshake record
  ...[1, 0, 0, 43, 3, 3], // a client's hello
  ...new Array<number>(32).fill(0x5a), // its random bytes
  ...[0, 0, 4, 0xc0, 0x2f, 0, 0x2f, 1, 0], // no session, two ciphers, no compression
]);

/** Whether what a host sends is a record of TLS: a handshake, or an alert. */
export function isTls(bytes: Uint8Array): boolean {
  return (bytes[0] === 0x16 || bytes[0] === 0x15) && bytes[1] === 3;
}

/**
 * An error of a connection that did not come about, in the words that help where the host speaks TLS and the URL does
 * not, or the other way round; else the error itself. Asks the host, on a connection of its own.
 */
export async function schemeError(
  url: string,
  error: EarshotError,
  signal: AbortSignal,
): Promise<EarshotError> {
  // Some hosts say 400, in plain words, where TLS is spoken.
  const doubtful = error.code === "net.unreachable" || (error instanceof HttpRefusal && error.status === 400);
  if (!doubtful) return error;
  const found = await wrongScheme(url, signal, error);
  if (found !== "tls") return found ?? error;
  // Deno's `fetch` has no code for a certificate that it refuses.
  if (error.code !== "net.unreachable" || !/^https:/i.test(url)) return error;
  return new EarshotError(
    error.code,
    `${error.message}; it speaks TLS there, so its certificate may be at fault: give it as tls.caFile, or set ` +
      "tls.verify: false inside a network that you trust",
    { cause: error },
  );
}

/**
 * What is wrong with the scheme of a URL, as its host shows when it is asked; `tls` where it is right and of TLS, and
 * `undefined` where nothing is known.
 */
async function wrongScheme(
  url: string,
  signal: AbortSignal,
  cause?: unknown,
): Promise<EarshotError | "tls" | undefined> {
  const target = URL.parse(url);
  if (target === null || signal.aborted) return undefined;
  const { protocol } = target;
  const secure = protocol === "wss:" || protocol === "https:";
  const speaksTls = isTls(await ask(target, CLIENT_HELLO, signal));
  if (!secure) return speaksTls ? tlsThere(url, cause) : undefined;
  if (speaksTls) return "tls";
  const request = new TextEncoder().encode(
    `GET / HTTP/1.1\r\nHost: ${target.host}\r\nConnection: close\r\n\r\n`,
  );
  const answer = new TextDecoder().decode(await ask(target, request, signal));
  if (!answer.startsWith("HTTP/")) return undefined;
  return new EarshotError(
    "net.scheme",
    `Cannot reach ${addressOf(url)}: it answers in plain HTTP there, and not with TLS; ${
      insteadOf(protocol)
    }`,
    { cause },
  );
}

/**
 * Watches over the opening of TLS: a host that waits for plain words says nothing at all. Its signal aborts with
 * `fault` then, and with `signal`.
 */
export class SchemeWatch {
  readonly #life = new AbortController();
  readonly #done = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  /** What was found wrong. */
  fault: EarshotError | undefined;
  /** Aborts what is being opened. */
  readonly signal: AbortSignal;

  /** Watches only a URL with TLS. */
  constructor(url: string, signal: AbortSignal) {
    const secure = /^(wss|https):/i.test(url);
    this.signal = secure ? AbortSignal.any([signal, this.#life.signal]) : signal;
    if (!secure) return;
    this.#timer = setTimeout(async () => {
      const over = AbortSignal.any([signal, this.#done.signal]);
      const fault = await wrongScheme(url, over);
      if (fault === undefined || fault === "tls" || over.aborted) return;
      this.fault = fault;
      this.#life.abort(fault);
    }, PATIENCE_MS);
  }

  /** It is open, or will never be. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#done.abort();
  }
}

/** A host speaks TLS where the URL says that it does not. */
export function tlsThere(url: string, cause?: unknown): EarshotError {
  return new EarshotError(
    "net.scheme",
    `Cannot reach ${addressOf(url)}: it speaks TLS there; ${insteadOf(URL.parse(url)?.protocol ?? "")}`,
    { cause },
  );
}

function insteadOf(protocol: string): string {
  const other = OTHERS[protocol];
  return other === undefined
    ? `${protocol}// knows none, so give the port where it does not`
    : `write ${other}// instead of ${protocol}//`;
}

/** The first bytes that a host answers; none where it says nothing, or is not there. */
async function ask(target: URL, question: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
  const answer = new Uint8Array(16);
  const life = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  const hostname = target.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = Number(target.port) || (/^(wss|https):$/.test(target.protocol) ? 443 : 80);
  try {
    using connection = await Deno.connect({ hostname, port, signal: life });
    await raceSignal(connection.write(question), life);
    return answer.subarray(0, await raceSignal(connection.read(answer), life) ?? 0);
  } catch {
    return new Uint8Array();
  }
}
