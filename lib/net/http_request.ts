import type { HttpAnswer } from "./answer.ts";
import type { PeerTrust } from "./peer_trust.ts";

/** A request to another host. */
export interface HttpRequest {
  /** The full URL. */
  readonly url: string;
  /** Default: `GET`, or `POST` with a body. */
  readonly method?: string;
  /** Headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What is sent. */
  readonly body?: BodyInit;
}

/** Sends a request over TLS and gives the answer, whatever its status; rejects with whatever the carrier says. */
export type SendTls = (
  request: HttpRequest,
  options: { readonly trust: PeerTrust; readonly signal: AbortSignal },
) => Promise<HttpAnswer>;

/** The method of a request that may name none. */
export function methodOf({ method, body }: HttpRequest): string {
  return method ?? (body === undefined ? "GET" : "POST");
}
