/** What Earshot uses of `npm:http-parser-js`. */
import type { Buffer } from "node:buffer";

export interface HeadInfo {
  /** Names and values in turn, as they came. */
  readonly headers: readonly string[];
  /** An index into `methods`; of a request. */
  readonly method: number;
  /** Of a request. */
  readonly url: string;
  /** Of an answer. */
  readonly statusCode: number;
}

export class HTTPParser {
  static readonly REQUEST: "REQUEST";
  static readonly RESPONSE: "RESPONSE";
  static readonly methods: readonly string[];
  static readonly kOnHeadersComplete: 2;
  static readonly kOnBody: 3;
  static readonly kOnMessageComplete: 4;
  constructor(type: "REQUEST" | "RESPONSE");
  maxHeaderSize: number;
  /** 2 from the handler: there is no body, what follows belongs to another protocol. */
  2: (info: HeadInfo) => number | void;
  3: (part: Buffer, offset: number, length: number) => void;
  4: () => void;
  /** How many bytes it took, or why it cannot go on; throws what a handler throws. */
  execute(chunk: Buffer): number | Error;
  /** The connection has ended; an error when a message had not. */
  finish(): Error | undefined;
}
