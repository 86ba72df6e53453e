import { Buffer } from "node:buffer";
// @ts-types="../../net/http_parser.d.ts"
import { HTTPParser } from "http-parser-js";
import { checkChunk, checkContentLength } from "../../net/http_framing.ts";

/** The largest head of a request: request line and headers, in bytes. */
const MAX_HEAD_BYTES = 16_384;

/** How much of a body is taken in by default, in bytes: beyond what any route reads, so that it refuses by itself. */
const MAX_BODY_BYTES = 131_072;

/** Keeps the parser from what comes after the request, in which it might turn circles for ever. */
const AFTER_THE_END = new Error("the request is complete");

/** A request as it was read. */
export interface ReadRequest {
  readonly method: string;
  /** As in the request line: a path, or a whole URL. */
  readonly target: string;
  /** Names and values, as they came. */
  readonly headers: readonly (readonly [string, string])[];
  /** The body, as far as it was taken in. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** What came after a WebSocket handshake: the first frames. */
  readonly rest: Uint8Array;
}

/** Reads one request off a connection, head and body within bounds. What comes after it is ignored. */
export class RequestReader {
  readonly #parser = new HTTPParser(HTTPParser.REQUEST);
  readonly #maxBodyBytes: number;
  readonly #body: Uint8Array[] = [];
  #bodyBytes = 0;
  #headBytes = 0;
  #head: Pick<ReadRequest, "method" | "target" | "headers"> | undefined;
  #upgrades = false;
  #complete = false;

  /** A reader for a new connection; a body is taken in up to `maxBodyBytes`. */
  constructor({ maxBodyBytes = MAX_BODY_BYTES }: { readonly maxBodyBytes?: number } = {}) {
    this.#maxBodyBytes = maxBodyBytes;
    this.#parser.maxHeaderSize = MAX_HEAD_BYTES;
    this.#parser[HTTPParser.kOnHeadersComplete] = ({ headers, method, url }) => {
      if (this.#head !== undefined) throw AFTER_THE_END;
      const pairs: (readonly [string, string])[] = [];
      for (let at = 0; at + 1 < headers.length; at += 2) {
        pairs.push([headers[at] ?? "", headers[at + 1] ?? ""]);
      }
      for (const [name, value] of pairs) {
        if (/^content-length$/i.test(name)) checkContentLength(value);
        if (/^upgrade$/i.test(name) && value.toLowerCase() === "websocket") this.#upgrades = true;
      }
      this.#head = { method: HTTPParser.methods[method] ?? "", target: url, headers: pairs };
      if (!this.#upgrades) return;
      this.#complete = true;
      return 2;
    };
    this.#parser[HTTPParser.kOnBody] = (part, _offset, length) => {
      if (this.#complete) throw AFTER_THE_END;
      checkChunk(length);
      this.#body.push(Uint8Array.from(part));
      this.#bodyBytes += part.length;
      if (this.#bodyBytes >= this.#maxBodyBytes) this.#complete = true;
    };
    this.#parser[HTTPParser.kOnMessageComplete] = () => {
      if (this.#head !== undefined) this.#complete = true;
    };
  }

  /** Takes in what came; gives the request once it is whole, or `bad` when it can become none. */
  push(chunk: Uint8Array): ReadRequest | "bad" | undefined {
    let taken: number | Error;
    try {
      taken = this.#parser.execute(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    } catch (error) {
      if (error !== AFTER_THE_END) return "bad";
      taken = chunk.length;
    }
    if (this.#complete && this.#head !== undefined) {
      const rest = this.#upgrades && typeof taken === "number" ? chunk.subarray(taken) : new Uint8Array();
      const body = new Uint8Array(this.#bodyBytes);
      let at = 0;
      for (const part of this.#body) {
        body.set(part, at);
        at += part.length;
      }
      return { ...this.#head, body, rest };
    }
    // The framing of a chunked body counts as well, so that nothing can be sent without an end.
    this.#headBytes += chunk.length;
    const limitBytes = MAX_HEAD_BYTES + (this.#head === undefined ? 0 : 2 * this.#maxBodyBytes);
    return typeof taken !== "number" || this.#headBytes > limitBytes ? "bad" : undefined;
  }
}
