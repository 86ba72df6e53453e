import { SpeechEmulator } from "../../support/emulators/speech_emulator.ts";
import type { SpeechScript } from "../../support/emulators/speech_script.ts";
import {
  type SpeechSocketDialect,
  SpeechSocketEmulator,
  type SpeechSocketIo,
  type SpeechSocketMessages,
} from "../../support/emulators/speech_socket_emulator.ts";
import type { TtsSubject } from "../../contract/tts_subjects.ts";

/** How long a service itself took before the first sound of a text, in ms, by that text. */
export type OwnDelays = ReadonlyMap<string, number>;

/** The emulator of a voice, which knows how much of the time was its own. */
export interface TimedEmulator extends AsyncDisposable {
  readonly origin: string;
  /** Connections that have not ended. */
  readonly open: number;
  readonly violations: readonly string[];
  /** Of each text so far. */
  readonly delays: () => OwnDelays;
}

/** Starts the emulator of a voice over HTTP or a WebSocket. */
export async function startTimed(
  { name, http, socket }: TtsSubject,
  script: SpeechScript,
): Promise<TimedEmulator> {
  if (http !== undefined) {
    const emulator = await SpeechEmulator.start(http.dialect(), script);
    return withDelays(
      emulator,
      () => new Map(emulator.requests.map(({ text, beganMs, soundMs = NaN }) => [text, soundMs - beganMs])),
    );
  }
  if (socket === undefined) throw new Error(`Cannot time ${name}: it runs in the engine`);
  const delays = new Map<string, number>();
  const emulator = await SpeechSocketEmulator.start(timed(socket.dialect(), delays), script);
  return withDelays(emulator, () => delays);
}

function withDelays(emulator: SpeechEmulator | SpeechSocketEmulator, delays: () => OwnDelays): TimedEmulator {
  return {
    origin: emulator.origin,
    get open() {
      return emulator.open;
    },
    violations: emulator.violations,
    delays,
    [Symbol.asyncDispose]: () => emulator[Symbol.asyncDispose](),
  };
}

/**
 * One connection. The service's own time is that from each message that comes to the last one that it says before the
 * next comes, such as 5 ms until it is ready, and then from the text to the first sound.
 */
class TimedConnection {
  readonly io: SpeechSocketIo;
  readonly #delays: Map<string, number>;
  #text = "";
  #ownMs = 0;
  #cameMs: number | undefined;
  #saidMs = 0;

  constructor(io: SpeechSocketIo, delays: Map<string, number>) {
    this.#delays = delays;
    const named = (text: string) => this.#text ||= text;
    this.io = {
      ...io,
      speak: (text) => {
        named(text);
        io.speak(text);
      },
      part: (text) => {
        named(text);
        io.part(text);
      },
      send: (message) => {
        this.says();
        io.send(message);
      },
    };
  }

  came(): void {
    if (this.#cameMs !== undefined) this.#ownMs += Math.max(0, this.#saidMs - this.#cameMs);
    this.#cameMs = performance.now();
  }

  says(): void {
    this.#saidMs = performance.now();
  }

  /** The first sound of a text ends its delay. */
  sounds(): void {
    if (this.#text === "" || this.#delays.has(this.#text)) return;
    this.says();
    this.came();
    this.#delays.set(this.#text, this.#ownMs);
  }

  /** A further text of the connection begins anew. */
  ends(): void {
    this.#text = "";
    this.#ownMs = 0;
    this.#cameMs = undefined;
  }
}

/** A service over WebSockets that notes its own delays by the first part of each text. */
function timed(dialect: SpeechSocketDialect, delays: Map<string, number>): SpeechSocketDialect {
  const connections = new WeakMap<SpeechSocketIo, TimedConnection>();
  const of = (io: SpeechSocketIo) => {
    const connection = connections.get(io);
    if (connection === undefined) throw new Error("Cannot time a connection that is not there");
    return connection;
  };
  const around = (inner: SpeechSocketMessages): SpeechSocketMessages => ({
    before: (io) => {
      of(io).says();
      return inner.before(of(io).io);
    },
    sound: (bytes, io) => {
      of(io).sounds();
      return inner.sound(bytes, of(io).io);
    },
    after: (io) => {
      const all = inner.after(of(io).io);
      of(io).ends();
      return all;
    },
  });
  return {
    ...dialect,
    ...(dialect.messages && { messages: around(dialect.messages) }),
    connect: (io, request) => {
      const connection = new TimedConnection(io, delays);
      connections.set(io, connection);
      const talk = dialect.connect(connection.io, request);
      const timely = (take: (message: string | Uint8Array) => void) => (message: string | Uint8Array) => {
        connection.came();
        take(message);
      };
      return typeof talk === "function"
        ? timely(talk)
        : { ...talk, take: timely(talk.take), messages: around(talk.messages) };
    },
  };
}
