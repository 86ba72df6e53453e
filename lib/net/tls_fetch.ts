import type { IncomingMessage } from "node:http";
import { request as send } from "node:https";
import { Readable } from "node:stream";
import type { HttpAnswer } from "./answer.ts";
import { type HttpRequest, methodOf } from "./http_request.ts";
import type { PeerTrust } from "./peer_trust.ts";
import { tlsTrust } from "./tls_trust.ts";

/** The largest head of an answer, in bytes. */
const MAX_HEAD_BYTES = 65_536;

/**
 * `fetch` for an `https:` host whose certificate is trusted as `trust` says: Deno's own always checks it, and takes no
 * certificate that signed itself, not even the one that was given. Each request has a connection of its own,
 * which ends with the answer, with `signal`, or when the body is canceled. Follows no redirect, asks for nothing
 * packed and knows no proxy. Rejects with whatever TLS or the parser says.
 */
export async function tlsFetch(
  request: HttpRequest,
  { trust, signal }: { readonly trust: PeerTrust; readonly signal: AbortSignal },
): Promise<HttpAnswer> {
  const { url } = request;
  // A form has its boundary in its type.
  const whole = new Response(request.body ?? null);
  const body = await whole.bytes();
  signal.throwIfAborted();
  const sent = send(url, {
    method: methodOf(request),
    headers: headersOf(request, { type: whole.headers.get("content-type"), sizeBytes: body.length }),
    agent: false,
    maxHeaderSize: MAX_HEAD_BYTES,
    signal,
    ...tlsTrust(trust),
  });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  sent.on("response", resolve);
  sent.on("error", reject);
  sent.end(body);
  const answer = await promise;
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(answer.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  return { url: new URL(url).href, status: answer.statusCode ?? 0, headers, body: Readable.toWeb(answer) };
}

function headersOf(
  { headers, body, method = "GET" }: HttpRequest,
  { type, sizeBytes }: { readonly type: string | null; readonly sizeBytes: number },
): Readonly<Record<string, string>> {
  const all = new Headers({ accept: "*/*", connection: "close" });
  if (type !== null) all.set("content-type", type);
  if (body !== undefined || method !== "GET") all.set("content-length", String(sizeBytes));
  for (const [name, value] of Object.entries(headers ?? {})) all.set(name, value);
  return Object.fromEntries(all);
}
