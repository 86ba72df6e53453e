import type { SpeechTcpDialect, SpeechTcpIo } from "./speech_tcp_emulator.ts";
import { eventBytes, EventReader, type FieldsPlace, type HeardEvent, joined } from "./wyoming_events.ts";

/** What varies between Wyoming servers that speak. */
export interface WyomingSpeechManner {
  /** Whether it speaks text that is being written; one that does not ignores such events. Default: yes. */
  readonly streams?: boolean;
  /** Where an event's fields are. Default: after its line. */
  readonly data?: FieldsPlace;
  /** What it says that it is. Default: a Piper with three voices. */
  readonly info?: Readonly<Record<string, unknown>>;
  /** Samples a second of each sentence in turn, rather than those of the script. */
  readonly ratesHz?: readonly number[];
  /** After how many streamed sentences it stops, whatever is to come. Default: never. */
  readonly stopsAfter?: number;
  /** What else it says of its sound. */
  readonly format?: Readonly<Record<string, unknown>>;
  /** Told of each event that comes. */
  readonly onEvent?: (event: HeardEvent) => void;
}

/** Names of voices that it does not have begin with `no-`. */
const UNKNOWN = /^no-/;
const MAX_LINE_CHARS = 4_000;
/** Longer sound is several chunks. */
const MAX_CHUNK_BYTES = 65_537;

/** A Wyoming server that speaks, as Piper's does. */
export function wyomingSpeech(
  manner: WyomingSpeechManner | (() => WyomingSpeechManner) = {},
): SpeechTcpDialect {
  const current = typeof manner === "function" ? manner : () => manner;
  return {
    connect: (io) => {
      const conversation = new Conversation(io, current());
      const reader = new EventReader();
      return (bytes) => reader.push(bytes, (event) => conversation.take(event));
    },
    sound: (payload, sampleRateHz) => {
      const { data: place = "after", format } = current();
      const data = soundOf(sampleRateHz, format);
      const events: Uint8Array[] = [];
      for (let at = 0; at < payload.length; at += MAX_CHUNK_BYTES) {
        events.push(
          eventBytes("audio-chunk", { data, payload: payload.subarray(at, at + MAX_CHUNK_BYTES), place }),
        );
      }
      return joined(...events);
    },
    beginning: (sizeBytes) =>
      new TextEncoder().encode(`{"type":"audio-chunk","version":"1.5.4","payload_length":${sizeBytes}}\n`),
  };
}

function soundOf(
  rate: number,
  format: WyomingSpeechManner["format"] = {},
): Readonly<Record<string, unknown>> {
  return { rate, width: 2, channels: 1, ...format };
}

/** One connection, which takes one request. */
class Conversation {
  readonly #io: SpeechTcpIo;
  readonly #manner: WyomingSpeechManner;
  #state: "new" | "streaming" | "asked" = "new";
  #voice: unknown;
  #unspoken = "";
  #sentences = 0;

  constructor(io: SpeechTcpIo, manner: WyomingSpeechManner) {
    this.#io = io;
    this.#manner = manner;
  }

