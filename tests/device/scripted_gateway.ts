import {
  decodeFrame,
  type DeviceMessage,
  encodeServerMessage,
  type FrameVersion,
  parseDeviceMessage,
  readIdentity,
  type ServerMessage,
} from "../../lib/protocol/mod.ts";
import { until } from "../support/until.ts";

/** One device at a scripted gateway. */
export interface Caller {
  /** Sends messages, or whatever else a test wants a device to get. */
  send(...messages: (ServerMessage | string | Uint8Array<ArrayBuffer>)[]): void;
  /** Does something after so many ms, unless the gateway has closed before. */
  later(delayMs: number, action: () => void): void;
  /** Closes the connection. */
  close(code: number, reason: string): void;
}

/** Called with each message and each Opus packet of a device. */
export type Script = (heard: DeviceMessage | Uint8Array, caller: Caller) => void;

/** What a gateway says to a hello. */
export const HELLO: ServerMessage = {
  type: "hello",
  audio: { format: "opus", sampleRateHz: 24_000, channels: 1, frameDurationMs: 60 },
};

/** A gateway that does what a test says, for as many devices as come. */
export class ScriptedGateway implements AsyncDisposable {
  /** What devices have sent: messages as they are, packets by their count in a row. */
  readonly heard: (DeviceMessage | number)[] = [];
  /** The headers of each opening request. */
  readonly requests: Record<string, string>[] = [];
  /** The first connection's close code. */
  readonly closedWith: Promise<number>;
  readonly #closedWith = Promise.withResolvers<number>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(script: Script) {
    this.closedWith = this.#closedWith.promise;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#accept(request, script),
    );
  }

  get url(): URL {
    return new URL(`ws://127.0.0.1:${this.#server.addr.port}/xiaozhi/v1/`);
  }

  /** How many packets have come. */
  get packets(): number {
    return this.heard.reduce<number>((sum, one) => sum + (typeof one === "number" ? one : 0), 0);
  }

  /** Resolves as soon as `isReached` holds. */
  async until(isReached: () => boolean): Promise<void> {
    await until(isReached, "what the device does");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#server.shutdown();
  }

  #accept(request: Request, script: Script): Response {
    this.requests.push(Object.fromEntries(request.headers));
    const { frameVersion } = readIdentity(new URL(request.url), request.headers);
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    socket.binaryType = "arraybuffer";
    const caller: Caller = {
      send: (...messages) => {
        if (socket.readyState !== WebSocket.OPEN) return;
        for (const message of messages) {
          const raw = typeof message === "string" || message instanceof Uint8Array;
          socket.send(raw ? message : encodeServerMessage(message, "s1"));
        }
      },
      later: (delayMs, action) => void this.#timers.add(setTimeout(action, delayMs)),
      close: (code, reason) => socket.close(code, reason),
    };
    socket.onmessage = ({ data }) => script(this.#note(data, frameVersion), caller);
    socket.onerror = (event) => event.preventDefault();
    socket.onclose = ({ code }) => this.#closedWith.resolve(code);
    return response;
  }

  #note(data: string | ArrayBuffer, version: FrameVersion): DeviceMessage | Uint8Array {
    if (typeof data === "string") {
      const message = parseDeviceMessage(data);
      this.heard.push(message);
      return message;
    }
    const last = this.heard.at(-1);
    if (typeof last === "number") this.heard[this.heard.length - 1] = last + 1;
    else this.heard.push(1);
    return decodeFrame(version, new Uint8Array(data)).payload;
  }
}
