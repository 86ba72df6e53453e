import type { AudioChunk } from "../../audio/mod.ts";
import type { SoundFramer } from "../sound_framer.ts";
import { encodeDoubaoFrame, FRAME_TYPE } from "./doubao_frame.ts";

/** 20 ms at 16 kHz: what is marked as the last piece where PCM has no rest. An Ogg stream always has one. */
const SILENT_PIECE = new Uint8Array(640);

/** Sound in frames of which the last one is marked; each leaves as soon as it is full. */
export class DoubaoSound {
  readonly #framer: SoundFramer;
  readonly #gzip: boolean;
  readonly #send: (frame: Uint8Array) => void;
  #sent = false;

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
    for (const piece of this.#framer.push(chunk)) this.#frame(piece, false);
  }

  /** Sends the rest, marked as the last; it is empty where there was no sound at all. */
  finish(): void {
    const rest = [...this.#framer.flush()];
    const last = rest.pop() ?? (this.#sent ? SILENT_PIECE : new Uint8Array(0));
    for (const piece of rest) this.#frame(piece, false);
    this.#frame(last, true);
  }

  #frame(payload: Uint8Array, last: boolean): void {
    this.#sent = true;
    this.#send(encodeDoubaoFrame(FRAME_TYPE.audio, { payload, gzip: this.#gzip, last }));
  }
}
