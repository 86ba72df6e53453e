/**
 * What a session needs of the socket to its device; the engines in `server/` implement it. Nothing here
 * waits: sending only enqueues, and the end of the socket is told to the session by its owner.
 */
export interface DeviceLink {
  /** Bytes that were sent and have not left the process yet; 0 when the socket is not open. */
  readonly bufferedBytes: number;
  /** Bytes that were sent and that the device is not known to have read; absent where the socket cannot tell. */
  readonly unreadBytes?: number;
  /** Enqueues one message; `false` when the socket is no longer open. Never throws. */
  send(data: string | Uint8Array<ArrayBuffer>): boolean;
  /** Asks the device how far it has read, so that `unreadBytes` is up to date soon; where the socket can. */
  askRead?(): void;
  /** Begins the closing handshake and resolves when the socket has ended; never rejects. */
  close(code: number, reason: string): Promise<void>;
  /** Ends the socket without a handshake, as far as the engine can. */
  destroy(): void;
}
