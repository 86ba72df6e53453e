/**
 * What a device holds of the frames that it was sent, in the best and in the worst case: it plays one a frame duration
 * while it has any. In the worst case a frame has come only when the device is known to have read it, so that after a
 * stall of the network everything may come at once.
 */
export class Playback {
  readonly #frameMs: number;
  /** When the device has played everything, if each frame came at once. */
  #dryAtMs = 0;
  /** The same, if each came when it was known to have been read. */
  #lateDryAtMs = 0;
  /** Where each frame ends that is not known to have been read, in bytes of the outbox. */
  #unread: number[] = [];
  /** Whether it is ever known what the device has read. */
  #tells = false;

  /** Nothing was sent. */
  constructor(frameMs: number) {
    this.#frameMs = frameMs;
  }

  /** A frame was sent that ends at `position` of the outbox; gives when it is played if the network is well. */
  sent(position: number, nowMs: number): number {
    const playsAtMs = Math.max(this.#dryAtMs, nowMs);
    this.#dryAtMs = playsAtMs + this.#frameMs;
    this.#unread.push(position);
    return playsAtMs;
  }

  /** The device has read up to `position`; `undefined` where nobody can tell. */
  read(position: number | undefined, nowMs: number): void {
    this.#tells = position !== undefined;
    const frames = position === undefined
      ? this.#unread.length
      : this.#unread.findLastIndex((end) => end <= position) + 1;
    if (frames === 0) return;
    this.#unread.splice(0, frames);
    this.#lateDryAtMs = Math.max(this.#lateDryAtMs, nowMs) + frames * this.#frameMs;
  }

  /** How many frames it holds if the network is well. */
  held(nowMs: number): number {
    return Math.max(0, this.#dryAtMs - nowMs) / this.#frameMs;
  }

  /** How many frames its queue may have to hold at most. */
  heldAtMost(nowMs: number): number {
    return Math.max(0, this.#lateDryAtMs - nowMs) / this.#frameMs + this.#unread.length;
  }

  /** When it has played everything, as far as is known; `undefined` while it has not read everything. */
  endMs(): number | undefined {
    if (this.#tells && this.#unread.length > 0) return undefined;
    return this.#tells ? this.#lateDryAtMs : this.#dryAtMs;
  }

  /** The device has thrown away what it held. */
  clear(nowMs: number): void {
    this.#dryAtMs = this.#lateDryAtMs = nowMs;
    this.#unread = [];
  }
}
