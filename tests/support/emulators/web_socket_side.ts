import type { Socket } from "node:net";
// @ts-types="./ws_server.d.ts"
import { type ServerWebSocket, WebSocketServer } from "ws";
import type { Dialect, EmulatorIo, OpeningRequest } from "./dialect.ts";
import { Performer } from "./performer.ts";
import type { Script } from "./script.ts";
import { gather } from "./socket_emulator.ts";

/** A handshake that was let in. */
export interface Handshake {
  readonly request: OpeningRequest;
  readonly socket: Socket;
  readonly script: Script;
  /** The bytes that came after it. */
  readonly rest: Uint8Array;
}

/** The WebSockets of an emulator. */
export class WebSocketSide {
  readonly #dialect: Dialect;
  readonly #onViolation: (what: string) => void;
  readonly #wss: WebSocketServer;
  /** Reads again on a connection that was left alone; only who reads sees that the other side has gone. */
  readonly #asleep = new Set<() => void>();

  constructor(dialect: Dialect, onViolation: (what: string) => void) {
    this.#dialect = dialect;
    this.#onViolation = onViolation;
    this.#wss = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: 1 << 24,
      handleProtocols: (offered) =>
        dialect.protocol && offered.has(dialect.protocol) ? dialect.protocol : false,
    });
    const { software } = dialect;
    if (software !== undefined) this.#wss.on("headers", (headers) => headers.push(`Server: ${software}`));
  }

  /** Those that stopped reading go on. */
  wake(): void {
    for (const wake of this.#asleep) wake();
    this.#asleep.clear();
  }

  upgrade(handshake: Handshake): void {
    const { request, socket, rest } = handshake;
    this.#wss.handleUpgrade(request, socket, rest, (ws) => this.#serve(ws, handshake));
  }

  #serve(ws: ServerWebSocket, { request, socket, script }: Handshake): void {
    const havoc = {
      drop: () => socket.destroy(),
      giant: () => ws.send("x".repeat(10 << 20), () => {}),
      trickle: () => trickle(socket),
      stopReading: () => {
        ws.pause();
        this.#asleep.add(() => ws.resume());
      },
      gather: (say: () => void) => gather(socket, say),
    };
    let performer = new Performer(script, havoc);
    const io: EmulatorIo = {
      script,
      get performer() {
        return performer;
      },
      again: () => {
        performer.stop();
        performer = new Performer(script, havoc);
        performer.renderer = dialogue;
      },
      send: (message) => void (ws.readyState === 1 && ws.send(message, () => {})),
      close: (code = 1000) => ws.close(code),
      violation: (what) => {
        this.#onViolation(what);
        ws.close(1008);
      },
    };
    ws.on("error", () => {});
    const dialogue = this.#dialect.connect?.(io, request);
    if (dialogue === undefined) return io.violation("a WebSocket");
    performer.renderer = dialogue;
    ws.on("close", () => {
      performer.stop();
      dialogue.gone?.();
    });
    ws.on("message", (data, isBinary) => {
      if (isBinary) dialogue.binary(new Uint8Array(data));
      else dialogue.text(data.toString());
    });
  }
}

/** A text frame that never becomes whole: a byte a second. */
function trickle(socket: Socket): void {
  socket.write(Uint8Array.of(0x81, 126, 0x40, 0));
  const timer = setInterval(() => socket.write("x"), 1_000);
  socket.on("close", () => clearInterval(timer));
}
