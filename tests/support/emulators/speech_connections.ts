import type { SpeechSocketIo } from "./speech_socket_emulator.ts";

/** What a dialect knows of each of its connections. */
export class SpeechConnections<Connection> {
  readonly #open: (io: SpeechSocketIo) => Connection;
  readonly #connections = new WeakMap<SpeechSocketIo, Connection>();

  constructor(open: (io: SpeechSocketIo) => Connection) {
    this.#open = open;
  }

  /** A new one. */
  add(io: SpeechSocketIo): Connection {
    const connection = this.#open(io);
    this.#connections.set(io, connection);
    return connection;
  }

  of(io: SpeechSocketIo): Connection {
    const connection = this.#connections.get(io);
    if (connection === undefined) throw new Error("nobody has connected");
    return connection;
  }
}

/** The length of a text as Aliyun counts: Chinese characters twice. */
export function aliyunCharsOf(text: string): number {
  return text.length + [...text.matchAll(/\p{Script=Han}/gu)].length;
}
