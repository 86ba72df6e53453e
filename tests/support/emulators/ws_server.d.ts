import type { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { OpeningRequest } from "./dialect.ts";

export class ServerWebSocket extends EventEmitter {
  readonly readyState: 0 | 1 | 2 | 3;
  pause(): void;
  resume(): void;
  send(data: string | Uint8Array, callback: () => void): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): this;
  on(event: "close", listener: (code: number) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
}

export class WebSocketServer extends EventEmitter {
  constructor(options: {
    readonly noServer: true;
    readonly clientTracking: false;
    readonly perMessageDeflate: false;
    readonly maxPayload: number;
    readonly handleProtocols: (offered: Set<string>) => string | false;
  });
  on(event: "headers", listener: (headers: string[]) => void): this;
  handleUpgrade(
    request: OpeningRequest,
    socket: Socket,
    head: Uint8Array,
    callback: (socket: ServerWebSocket) => void,
  ): void;
}
