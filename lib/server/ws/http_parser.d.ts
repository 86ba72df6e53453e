/** What Earshot uses of `npm:http-parser-js`. */
import type { Buffer } from "node:buffer";

export interface HeadInfo {
  /** Names and values in turn, as they came. */
  readonly headers: readonly string[];
  /** An index into `methods`. */
  readonly method: number;
  readonly url: string;
}

export class HTTPParser {
  static readonly REQUEST: "REQUEST";
  static readonly methods: readonly string[];
  static readonly kOnHeadersComplete: 2;
  static readonly kOnBody: 3;
  static readonly kOnMessageComplete: 4;
  constructor(type: "REQUEST");
  maxHeaderSize: number;
  /** 2 from the handler: there is no body, what follows belongs to another protocol. */
  2: (info: HeadInfo) => number | void;
  3: (part: Buffer, offset: number, length: number) => void;
  4: () => void;
  /** How many bytes it took, or why it cannot go on. */
  execute(chunk: Buffer): number | Error;
}
