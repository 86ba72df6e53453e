import { isIP } from "node:net";
import { connect } from "node:tls";
import type { HttpAnswer } from "./answer.ts";
import { AnswerReader } from "./answer_reader.ts";
import { tlsTrust } from "./tls_trust.ts";
import { LOSES_CONNECTIONS } from "./making.ts";
import { type HttpRequest, methodOf, type SendTls } from "./http_request.ts";

/** How much of an answer may wait to be read, in bytes. */
const WAITING_BYTES = 65_536;

/**
 * `fetch` for an `https:` host whose certificate is trusted as `trust` says. Deno's own always looks at it, and takes
 * no certificate that signed itself, also where it is the one that was given; and `node:https` on Deno 2.7 takes the
 * process down when an answer breaks off. So this is a TLS socket, as WebSockets have it, with a parser for answers
 * behind it. Each request has a connection of its own, which ends with the answer, with `signal`, or when the body is
 * canceled. Follows no redirect, asks for nothing packed, knows no proxy and no `HEAD`. Rejects with whatever TLS or
 * the parser says.
 */
export const tlsFetch: SendTls = async (request, { trust, signal }) => {
  const url = new URL(request.url);
  const written = await write(url, request);
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const socket = connect({
    host,
    port: Number(url.port || 443),
    ...tlsTrust(trust),
    ...(isIP(host) === 0 && { servername: host }),
  });
  let secure = false;
  let body: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  const onAbort = () => fail(signal.reason);
  const release = () => {
    signal.removeEventListener("abort", onAbort);
    if (secure || !LOSES_CONNECTIONS) socket.destroy();
    else socket.end();
  };
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => void (body = controller),
    pull: () => void socket.resume(),
    cancel: release,
  }, new ByteLengthQueuingStrategy({ highWaterMark: WAITING_BYTES }));
  // Once the body is closed or canceled, neither does anything.
  const fail = (error: unknown) => {
    release();
    reject(error);
    body.error(error);
  };
  const reader = new AnswerReader({
    onHead: (status, headers) => resolve({ url: url.href, status, headers, body: stream }),
    onBody: (part) => {
      body.enqueue(part);
      if ((body.desiredSize ?? 0) <= 0) socket.pause();
    },
    onEnd: () => {
      body.close();
      release();
    },
  });
  const read = (step: () => void) => {
    if (socket.destroyed) return;
    try {
      step();
    } catch (error) {
      fail(error);
    }
  };
  signal.addEventListener("abort", onAbort, { once: true });
  socket.on("secureConnect", () => {
    secure = true;
    if (signal.aborted) return void socket.destroy();
    socket.write(written.head, "latin1");
    if (written.body.length > 0) socket.write(written.body);
  });
  socket.on("data", (bytes: Uint8Array) => read(() => reader.push(bytes)));
  socket.on("end", () => read(() => reader.finish()));
  socket.on("error", fail);
  socket.on("close", () => fail(new Error("it ended the connection")));
  return await promise;
};

/** A request as it is sent. */
async function write(
  url: URL,
  request: HttpRequest,
): Promise<{ readonly head: string; readonly body: Uint8Array }> {
  const { headers = {}, body } = request;
  const method = methodOf(request);
  // A form has its boundary in its type.
  const whole = new Response(body ?? null);
  const bytes = await whole.bytes();
  const lines = new Headers({ host: url.host, connection: "close", accept: "*/*" });
  for (const [name, value] of whole.headers) lines.set(name, value);
  if (body !== undefined || method !== "GET") lines.set("content-length", String(bytes.length));
  for (const [name, value] of Object.entries(headers)) lines.set(name, value);
  const head = [
    `${method} ${url.pathname}${url.search} HTTP/1.1`,
    ...Array.from(lines, ([name, value]) => `${name}: ${value}`),
    "",
    "",
  ];
  return { head: head.join("\r\n"), body: bytes };
}
