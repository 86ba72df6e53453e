import type { Socket } from "node:net";
import type { Renderer } from "./emulator.ts";
import { Performer } from "./performer.ts";
import type { Script } from "./script.ts";
import { gather, SocketEmulator } from "./socket_emulator.ts";

/** What a TCP dialect can do with its connection. */
export interface TcpIo {
  readonly script: Script;
  /** Follows the script: tell it of sound and of its end. */
  readonly performer: Performer;
  send(bytes: Uint8Array): void;
  close(): void;
  /** The adapter has broken the service's rules: the test fails, and the connection ends. */
  violation(what: string): void;
}

/** One connection of one service. */
export interface TcpDialogue {
  /** Bytes, in pieces of whatever size. */
  received(bytes: Uint8Array): void;
  /** The beginning of a message of so many bytes, of which the rest follows as zeros. */
  beginning(sizeBytes: number): Uint8Array;
  /** The connection has ended. */
  gone?(): void;
}

/** A service on TCP: no opening request, so nobody is refused before the first byte. */
export interface TcpDialect {
  readonly transport: "tcp";
  readonly refusal?: undefined;
  /** A new connection. */
  connect(io: TcpIo): TcpDialogue & Renderer;
}

const GIANT_BYTES = 10 << 20;
const TRICKLE_BYTES = 0x4000;

/** A service on a free port; disposing fails when an adapter broke its rules. */
export class TcpEmulator extends SocketEmulator {
  readonly #dialect: TcpDialect;
  readonly #asleep = new Set<Socket>();

  private constructor(dialect: TcpDialect, script: Script) {
    super(script);
    this.#dialect = dialect;
  }

  static async start(
    dialect: TcpDialect,
    { script = {} }: { readonly script?: Script } = {},
  ): Promise<TcpEmulator> {
    const emulator = new TcpEmulator(dialect, script);
    await emulator.listen();
    return emulator;
  }

  get origin(): string {
    return `tcp://localhost:${this.port}`;
  }

  wake(): void {
    for (const socket of this.#asleep) socket.resume();
    this.#asleep.clear();
  }

  protected serve(socket: Socket): void {
    const script = this.scriptOfNext();
    const stopReading = () => {
      socket.pause();
      this.#asleep.add(socket);
    };
    const performer = new Performer(script, {
      drop: () => socket.destroy(),
      giant: () => {
        socket.write(dialogue.beginning(GIANT_BYTES));
        socket.write(new Uint8Array(GIANT_BYTES));
      },
      trickle: () => {
        socket.write(dialogue.beginning(TRICKLE_BYTES));
        const timer = setInterval(() => socket.write(Uint8Array.of(0)), 1_000);
        socket.on("close", () => clearInterval(timer));
      },
      stopReading,
      gather: (say) => gather(socket, say),
    });
    const io: TcpIo = {
      script,
      performer,
      send: (bytes) => void (socket.writable && socket.write(bytes)),
      close: () => socket.end(),
      violation: (what) => {
        this.violations.push(what);
        socket.destroy();
      },
    };
    const dialogue = this.#dialect.connect(io);
    performer.renderer = dialogue;
    socket.on("close", () => {
      this.#asleep.delete(socket);
      performer.stop();
      dialogue.gone?.();
    });
    const hung = script.fault?.at === "connect";
    socket.on("data", (bytes: Uint8Array) => {
      if (!hung) dialogue.received(bytes);
    });
    if (hung) stopReading();
  }
}
