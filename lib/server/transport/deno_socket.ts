import type {
  AcceptedSocket,
  DeviceSocket,
  DeviceSocketHandlers,
  DeviceSocketLimits,
} from "./device_socket.ts";

/**
 * The `deno` transport: `Deno.upgradeWebSocket`. It cannot be ended by force, so `destroy` only stops
 * listening to it and asks for its end. A peer that vanished is freed by the idle ping, as long as nobody closed
 * the socket before; one that is there and does not read is not freed at all.
 */
export function acceptDenoSocket(
  request: Request,
  options: {
    readonly limits: DeviceSocketLimits;
    /** Whether its connection is still there, also where Deno calls it closed. */
    readonly holds: () => Promise<boolean>;
  },
): AcceptedSocket {
  const idleTimeout = options.limits.pingTimeoutSeconds;
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout });
  return { response, attach: (handlers) => new DenoSocket(socket, { ...options, handlers }) };
}

/** The close code of who goes away. */
const GOING_AWAY = 1001;

const EVENTS = ["message", "close"] as const;

/** It listens by itself rather than by closures: there are thousands. */
class DenoSocket implements DeviceSocket, EventListenerObject {
  readonly #socket: WebSocket;
  readonly #limits: DeviceSocketLimits;
  readonly #handlers: DeviceSocketHandlers;
  readonly #holds: () => Promise<boolean>;
  /** Tells who waits for its end. */
  #ended: PromiseWithResolvers<void> | undefined;
  /** Whether bytes were unsent when its end was asked for: Deno then says `close` at once and keeps the connection. */
  #unsent = false;
  #hasEnded = false;
  #isClosing = false;

  constructor(
    socket: WebSocket,
    options: {
      readonly limits: DeviceSocketLimits;
      readonly holds: () => Promise<boolean>;
      readonly handlers: DeviceSocketHandlers;
    },
  ) {
    this.#socket = socket;
    this.#limits = options.limits;
    this.#holds = options.holds;
    this.#handlers = options.handlers;
    socket.binaryType = "arraybuffer";
    for (const type of EVENTS) socket.addEventListener(type, this);
  }

  /** Takes an event of the socket. */
  handleEvent(event: Event): void {
    if (event instanceof MessageEvent) this.#receive(event.data);
    // Deno may say `error` without a reason before `close`, and `close` twice: only the first close counts.
    else if (event instanceof CloseEvent) this.#end(event);
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  get ended(): boolean {
    return this.#hasEnded;
  }

  get lingers(): (() => Promise<boolean>) | undefined {
    return this.#unsent ? this.#holds : undefined;
  }

  send(data: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    try {
      this.#socket.send(data);
      return true;
    } catch {
      return false; // it ended between the check and the call
    }
  }

  close(code: number, reason: string): Promise<void> {
    this.#leave();
    if (this.#hasEnded) return Promise.resolve();
    this.#socket.close(code, reason);
    this.#ended ??= Promise.withResolvers();
    return this.#ended.promise;
  }

  destroy(): void {
    this.#leave();
    if (!this.#hasEnded) this.#socket.close();
  }

  #leave(): void {
    this.#isClosing = true;
    this.#unsent ||= !this.#hasEnded && this.#socket.bufferedAmount > 0;
  }

  #receive(data: unknown): void {
    if (this.#isClosing) return;
    if (typeof data === "string") {
      const sizeBytes = textBytes(data, this.#limits.maxTextBytes);
      if (sizeBytes > this.#limits.maxTextBytes) this.#refuse(sizeBytes);
      else this.#handlers.onText(data);
    } else if (data instanceof ArrayBuffer) {
      if (data.byteLength > this.#limits.maxFrameBytes) this.#refuse(data.byteLength);
      else this.#handlers.onBinary(new Uint8Array(data));
    }
  }

  #refuse(sizeBytes: number): void {
    this.#isClosing = true;
    this.#handlers.onTooBig(sizeBytes);
  }

  #end({ code, wasClean }: CloseEvent): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#ended?.resolve();
    // Deno keeps an ended socket until its idle timer fires; it shall not keep the session with it.
    for (const type of EVENTS) this.#socket.removeEventListener(type, this);
    // That is how Deno tells that no ping was answered; a device that says 1001 itself closes cleanly.
    if (code === GOING_AWAY && !wasClean) this.#handlers.onPingTimeout();
    this.#handlers.onClosed(code);
  }
}

/** The size of a text in UTF-8, counted exactly only where it matters. */
function textBytes(text: string, limitBytes: number): number {
  if (text.length > limitBytes || text.length * 3 <= limitBytes) return text.length;
  return new TextEncoder().encode(text).byteLength;
}
