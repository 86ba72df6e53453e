import { z } from "zod";
import type { AudioChunk } from "../../audio/mod.ts";
import { openTcp, tcpUrl } from "../../net/mod.ts";
import { checkReply, encodeWyomingEvent, type WyomingEvent, WyomingReader } from "../../service/mod.ts";
import { serviceLanguage } from "../language_config.ts";
import { type AsrProviderType, defineAsrProvider } from "../provider.ts";
import { PACKET_MS, PcmFramer } from "../sound_framer.ts";
import { type AsrWire, type AsrWireIo, openWireStream } from "../wire_stream.ts";

const SOUND = { rate: 16_000, width: 2, channels: 1 };
/** How many events an utterance may bring: the stream counts pieces of TCP, of which one may hold many. */
const MAX_EVENTS = 20_000;

/** A Wyoming server, as Home Assistant's add-ons are. It has no greeting. */
export const wyoming: AsrProviderType = defineAsrProvider({
  type: "wyoming",
  about: "a Wyoming server, as Home Assistant's add-ons are",
  config: {
    url: tcpUrl.default("tcp://127.0.0.1:10300")
      .refine((url) => new URL(url).port !== "", "name the port, as in tcp://127.0.0.1:10300")
      .describe("the server; the protocol has no TLS and no accounts, so it belongs in your own network"),
    model: z.string().min(1).optional().describe(
      "the model by the server's name for it, where it has several",
    ),
    language: serviceLanguage("en or zh").optional()
      .describe("the language as the server names it; without it the first part of the agent's language"),
  },
  tls: false,
  capabilities: () => ({
    streaming: true,
    // From those servers that stream.
    partials: true,
    endpointing: false,
    encodings: ["pcm16"],
    marksNoise: true,
    languages: "any",
  }),
  open: ({ url, model, language: named }, { service }) => ({
    open: ({ language, onWritable }, signal) => {
      const [primary = language] = language.split("-", 1);
      return openWireStream({
        service,
        connect: (handlers, life) => openTcp({ url }, handlers, life),
        wire: (io) => new WyomingWire(io, { language: named ?? primary, model }),
        onWritable,
      }, signal);
    },
  }),
});

const words = z.looseObject({ text: z.string(), language: z.string().nullish() });
const failure = z.looseObject({ text: z.string().default(""), code: z.string().nullish() });

/** What is asked for. */
interface Request {
  readonly language: string;
  readonly model: string | undefined;
}

class WyomingWire implements AsrWire {
  readonly #io: AsrWireIo;
  readonly #request: Request;
  readonly #framer = new PcmFramer({ leastMs: PACKET_MS });
  readonly #reader: WyomingReader;
  #events = 0;
  /** What came in pieces. */
  #said = "";

  constructor(io: AsrWireIo, request: Request) {
    this.#io = io;
    this.#request = request;
    this.#reader = new WyomingReader(io.service);
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
      return this.#io.fail("protocol", { detail: "it sends events without end" });
    }
    switch (type) {
      case "transcript-start":
        this.#said = "";
        return;
      case "transcript-chunk":
        this.#said += checkReply(this.#io.service, data, words).text;
        return this.#io.partial(this.#said.trim());
      case "transcript": {
        const { text, language } = checkReply(this.#io.service, data, words);
        return this.#end({ text: text.trim(), ...(typeof language === "string" && { language }) });
      }
      // The whole came before it, unless the server only streams.
      case "transcript-stop":
        return this.#end({ text: this.#said.trim() });
      case "error": {
        const { text, code } = checkReply(this.#io.service, data, failure);
        return this.#io.fail("failed", { detail: `${code ?? ""} ${text}` });
      }
    }
  }

  #end(sentence: Parameters<AsrWireIo["final"]>[0]): void {
    this.#io.final(sentence);
    this.#io.ended();
  }

  #send(type: string, data: WyomingEvent["data"], payload?: Uint8Array): void {
    this.#io.send(encodeWyomingEvent(type, { data, ...(payload && { payload }) }));
  }
}
