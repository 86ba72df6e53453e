/** What became of the sound of one answer at a device. */
export interface QueueFigures {
  readonly frames: number;
  /** The most frames that waited at once. */
  readonly mostHeld: number;
  /** Frames that came when the queue was full, which firmware throws away. */
  readonly overflowed: number;
  /** How often there was nothing to play within a piece, */
  readonly ranEmpty: number;
  /** and for how long in all, in ms. */
  readonly emptyMs: number;
}

/** How many frames firmware keeps. */
const MOST_FRAMES = 40;

/** The queue of a device, which plays a frame a frame duration while it has one. */
export class DeviceQueue {
  readonly #frameMs: number;
  #dryAtMs = -Infinity;
  #pieceBegins = true;
  #frames = 0;
  #mostHeld = 0;
  #overflowed = 0;
  #ranEmpty = 0;
  #emptyMs = 0;

  /** It is empty. */
  constructor(frameMs = 60) {
    this.#frameMs = frameMs;
  }

  /** What it has counted. */
  get figures(): QueueFigures {
    return {
      frames: this.#frames,
      mostHeld: this.#mostHeld,
      overflowed: this.#overflowed,
      ranEmpty: this.#ranEmpty,
      emptyMs: this.#emptyMs,
    };
  }

  /** The frames that follow are those of another piece, before which silence is no fault. */
  piece(): void {
    this.#pieceBegins = true;
  }

  /** A frame comes. */
  frame(nowMs: number): void {
    const emptyMs = nowMs - this.#dryAtMs;
    if (emptyMs > 0 && !this.#pieceBegins) {
      this.#ranEmpty++;
      this.#emptyMs += emptyMs;
    }
    this.#pieceBegins = false;
    // The frame that is being played is not in the queue any more.
    const held = Math.ceil(Math.max(0, this.#dryAtMs - nowMs) / this.#frameMs - 1);
    if (held >= MOST_FRAMES) {
      this.#overflowed++;
      return;
    }
    this.#frames++;
    this.#mostHeld = Math.max(this.#mostHeld, held + 1);
    this.#dryAtMs = Math.max(this.#dryAtMs, nowMs) + this.#frameMs;
  }
}
