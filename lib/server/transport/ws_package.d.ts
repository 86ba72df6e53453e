/** What Earshot uses of `npm:ws`. */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";

export class WebSocket extends EventEmitter {
  constructor(address: null, protocols?: undefined, options?: object);
  /** Reads no more from the connection; what was read already still comes. */
  pause(): void;
  resume(): void;
  readonly bufferedAmount: number;
  close(code?: number, reason?: string | Buffer): void;
  terminate(): void;
  ping(data?: string): void;
  send(data: string | Uint8Array, options: { readonly binary: boolean; readonly compress: boolean }): void;
  readonly readyState: 0 | 1 | 2 | 3;
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): this;
  on(event: "ping" | "pong", listener: (data: Buffer) => void): this;
  on(event: "close", listener: (code: number) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
}

export class WebSocketServer<Socket_ extends WebSocket> {
  constructor(options: {
    readonly noServer: true;
    readonly clientTracking: false;
    readonly perMessageDeflate: false;
    readonly maxPayload: number;
    readonly closeTimeout: number;
    readonly WebSocket: new (address: null, protocols?: undefined, options?: object) => Socket_;
  });
  handleUpgrade(
    request: IncomingMessage,
    socket: Socket,
    head: Uint8Array,
    callback: (socket: Socket_) => void,
  ): void;
}
