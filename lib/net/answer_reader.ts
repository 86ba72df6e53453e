import { Buffer } from "node:buffer";
// @ts-types="./http_parser.d.ts"
import { HTTPParser } from "http-parser-js";
import { checkChunk, checkContentLength } from "./http_framing.ts";

/** The largest head of an answer, and the most that the framing of a body may take in a row, in bytes. */
const MAX_HEAD_BYTES = 65_536;

/** What an {@linkcode AnswerReader} tells. */
export interface AnswerHandlers {
  /** Status and headers, before anything else. */
  readonly onHead: (status: number, headers: Headers) => void;
  /** A piece of the body. */
  readonly onBody: (part: Uint8Array<ArrayBuffer>) => void;
  /** All of it has come. */
  readonly onEnd: () => void;
}

/** Reads the one answer that a connection carries, its head within bounds; how much body is taken is its user's. */
export class AnswerReader {
  readonly #parser = new HTTPParser(HTTPParser.RESPONSE);
  #state: "head" | "body" | "over" = "head";
  /** What came since the last piece of the body, in bytes. */
  #framingBytes = 0;

  /** Reads nothing yet. */
  constructor({ onHead, onBody, onEnd }: AnswerHandlers) {
    this.#parser.maxHeaderSize = MAX_HEAD_BYTES;
    this.#parser[HTTPParser.kOnHeadersComplete] = ({ statusCode, headers: pairs }) => {
      // Such as 100 Continue: the answer is yet to come.
      if (this.#state !== "head" || statusCode < 200) return;
      const headers = new Headers();
      for (let at = 0; at + 1 < pairs.length; at += 2) headers.append(pairs[at] ?? "", pairs[at + 1] ?? "");
      const length = headers.get("content-length");
      if (length) checkContentLength(length);
      this.#state = "body";
      onHead(statusCode, headers);
    };
    this.#parser[HTTPParser.kOnBody] = (part, _offset, length) => {
      checkChunk(length);
      this.#framingBytes = 0;
      if (this.#state === "body") onBody(new Uint8Array(part));
    };
    this.#parser[HTTPParser.kOnMessageComplete] = () => {
      if (this.#state !== "body") return;
      this.#state = "over";
      onEnd();
    };
  }

  /** Takes in what came. Throws when it can be no answer. */
  push(bytes: Uint8Array): void {
    if (this.#state === "over") return;
    this.#framingBytes += bytes.length;
    const taken = this.#parser.execute(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (typeof taken !== "number") throw taken;
    if (this.#framingBytes > MAX_HEAD_BYTES) throw new RangeError("the framing of the answer has no end");
  }

  /** The connection has ended. Throws when the answer had not. */
  finish(): void {
    if (this.#state === "over") return;
    const error = this.#parser.finish();
    if (error !== undefined) throw error;
    if (this.#state === "head") throw new Error("it ended the connection");
  }
}
