import type { AudioChunk } from "../../audio/mod.ts";
import type { SoundFramer } from "../sound_framer.ts";
import { encodeDoubaoFrame, FRAME_TYPE } from "./doubao_frame.ts";

/** Sound in frames of which the last one is marked, so one piece is always held back. */
export class DoubaoSound {
  readonly #framer: SoundFramer;
  readonly #gzip: boolean;
  readonly #send: (frame: Uint8Array) => void;
  #held: Uint8Array | undefined;

  /** Sends nothing yet. */
  constructor(
    framer: SoundFramer,
    { gzip, send }: { readonly gzip: boolean; readonly send: (frame: Uint8Array) => void },
  ) {
    this.#framer = framer;
    this.#gzip = gzip;
    this.#send = send;
  }

  /** Takes a chunk and sends what has become full. */
  write(chunk: AudioChunk): void {
    this.#pass(this.#framer.push(chunk));
  }

  /** Sends the rest, marked as the last; it is empty where there was no sound. */
  finish(): void {
    this.#pass(this.#framer.flush());
    this.#frame(this.#held ?? new Uint8Array(0), true);
  }

  #pass(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      if (this.#held !== undefined) this.#frame(this.#held, false);
      this.#held = piece;
    }
  }

  #frame(payload: Uint8Array, last: boolean): void {
    this.#send(encodeDoubaoFrame(FRAME_TYPE.audio, { payload, gzip: this.#gzip, last }));
  }
}
