import { z } from "zod";
import type { AudioChunk } from "../../audio/mod.ts";
import { openTcp, tcpUrl } from "../../net/mod.ts";
import { serviceLanguage } from "../language_config.ts";
import type { AsrAdapter, AsrCapabilities, AsrOpenOptions, AsrStream } from "../contract.ts";
import { serviceError } from "../service_error.ts";
import { PcmFramer } from "../sound_framer.ts";
import { openWireStream, type Wire, type WireIo } from "../wire_stream.ts";
import { encodeWyomingEvent, type WyomingEvent, WyomingReader } from "./wyoming_frame.ts";

/** The `asr.wyoming` block. */
export const wyomingConfig = z.strictObject({
  url: tcpUrl.default("tcp://127.0.0.1:10300")
    .refine((url) => new URL(url).port !== "", "name the port, as in tcp://127.0.0.1:10300")
    .describe("the server; the protocol has no TLS and no accounts, so it belongs into your own network"),
  model: z.string().min(1).optional().describe("the server's name of a model, where it has several"),
  language: serviceLanguage("en or zh").optional()
    .describe("the language as the server names it; without it the first part of asr.language"),
});

/** The checked block. */
export type WyomingOptions = z.output<typeof wyomingConfig>;

const SERVICE = "wyoming";
/** How long a piece sounds that is sent, in ms. */
const FRAME_MS = 60;
const SOUND = { rate: 16_000, width: 2, channels: 1 };
/** How many events an utterance may bring: the stream counts pieces of TCP, of which one may hold many. */
const MAX_EVENTS = 20_000;

/** A Wyoming server, as Home Assistant's add-ons are. */
export class WyomingAdapter implements AsrAdapter {
  readonly name = SERVICE;
  readonly capabilities: AsrCapabilities = {
    streaming: true,
    // From those servers that stream.
    partials: true,
    endpointing: false,
    encodings: ["pcm16"],
    sampleRatesHz: [16_000],
    marksNoise: true,
    languages: "any",
  };
  readonly #options: WyomingOptions;

  /** Connects to nothing yet. */
  constructor(options: WyomingOptions) {
    this.#options = options;
  }

  /** Opens a stream; the server has no greeting, so it is ready when the connection is. */
  open({ language, onWritable }: AsrOpenOptions, signal: AbortSignal): Promise<AsrStream> {
    const { url, model, language: named } = this.#options;
    const [primary = language] = language.split("-", 1);
    return openWireStream({
      service: SERVICE,
      connect: (handlers, life) => openTcp({ url }, handlers, life),
      wire: (io) => new WyomingWire(io, { language: named ?? primary, model }),
      onWritable,
    }, signal);
  }
}

const words = z.looseObject({ text: z.string(), language: z.string().nullish() });
const failure = z.looseObject({ text: z.string().default(""), code: z.string().nullish() });

/** What is asked for. */
interface Request {
  readonly language: string;
  readonly model: string | undefined;
}

class WyomingWire implements Wire {
  readonly #io: WireIo;
  readonly #request: Request;
  readonly #framer = new PcmFramer({ frameMs: FRAME_MS });
  readonly #reader = new WyomingReader(SERVICE);
  #events = 0;
  /** What came in pieces. */
  #said = "";

  constructor(io: WireIo, request: Request) {
    this.#io = io;
    this.#request = request;
  }

  opened(): void {
    const { language, model } = this.#request;
    this.#send("transcribe", { language, ...(model !== undefined && { name: model }) });
    this.#send("audio-start", SOUND);
    this.#io.started();
  }

  write(chunk: AudioChunk): void {
    for (const piece of this.#framer.push(chunk)) this.#send("audio-chunk", SOUND, piece);
  }

  finish(): void {
    for (const piece of this.#framer.flush()) this.#send("audio-chunk", SOUND, piece);
    this.#send("audio-stop", {});
  }

  received(message: string | Uint8Array): void {
    if (typeof message !== "string") this.#reader.push(message, (event) => this.#heard(event));
  }

  #heard({ type, data }: WyomingEvent): void {
    if (++this.#events > MAX_EVENTS) {
      throw serviceError("asr.protocol", { service: SERVICE, detail: "it sends events without end" });
    }
    switch (type) {
      case "transcript-start":
        this.#said = "";
        return;
      case "transcript-chunk":
        this.#said += this.#read(words, data).text;
        return this.#io.partial(this.#said.trim());
      case "transcript": {
        const { text, language } = this.#read(words, data);
        return this.#end({ text: text.trim(), ...(typeof language === "string" && { language }) });
      }
      // The whole came before it, unless the server only streams.
      case "transcript-stop":
        return this.#end({ text: this.#said.trim() });
      case "error": {
        const { text, code } = this.#read(failure, data);
        return this.#io.fail(
          serviceError("asr.failed", { service: SERVICE, detail: `${code ?? ""} ${text}` }),
        );
      }
    }
  }

  #end(sentence: Parameters<WireIo["final"]>[0]): void {
    this.#io.final(sentence);
    this.#io.ended();
  }

  #read<T>(schema: z.ZodType<T>, data: WyomingEvent["data"]): T {
    const read = schema.safeParse(data);
    if (read.success) return read.data;
    const where = read.error.issues[0]?.path.join(".") ?? "";
    throw serviceError("asr.protocol", { service: SERVICE, detail: `its event has no valid ${where}` });
  }

  #send(type: string, data: WyomingEvent["data"], payload?: Uint8Array): void {
    this.#io.send(encodeWyomingEvent(type, { data, ...(payload && { payload }) }));
  }
}
