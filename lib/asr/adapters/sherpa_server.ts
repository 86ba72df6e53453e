import { z } from "zod";
import type { AudioChunk } from "../../audio/mod.ts";
import { openSocket, peerTlsConfig, type PeerTrust, type SocketEnd, webSocketUrl } from "../../net/mod.ts";
import type { AsrAdapter, AsrCapabilities, AsrOpenOptions, AsrStream, RetainedAudio } from "../contract.ts";
import { readReply } from "../read_reply.ts";
import { serviceError } from "../service_error.ts";
import { PcmFramer } from "../sound_framer.ts";
import { WholeUtterance } from "../whole_utterance.ts";
import { openWireStream, type Wire, type WireIo } from "../wire_stream.ts";
import { readSenseVoiceTags } from "./sense_voice_tags.ts";

/** The `asr.sherpaServer` block. */
export const sherpaServerConfig = z.strictObject({
  url: webSocketUrl.default("ws://127.0.0.1:6006").describe("the server"),
  mode: z.enum(["streaming", "offline"]).default("streaming")
    .describe("which server runs there: streaming models, or models of whole utterances"),
  tls: peerTlsConfig.prefault({}).describe("how the server's certificate is checked"),
});

/** The checked block. */
export type SherpaServerConfig = z.output<typeof sherpaServerConfig>;

/** Options of a {@linkcode SherpaServerAdapter}. */
export interface SherpaServerOptions extends Omit<SherpaServerConfig, "tls"> {
  /** Whom to trust. */
  readonly trust?: PeerTrust;
}

const SERVICE = "sherpaServer";
/** How long a piece sounds that is sent, in ms. */
const FRAME_MS = 120;
const SAMPLE_RATE_HZ = 16_000;
/** What the Python server says where there is nothing to say. */
const BLANK = "<EMPTY>";

/** A sherpa-onnx WebSocket server, streaming or offline, the C++ one or the Python one. */
export class SherpaServerAdapter implements AsrAdapter {
  readonly name = SERVICE;
  readonly capabilities: AsrCapabilities;
  readonly #options: SherpaServerOptions;

  /** Connects to nothing yet. */
  constructor(options: SherpaServerOptions) {
    this.#options = options;
    const streaming = options.mode === "streaming";
    this.capabilities = {
      streaming,
      whole: !streaming,
      partials: streaming,
      endpointing: streaming,
      encodings: ["pcm16"],
      sampleRatesHz: [SAMPLE_RATE_HZ],
      marksNoise: true,
      languages: "any",
    };
  }

  /** Opens a stream; the server has no greeting, so it is ready when the connection is. */
  open({ audio, onWritable }: AsrOpenOptions, signal: AbortSignal): Promise<AsrStream> {
    const { url, trust, mode } = this.#options;
    return openWireStream({
      service: this.name,
      connect: (handlers, life) => openSocket({ url, trust }, handlers, life),
      wire: (io) => mode === "streaming" ? new StreamingWire(io) : new OfflineWire(io, audio),
      onWritable,
    }, signal);
  }
}

const reply = z.looseObject({
  text: z.string(),
  segment: z.int().optional(),
  is_final: z.boolean().optional(),
});

/** Results carry the number of their segment; a new number says that the one before is complete. */
class StreamingWire implements Wire {
  readonly #io: WireIo;
  readonly #framer = new PcmFramer({ frameMs: FRAME_MS, encoding: "f32le" });
  #segment = 0;
  #text = "";
  #finished = false;

  constructor(io: WireIo) {
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
    const { text, segment = this.#segment, is_final = false } = readReply(SERVICE, {
      text: message,
      schema: reply,
    });
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
class OfflineWire implements Wire {
  readonly #io: WireIo;
  readonly #utterance: WholeUtterance;

  constructor(io: WireIo, audio: RetainedAudio) {
    this.#io = io;
    this.#utterance = new WholeUtterance(audio);
  }

  opened(): void {
    this.#io.started();
  }

  write(chunk: AudioChunk): void {
    this.#utterance.add(chunk);
  }

  finish(lastSeq?: number): void {
    const framer = new PcmFramer({ frameMs: 1_000, encoding: "f32le" });
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
      throw serviceError("asr.protocol", { service: SERVICE, detail: "it answers in bytes" });
    }
    const text = message.startsWith("{")
      ? readReply(SERVICE, { text: message, schema: reply }).text
      : message === BLANK
      ? ""
      : message;
    this.#io.final(readSenseVoiceTags(text.trim()));
    this.#io.send("Done");
    this.#io.ended();
  }
}
