import { Deque } from "@std/data-structures";
import type { AudioChunk } from "../audio/mod.ts";
import type { EarshotError } from "../errors/mod.ts";
import type { DetectorSound } from "./detector_sound.ts";
import type { VadFrame } from "./vad_framer.ts";

/** Who is told what the detector found in a stream. */
export interface VadListener {
  /** The probability of speech in a frame, 0 to 1; in the order of the frames, failed ones are missing. */
  onFrame(frame: VadFrame, probability: number): void;
  /** These chunks were not judged: the engine failed, and begins anew with what comes next. */
  onFailed(error: EarshotError, chunks: readonly AudioChunk[]): void;
}

/** The side of the batcher that a stream reports to. */
export interface VadStreamOwner {
  /** Frames were queued. */
  written(stream: VadStream, frames: number): void;
  /** The time on the clock, in ms. */
  nowMs(): number;
  /** What waits is to be judged at once. */
  flush(): void;
  /** The stream was closed while `waiting` frames were queued. */
  closed(stream: VadStream, waiting: number): void;
}

/** A chunk that waits for its batch, and the frames that are complete with it. */
export interface WaitingChunk {
  readonly chunk: AudioChunk;
  /** How many samples before it waited for the rest of their frame. */
  readonly restSamples: number;
  readonly frames: readonly VadFrame[];
}

/** One continuous sound with the model's memory of it, and the frames that wait for their batch. */
export class VadStream {
  /** The name of the model's memory in the engine. */
  readonly id: number;
  /** Who is told. */
  readonly listener: VadListener;
  /** Whose sound it is. */
  readonly sound: DetectorSound;
  readonly #owner: VadStreamOwner;
  readonly #chunks = new Deque<WaitingChunk>();
  #waiting = 0;
  #closed = false;
  #urgent = true;
  #urgentSinceMs = -Infinity;

  /** Made by `VadBatcher.open`. */
  constructor(
    id: number,
    { listener, sound }: { readonly listener: VadListener; readonly sound: DetectorSound },
    owner: VadStreamOwner,
  ) {
    this.id = id;
    this.listener = listener;
    this.sound = sound;
    this.#owner = owner;
  }

  /** Whether the listener hears no more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether somebody waits for verdicts. */
  get urgent(): boolean {
    return this.#urgent;
  }

  /** Changes it, for frames that wait as well. */
  set urgent(urgent: boolean) {
    if (urgent && !this.#urgent) this.#urgentSinceMs = this.#owner.nowMs();
    this.#urgent = urgent;
    if (urgent) this.flush();
  }

  /** Since when somebody waits, on the clock in ms: nobody waited for what came before. */
  get urgentSinceMs(): number {
    return this.#urgentSinceMs;
  }

  /** Has the frames that wait judged at once. */
  flush(): void {
    if (this.waiting > 0) this.#owner.flush();
  }

  /** How many frames wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Queues a chunk. How many may wait is for the writer to decide, who has the sound. */
  write(waiting: WaitingChunk): void {
    if (this.#closed) return;
    this.#chunks.pushBack(waiting);
    this.#waiting += waiting.frames.length;
    if (waiting.frames.length > 0) this.#owner.written(this, waiting.frames.length);
  }

  /** Takes chunks out until they have `count` frames, the oldest first; a chunk is never cut, so it may be some more. */
  take(count: number): readonly WaitingChunk[] {
    const taken: WaitingChunk[] = [];
    for (let frames = 0; frames < count;) {
      const next = this.#chunks.popFront();
      if (next === undefined) break;
      taken.push(next);
      frames += next.frames.length;
      this.#waiting -= next.frames.length;
    }
    return taken;
  }

  /** Ends the stream and gives what waits, which is not judged any more. */
  drain(): readonly AudioChunk[] {
    const chunks = [...this.#chunks].map(({ chunk }) => chunk);
    this.close();
    return chunks;
  }

  /** Ends the stream: its listener hears no more, not even of frames in flight. May be called twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const waiting = this.#waiting;
    this.#waiting = 0;
    this.#chunks.clear();
    this.#owner.closed(this, waiting);
  }
}
