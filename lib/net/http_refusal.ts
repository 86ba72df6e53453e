import { EarshotError } from "../errors/mod.ts";
import { withoutSecrets } from "../secrets/mod.ts";

/** How much of a refusal is read, in bytes. */
export const MAX_REFUSAL_BYTES = 16_384;

/** Another host's answer that is not the one asked for: what `Deno.WebSocket` would hide on TLS. */
export class HttpRefusal extends EarshotError {
  /** The HTTP status. */
  readonly status: number;
  /** The headers, names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** The body's first 16 KiB; it may hold anything, so it goes into a log only through {@linkcode safeDetail}. */
  readonly body: string;

  /** Keeps what the host said. */
  constructor(host: string, answer: Pick<HttpRefusal, "status" | "headers" | "body">) {
    const { status, headers, body } = answer;
    super("net.refused", `Cannot reach ${host}: it answered ${status} ${safeDetail(body)}`.trimEnd(), {
      retryable: status === 429 || status >= 500,
    });
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

/** The longest detail of a host that is repeated. */
const MAX_DETAIL = 240;

/** What another host said, fit for a message: one line, short, and without any secret or what looks like one. */
export function safeDetail(text: string): string {
  const line = withoutSecrets(text).replaceAll(/[\p{Cc}\s]+/gu, " ").replaceAll(/[\w\-+/=*.]{24,}/g, "…")
    .trim();
  return line.length > MAX_DETAIL ? `${line.slice(0, MAX_DETAIL)}…` : line;
}
