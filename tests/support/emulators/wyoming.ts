import type { Renderer } from "./emulator.ts";
import type { RefusalKind } from "./script.ts";
import type { TcpDialect, TcpDialogue, TcpIo } from "./tcp_emulator.ts";
import { eventBytes, EventReader, type FieldsPlace } from "./wyoming_events.ts";

/** What varies between Wyoming servers. */
export interface WyomingManner {
  /** Whether words come while it listens, or only the whole; that one closes after its one transcript. */
  readonly streams: boolean;
  /** Where an event's fields are. */
  readonly data: FieldsPlace;
  /** Whether each event goes out in two pieces, a moment apart, or several events in one. */
  readonly writes: "split" | "merged";
  /** Whether a server that streams gives the whole as well, as it should. */
  readonly whole?: boolean;
  /** Told of what is asked for. */
  readonly onAsked?: (fields: Readonly<Record<string, unknown>>) => void;
}

/** How long pieces lie apart, and how long events are gathered, in ms. */
const PIECE_MS = 2;
const MAX_CHUNK_BYTES = 6_400;

/** A Wyoming server for speech to text. */
export function wyoming(manner: WyomingManner): TcpDialect {
  return { transport: "tcp", connect: (io) => new WyomingDialogue(io, manner) };
}

class WyomingDialogue implements TcpDialogue, Renderer {
  readonly #io: TcpIo;
  readonly #manner: WyomingManner;
  readonly #reader = new EventReader();
  #state: "new" | "asked" | "hearing" | "done" = "new";
  #queue: Uint8Array[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closing = false;
  /** What was given in pieces, of this sentence and in all. */
  #said = "";
  #any = false;
  readonly #whole: string[] = [];

  constructor(io: TcpIo, manner: WyomingManner) {
    this.#io = io;
    this.#manner = manner;
  }

  gone(): void {
    clearTimeout(this.#timer);
  }

  beginning(sizeBytes: number): Uint8Array {
    return new TextEncoder().encode(`{"type":"transcript","data_length":${sizeBytes}}\n`);
  }

  received(bytes: Uint8Array): void {
    this.#reader.push(bytes, ({ type, data, payload, version }) => {
      if (typeof version !== "string") this.#io.violation("no version");
      this.#event(type, data, payload);
    });
  }

  #event(type: string, data: Readonly<Record<string, unknown>>, payload: Uint8Array): void {
    const known = data.rate === 16_000 && data.width === 2 && data.channels === 1;
    switch (`${this.#state} ${type}`) {
      case "new transcribe":
        this.#state = "asked";
        this.#manner.onAsked?.(data);
        return;
      case "asked audio-start":
        this.#state = "hearing";
        if (!known || payload.length > 0) this.#io.violation("another sound");
        this.#io.performer.start();
        return;
      case "hearing audio-chunk":
        if (!known || payload.length === 0 || payload.length % 2 !== 0 || payload.length > MAX_CHUNK_BYTES) {
          this.#io.violation("another sound, or none, or more than 200 ms");
        }
        return this.#io.performer.audio(payload.length / 32);
      case "hearing audio-stop":
        this.#state = "done";
        return this.#io.performer.finish();
      default:
        this.#io.violation(`${type} while ${this.#state}`);
    }
  }

  partial(words: string): void {
    if (!this.#manner.streams && this.#io.script.fault?.what !== "flood") return;
    const known = this.#said === "" ? 0 : this.#said.split(" ").length;
    const news = words.split(" ").slice(known).join(" ");
    this.#said = words;
    if (news === "" && this.#io.script.fault?.what !== "flood") return;
    if (!this.#any) this.#send("transcript-start", { language: "en" });
    this.#send("transcript-chunk", { text: this.#any ? ` ${news}` : news });
    this.#any = true;
  }

  final(words: string): void {
    this.#whole.push(words);
    this.#said = "";
  }

  end(): void {
    const { streams, whole = true } = this.#manner;
    if (whole) this.#send("transcript", { text: this.#whole.join(" "), language: "en" });
    if (streams) this.#send("transcript-stop", {});
    else this.#close();
  }

  error(kind: RefusalKind): void {
    this.#send("error", { text: "it went wrong", code: kind });
  }

  #send(type: string, data: Readonly<Record<string, unknown>>): void {
    const event = eventBytes(type, { data, place: this.#manner.data });
    if (this.#io.script.fault?.what === "flood") return this.#io.send(event);
    const half = Math.ceil(event.length / 2);
    if (this.#manner.writes === "merged") this.#queue.push(event);
    else this.#queue.push(event.subarray(0, half), event.subarray(half));
    this.#timer ??= setTimeout(() => this.#write(), PIECE_MS);
  }

  #write(): void {
    const due = this.#queue.splice(0, this.#manner.writes === "merged" ? Infinity : 1);
    this.#io.send(Uint8Array.of(...due.flatMap((piece) => [...piece])));
    this.#timer = this.#queue.length === 0 ? undefined : setTimeout(() => this.#write(), PIECE_MS);
    if (this.#closing && this.#queue.length === 0) this.#io.close();
  }

  /** Once all was written. */
  #close(): void {
    this.#closing = true;
    if (this.#queue.length === 0) this.#io.close();
  }
}
