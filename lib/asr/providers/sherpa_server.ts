import { z } from "zod";
import type { AudioChunk } from "../../audio/mod.ts";
import { openSocket, type SocketEnd, webSocketUrl } from "../../net/mod.ts";
import { readReply } from "../../service/mod.ts";
import type { RetainedAudio } from "../contract.ts";
import { type AsrProviderType, defineAsrProvider } from "../provider.ts";
import { RetainedUtterance } from "../retained_utterance.ts";
import { PACKET_MS, PcmFramer } from "../sound_framer.ts";
import { type AsrWire, type AsrWireIo, openWireStream } from "../wire_stream.ts";
import { readSenseVoiceTags } from "./sense_voice_tags.ts";

const SAMPLE_RATE_HZ = 16_000;
/** What the Python server says where there is nothing to say. */
const BLANK = "<EMPTY>";

/** A sherpa-onnx WebSocket server, streaming or offline, the C++ one or the Python one. It has no greeting. */
export const sherpaServer: AsrProviderType = defineAsrProvider({
  type: "sherpaServer",
  about: "a sherpa-onnx WebSocket server",
  config: {
    url: webSocketUrl.default("ws://127.0.0.1:6006").describe("the server"),
    mode: z.enum(["streaming", "offline"]).default("streaming")
      .describe("which kind of server it is: with streaming models, or with models for whole utterances"),
  },
  capabilities: ({ mode }) => {
    const streaming = mode === "streaming";
    return {
      streaming,
      whole: !streaming,
      partials: streaming,
      endpointing: streaming,
      encodings: ["pcm16"],
      marksNoise: true,
      languages: "any",
    };
  },
  open: ({ url, mode }, { service, trust }) => ({
    open: ({ audio, onWritable }, signal) =>
      openWireStream({
        service,
        connect: (handlers, life) => openSocket({ url, trust }, handlers, life),
        wire: (io) => mode === "streaming" ? new StreamingWire(io) : new OfflineWire(io, audio),
        onWritable,
      }, signal),
  }),
});

const reply = z.looseObject({
  text: z.string(),
  segment: z.int().optional(),
  is_final: z.boolean().optional(),
});

/** Results carry the number of their segment; a new number says that the one before is complete. */
class StreamingWire implements AsrWire {
  readonly #io: AsrWireIo;
  readonly #framer = new PcmFramer({ leastMs: PACKET_MS, encoding: "f32le" });
  #segment = 0;
  #text = "";
  #finished = false;

  constructor(io: AsrWireIo) {
    this.#io = io;
  }

  opened(): void {
    this.#io.started();
  }

  write(chunk: AudioChunk): void {
    for (const piece of this.#framer.push(chunk)) this.#io.send(piece);
  }

  finish(): void {
    for (const piece of this.#framer.flush()) this.#io.send(piece);
    this.#finished = true;
    this.#io.send("Done");
  }

  received(message: string | Uint8Array): void {
    if (typeof message !== "string") return;
    if (message === "Done!") return this.#end();
    const { text, segment = this.#segment, is_final = false } = readReply(this.#io.service, message, reply);
    if (segment !== this.#segment) this.#complete();
    this.#segment = segment;
    this.#text = text;
    if (is_final) this.#complete();
    else this.#io.partial(text);
  }

  /** The Python server has no last word: it closes. */
  closed({ code }: SocketEnd): void {
    if (this.#finished && code === 1000) this.#end();
  }

  #complete(): void {
    this.#io.final({ text: this.#text });
    this.#text = "";
  }

  #end(): void {
    this.#complete();
    this.#io.ended();
  }
}

/** The whole utterance is announced by its length, so its sound waits in the session's buffer until the end. */
class OfflineWire implements AsrWire {
  readonly #io: AsrWireIo;
  readonly #utterance: RetainedUtterance;

  constructor(io: AsrWireIo, audio: RetainedAudio) {
    this.#io = io;
    this.#utterance = new RetainedUtterance(audio);
  }

  opened(): void {
    this.#io.started();
  }

  write(chunk: AudioChunk): void {
    this.#utterance.add(chunk);
  }

  finish(lastSeq?: number): void {
    const framer = new PcmFramer({ leastMs: 1_000, encoding: "f32le" });
    const pieces = this.#utterance.chunks(lastSeq).flatMap((chunk) => framer.push(chunk));
    pieces.push(...framer.flush());
    const sizeBytes = pieces.reduce((sum, { length }) => sum + length, 0);
    if (sizeBytes === 0) {
      this.#io.send("Done");
      return this.#io.ended();
    }
    const header = new Uint8Array(8);
    new DataView(header.buffer).setInt32(0, SAMPLE_RATE_HZ, true);
    new DataView(header.buffer).setInt32(4, sizeBytes, true);
    this.#io.send(header);
    for (const piece of pieces) this.#io.send(piece);
  }

  received(message: string | Uint8Array): void {
    if (typeof message !== "string") {
      return this.#io.fail("protocol", { detail: "it answers in bytes" });
    }
    const text = message.startsWith("{")
      ? readReply(this.#io.service, message, reply).text
      : message === BLANK
      ? ""
      : message;
    this.#io.final(readSenseVoiceTags(text.trim()));
    this.#io.send("Done");
    this.#io.ended();
  }
}
