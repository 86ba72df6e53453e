import { Deque } from "@std/data-structures";
import type { EarshotError } from "../errors/mod.ts";
import type { VadFrame } from "./vad_framer.ts";

/** Who is told what the detector found in a stream. */
export interface VadListener {
  /** The probability of speech in a frame, 0 to 1; in the order of the frames, failed ones are missing. */
  onFrame(frame: VadFrame, probability: number): void;
  /** These frames were lost to a failure of the engine. */
  onFailed(error: EarshotError, frames: readonly VadFrame[]): void;
}

/** The side of the batcher that a stream reports to. */
export interface VadStreamOwner {
  /** A frame was queued. */
  written(stream: VadStream): void;
  /** The time on the clock, in ms. */
  nowMs(): number;
  /** What waits is to be judged at once. */
  flush(): void;
  /** The stream was closed while `waiting` frames were queued. */
  closed(stream: VadStream, waiting: number): void;
}

/** One continuous sound with the model's memory of it, and the frames that wait for their batch. */
export class VadStream {
  /** The name of the model's memory in the engine. */
  readonly id: number;
  /** Who is told. */
  readonly listener: VadListener;
  readonly #owner: VadStreamOwner;
  readonly #waiting = new Deque<VadFrame>();
  #closed = false;
  #urgent = true;
  #urgentSinceMs = -Infinity;

  /** Made by `VadBatcher.open`. */
  constructor(id: number, listener: VadListener, owner: VadStreamOwner) {
    this.id = id;
    this.listener = listener;
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
    return this.#waiting.length;
  }

  /** Queues a frame. How many may wait is for the writer to decide, who has the sound. */
  write(frame: VadFrame): void {
    if (this.#closed) return;
    this.#waiting.pushBack(frame);
    this.#owner.written(this);
  }

  /** Takes up to `count` frames out, the oldest first. */
  take(count: number): readonly VadFrame[] {
    const frames: VadFrame[] = [];
    while (frames.length < count) {
      const frame = this.#waiting.popFront();
      if (frame === undefined) break;
      frames.push(frame);
    }
    return frames;
  }

  /** Ends the stream: its listener hears no more, not even of frames in flight. May be called twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const waiting = this.#waiting.length;
    this.#waiting.clear();
    this.#owner.closed(this, waiting);
  }
}
