import type { z } from "zod";
import type { AudioChunk } from "../../audio/mod.ts";
import { DOUBAO_FRAME, encodeDoubaoFrame } from "../../service/mod.ts";
import type { SoundFramer } from "../sound_framer.ts";
import type { AsrWire, AsrWireIo } from "../wire_stream.ts";
import { type doubaoResult, DoubaoSentences } from "./doubao_sentences.ts";

/** 20 ms at 16 kHz: what is marked as the last piece where PCM has no rest. An Ogg stream always has one. */
const SILENT_PIECE = new Uint8Array(640);

/** Options of a {@linkcode DoubaoWire}. */
export interface DoubaoWireOptions {
  /** Cuts the sound into pieces. */
  readonly framer: SoundFramer;
  /** Whether frames are compressed. */
  readonly gzip: boolean;
  /** Whether words are told before their sentence is complete. Default yes. */
  readonly partials?: boolean;
}

/**
 * What both versions of the service have in common: a request in front, sound in frames of which the last one is
 * marked, and results that may repeat what they said before.
 */
export abstract class DoubaoWire implements AsrWire {
  /** Where it sends, and tells what it hears. */
  protected readonly io: AsrWireIo;
  readonly #framer: SoundFramer;
  readonly #gzip: boolean;
  readonly #sentences: DoubaoSentences;
  #started = false;
  #sent = false;

  /** Sends nothing yet. */
  constructor(io: AsrWireIo, { framer, gzip, partials = true }: DoubaoWireOptions) {
    this.io = io;
    this.#framer = framer;
    this.#gzip = gzip;
    this.#sentences = new DoubaoSentences(io, { partials });
  }

  /** Sends the request. */
  opened(): void {
    const payload = new TextEncoder().encode(JSON.stringify(this.request()));
    this.io.send(encodeDoubaoFrame(DOUBAO_FRAME.request, { payload, gzip: this.#gzip }));
  }

  /** Takes a chunk and sends what has become full. */
  write(chunk: AudioChunk): void {
    for (const piece of this.#framer.push(chunk)) this.#frame(piece, false);
  }

  /** Sends the rest, marked as the last; it is empty where there was no sound at all. */
  finish(): void {
    const rest = [...this.#framer.flush()];
    const last = rest.pop() ?? (this.#sent ? SILENT_PIECE : new Uint8Array(0));
    for (const piece of rest) this.#frame(piece, false);
    this.#frame(last, true);
  }

  /** Reads a frame of the service. */
  abstract received(message: string | Uint8Array): void;

  /** What is asked for. */
  protected abstract request(): object;

  /** The service has taken the request; counts once. */
  protected started(): void {
    if (!this.#started) this.io.started();
    this.#started = true;
  }

  /** The service says what it has heard so far. */
  protected heard(result: z.output<typeof doubaoResult>): void {
    this.#sentences.hear(result);
  }

  /** The service has said all. */
  protected ended(): void {
    this.#sentences.end();
    this.io.ended();
  }

  #frame(payload: Uint8Array, last: boolean): void {
    this.#sent = true;
    this.io.send(encodeDoubaoFrame(DOUBAO_FRAME.audio, { payload, gzip: this.#gzip, last }));
  }
}
