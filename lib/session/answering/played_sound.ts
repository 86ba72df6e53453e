import { BAND_ROW_MS, BandLevels, type BandRow, BANDS, OpusDecoder } from "../../audio/mod.ts";

/** How much of what was played is kept, in rows: 30 s. The oldest go. */
const MOST_ROWS = 1_500;
/** What is played where nothing is. */
const SILENCE: BandRow = new Float32Array(BANDS).fill(-100);
/** For how long after it was stopped nobody knows what a device plays, in ms. */
const STOPPING_MS = 700;

/** As many packets, the shortest that are played have 20 ms. The oldest go. */
const MOST_PACKETS = 1_500;

/** A frame that nobody has asked about yet. */
interface PlayedPacket {
  readonly packet: Uint8Array;
  readonly playsAtMs: number;
  /** What of it comes later is thrown away. */
  readonly untilMs: number;
}

/**
 * How the sound that a device plays rises and falls, band by band, and when: by that its echo is known. It is asked for seldom:
 * packets wait until then, and are decoded only if somebody asks.
 */
export class PlayedSound {
  readonly #decoder = new OpusDecoder();
  readonly #levels = new BandLevels();
  /** By when they are played, in rows since the clock's zero. */
  readonly #rows = new Map<number, BandRow>();
  #packets: PlayedPacket[] = [];
  #stoppedMs = -Infinity;

  /** A frame is sent that is played from `playsAtMs` on, on the process's clock. */
  frame(packet: Uint8Array, playsAtMs: number): void {
    this.#packets.push({ packet, playsAtMs, untilMs: Infinity });
    if (this.#packets.length > MOST_PACKETS) this.#packets.shift();
  }

  /** The device throws away what it was to play from now on. */
  stop(nowMs: number): void {
    this.#stoppedMs = nowMs;
    const last = Math.ceil(nowMs / BAND_ROW_MS);
    this.#packets = this.#packets.filter(({ playsAtMs }) => Math.round(playsAtMs / BAND_ROW_MS) <= last)
      .map((played) => ({ ...played, untilMs: Math.min(played.untilMs, nowMs) }));
    for (const index of this.#rows.keys()) if (index > last) this.#rows.delete(index);
  }

  #read(): void {
    for (const { packet, playsAtMs, untilMs } of this.#packets) {
      const first = Math.round(playsAtMs / BAND_ROW_MS);
      const last = Math.ceil(untilMs / BAND_ROW_MS);
      for (const [index, row] of this.#levels.push(this.#decoder.decode(packet)).entries()) {
        if (first + index <= last) this.#rows.set(first + index, row);
      }
    }
    this.#packets = [];
    for (const index of this.#rows.keys()) {
      if (this.#rows.size <= MOST_ROWS) break;
      this.#rows.delete(index);
    }
  }

  /** What is played at a time; `undefined` where nobody knows, as when it was stopped: its end is no sign of an echo. */
  at(ms: number): BandRow | undefined {
    if (this.#packets.length > 0) this.#read();
    const row = this.#rows.get(Math.round(ms / BAND_ROW_MS));
    if (row !== undefined) return row;
    return ms >= this.#stoppedMs && ms < this.#stoppedMs + STOPPING_MS ? undefined : SILENCE;
  }

  /** Whether nothing was played. */
  get isEmpty(): boolean {
    return this.#rows.size === 0 && this.#packets.length === 0;
  }

  /** Lets go of all. May be called twice. */
  close(): void {
    this.#decoder.close();
    this.#rows.clear();
    this.#packets = [];
  }
}
