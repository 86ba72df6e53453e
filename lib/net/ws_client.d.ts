/** What Earshot uses of `npm:ws` toward others. */
import type { IncomingMessage } from "node:http";
import type { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { TlsTrust } from "./tls_trust.ts";

export class WebSocket extends EventEmitter {
  constructor(
    address: string,
    protocols: readonly string[],
    options: Partial<TlsTrust> & {
      readonly headers: Readonly<Record<string, string>>;
      readonly maxPayload: number;
      readonly perMessageDeflate: false;
      readonly followRedirects: false;
    },
  );
  readonly url: string;
  readonly bufferedAmount: number;
  readonly readyState: 0 | 1 | 2 | 3;
  ping(): void;
  pause(): void;
  resume(): void;
  close(code?: number): void;
  terminate(): void;
  send(
    data: string | Uint8Array,
    options: { readonly binary: boolean; readonly compress: false },
    callback: () => void,
  ): void;
  once(event: "pong", listener: () => void): this;
  on(event: "open", listener: () => void): this;
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): this;
  on(event: "close", listener: (code: number, reason: Buffer) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
  on(event: "upgrade", listener: (response: IncomingMessage) => void): this;
  on(
    event: "unexpected-response",
    listener: (request: { destroy(): void }, response: IncomingMessage) => void,
  ): this;
}