  take(event: HeardEvent): void {
    this.#manner.onEvent?.(event);
    const { type, version, data, payload } = event;
    if (typeof version !== "string") return this.#io.violation("no version");
    if (payload.length > 0) return this.#io.violation(`a payload with ${type}`);
    const { streams = true } = this.#manner;
    switch (type) {
      case "describe":
        if (this.#state !== "new") return this.#io.violation("a describe in a request");
        return this.#io.send(this.#event("info", this.#manner.info ?? infoOf(streams)));
      case "synthesize":
        return this.#synthesize(data);
      case "synthesize-start":
      case "synthesize-chunk":
      case "synthesize-stop":
        if (streams) this.#stream(type, data);
        return;
      default:
        return this.#io.violation(type);
    }
  }

  #synthesize({ text, voice }: HeardEvent["data"]): void {
    // Only meant for those that do not stream.
    if (this.#state === "streaming") return;
    // A second one is never answered.
    if (this.#state === "asked") return this.#io.violation("a second request on one connection");
    this.#state = "asked";
    this.#io.part(String(text));
    this.#io.finish();
    if (!this.#accepts(text, voice)) return;
    const isEmpty = String(text).trim() === "" || this.#io.script.fault?.what === "empty";
    if (!isEmpty) this.#say(String(text));
    this.#io.then(this.#event("audio-stop"), { last: true });
  }

  #stream(type: string, { text, voice }: HeardEvent["data"]): void {
    if (type === "synthesize-start") {
      if (this.#state !== "new") return this.#io.violation("a second request on one connection");
      this.#state = "streaming";
      this.#voice = voice;
      return;
    }
    if (this.#state !== "streaming") return this.#io.violation(`${type} before its start`);
    if (type === "synthesize-stop") {
      this.#sayStreamed(this.#unspoken);
      this.#unspoken = "";
      this.#state = "asked";
      this.#io.finish();
      return this.#io.then(this.#event("synthesize-stopped"), { last: true });
    }
    if (typeof text !== "string" || text === "" || text.length > MAX_LINE_CHARS) {
      return this.#io.violation("a chunk without text, or with too much of it");
    }
    this.#io.part(text);
    this.#unspoken += text;
    const whole = /^.*[.!?。！？](?=\s|$)/s.exec(this.#unspoken)?.[0] ?? "";
    this.#unspoken = this.#unspoken.slice(whole.length);
    this.#sayStreamed(whole);
  }

  /** A start and a stop for each sentence. */
  #sayStreamed(text: string): void {
    if (text.trim() === "" || this.#io.script.fault?.what === "empty") return;
    if (!this.#accepts(text, this.#voice)) return;
    this.#say(text.trim());
    this.#io.then(this.#event("audio-stop"));
    if (this.#sentences === this.#manner.stopsAfter) {
      this.#io.then(this.#event("synthesize-stopped"), { last: true });
    }
  }

  #say(text: string): void {
    this.#io.heard(text);
    const { ratesHz = [], format } = this.#manner;
    const sampleRateHz = ratesHz[this.#sentences++ % ratesHz.length] ?? this.#io.script.sampleRateHz ??
      24_000;
    const before = this.#event("audio-start", soundOf(sampleRateHz, format));
    this.#io.say(text, { before, sampleRateHz });
  }

  #accepts(text: unknown, voice: unknown): boolean {
    if (typeof text !== "string") this.#io.violation("no text");
    const { fault } = this.#io.script;
    const { name = "" } = typeof voice === "object" && voice !== null && "name" in voice ? voice : {};
    if (fault?.what === "refuse" && fault.kind === "voice" || UNKNOWN.test(String(name))) {
      this.#fail("VoiceNotFoundError", String(name));
      return false;
    }
    if (fault?.what !== "refuse") return true;
    this.#fail("RuntimeError", `it went wrong with ${text}`);
    return false;
  }

  /** It says what went wrong, and ends the connection. */
  #fail(code: string, text: string): void {
    this.#io.then(this.#event("error", { text, code }), { last: true, closes: true });
  }

  #event(type: string, data: Readonly<Record<string, unknown>> = {}): Uint8Array {
    return eventBytes(type, { data, place: this.#manner.data ?? "after" });
  }
}

/** As Piper says it: all voices that it could fetch count as installed. */
function infoOf(streams: boolean): Readonly<Record<string, unknown>> {
  const attribution = { name: "x", url: "http://localhost" };
  const voice = { attribution, installed: true, version: null };
  return {
    asr: [],
    tts: [{
      name: "piper",
      attribution,
      installed: true,
      description: "A voice",
      version: "2.5.2",
      voices: [
        {
          ...voice,
          name: "en_US-joe-medium",
          languages: ["en_US"],
          description: "joe (medium)",
          speakers: null,
        },
        {
          ...voice,
          name: "de_DE-mls-medium",
          languages: ["de_DE"],
          description: "mls",
          speakers: [{ name: "a" }, { name: "b" }],
        },
        { ...voice, name: "home-made", languages: [] },
      ],
      ...(streams && { supports_synthesize_streaming: true }),
    }],
    handle: [],
    satellite: null,
  };
}
