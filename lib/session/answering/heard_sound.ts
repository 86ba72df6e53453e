import {
  type AudioChunk,
  BAND_ROW_MS,
  BandLevels,
  type BandRow,
  type NumberedPacket,
  PacketDecoder,
} from "../../audio/mod.ts";

/** How much of a turn's sound is kept, in ms. The oldest goes. */
const MOST_MS = 10_000;
const MOST_ROWS = MOST_MS / BAND_ROW_MS;

/** A part of a turn's sound. */
export type HeardPacket = NumberedPacket & Pick<AudioChunk, "receivedMs">;

/**
 * How the sound of a turn rises and falls, band by band, and when it was captured. It is asked for seldom: packets wait until
 * then, and are decoded only if somebody asks.
 */
export class HeardSound {
  readonly #levels = new BandLevels();
  readonly #rows: BandRow[] = [];
  /** What came since it was asked for the last time. */
  #packets: HeardPacket[] = [];
  #packetsMs = 0;
  #droppedRows = 0;
  #soundMs = 0;
  #beganMs = Infinity;

  /** Takes the next packet. */
  push({ seq, receivedMs, durationMs, opus }: HeardPacket): void {
    this.#soundMs += durationMs;
    // What came with the least delay tells when all of it was captured.
    this.#beganMs = Math.min(this.#beganMs, receivedMs - this.#soundMs);
    this.#packets.push({ seq, receivedMs, durationMs, opus });
    this.#packetsMs += durationMs;
    while (this.#packetsMs > MOST_MS) {
      // What was read already is older still.
      this.#droppedRows += this.#rows.splice(0).length;
      const droppedMs = this.#packets.shift()?.durationMs ?? this.#packetsMs;
      this.#packetsMs -= droppedMs;
      this.#droppedRows += droppedMs / BAND_ROW_MS;
    }
  }

  /** The latest of it, the oldest first. */
  get rows(): readonly BandRow[] {
    if (this.#packets.length > 0) this.#read();
    return this.#rows;
  }

  /** When the first of {@linkcode rows} was captured, about, on the process's clock, in ms. */
  get fromMs(): number {
    if (this.#packets.length > 0) this.#read();
    return this.#beganMs + this.#droppedRows * BAND_ROW_MS;
  }

  #read(): void {
    const decoder = new PacketDecoder();
    try {
      for (const packet of this.#packets) this.#rows.push(...this.#levels.push(decoder.decode(packet)));
    } finally {
      decoder.close();
    }
    this.#packets = [];
    this.#packetsMs = 0;
    const over = this.#rows.length - MOST_ROWS;
    if (over <= 0) return;
    this.#rows.splice(0, over);
    this.#droppedRows += over;
  }
}
