import { z } from "zod";
import type { AudioChunk } from "../../audio/mod.ts";
import { openSocket, type SocketEnd, webSocketUrl } from "../../net/mod.ts";
import { readReply } from "../../service/mod.ts";
import { type AsrProviderType, defineAsrProvider } from "../provider.ts";
import { PACKET_MS, PcmFramer } from "../sound_framer.ts";
import { type AsrWire, type AsrWireIo, openWireStream } from "../wire_stream.ts";

/** The server takes nothing else: its reader compares text. */
const END = '{"eof" : 1}';

/** A Vosk server. It has no greeting, so a stream is ready when the connection is. */
export const vosk: AsrProviderType = defineAsrProvider({
  type: "vosk",
  about: "a Vosk server",
  config: {
    url: webSocketUrl.default("ws://127.0.0.1:2700").describe("the server"),
    words: z.boolean().default(false).describe("whether the result has the time of each word"),
  },
  capabilities: () => ({
    streaming: true,
    partials: true,
    endpointing: true,
    encodings: ["pcm16"],
    languages: "any",
  }),
  open: ({ url, words }, { service, trust }) => ({
    open: ({ onWritable }, signal) =>
      openWireStream({
        service,
        connect: (handlers, life) => openSocket({ url, trust }, handlers, life),
        wire: (io) => new VoskWire(io, words),
        onWritable,
      }, signal),
  }),
});

const reply = z.looseObject({
  partial: z.string().optional(),
  text: z.string().optional(),
  result: z.array(z.looseObject({ word: z.string(), start: z.number(), end: z.number() })).optional(),
});

class VoskWire implements AsrWire {
  readonly #io: AsrWireIo;
  readonly #words: boolean;
  readonly #framer = new PcmFramer({ leastMs: PACKET_MS });
  /** Pieces that were not answered yet; the answer after them is that to the end. */
  #unanswered = 0;
  #finished = false;

  constructor(io: AsrWireIo, words: boolean) {
    this.#io = io;
    this.#words = words;
  }

  opened(): void {
    this.#io.send(JSON.stringify({ config: { sample_rate: 16_000, words: this.#words } }));
    this.#io.started();
  }

  write(chunk: AudioChunk): void {
    this.#send(this.#framer.push(chunk));
  }

  finish(): void {
    this.#send(this.#framer.flush());
    this.#finished = true;
    this.#io.send(END);
  }

  received(message: string | Uint8Array): void {
    if (typeof message !== "string") return;
    const { partial, text, result = [] } = readReply(this.#io.service, message, reply);
    if (text !== undefined) {
      const words = result.map(({ word, start, end }) => ({
        text: word,
        startMs: Math.round(start * 1_000),
        endMs: Math.round(end * 1_000),
      }));
      this.#io.final({ text, ...(words.length > 0 && { words }) });
    } else if (partial !== undefined) this.#io.partial(partial);
    if (this.#unanswered > 0) this.#unanswered--;
    else if (this.#finished && text !== undefined) this.#io.ended();
  }

  /** After its last answer the server closes. */
  closed({ code }: SocketEnd): void {
    if (this.#finished && code === 1000 && this.#unanswered === 0) this.#io.ended();
  }

  #send(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      this.#unanswered++;
      this.#io.send(piece);
    }
  }
}
