import type { Packets } from "./packets.ts";

/** What a sound, and each of its packets, takes besides the packets' bytes. */
const OVERHEAD_BYTES = 256;

interface Held {
  readonly packets: Packets;
  readonly isPiece: boolean;
  readonly sizeBytes: number;
}

/** Sounds in memory, by name, within so many bytes; what was not played for the longest goes first. */
export class PacketMemory {
  readonly #maxBytes: number;
  /** As they were played last, the newest last. */
  readonly #held = new Map<string, Held>();
  #bytes = 0;
  #evicted = 0;

  /** Holds nothing. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What it holds, as charged, and how many sounds went for want of room. */
  get stats(): { readonly bytes: number; readonly evicted: number } {
    return { bytes: this.#bytes, evicted: this.#evicted };
  }

  /** The sound of that name. */
  get(name: string): Packets | undefined {
    const held = this.#held.get(name);
    if (held === undefined) return undefined;
    this.#held.delete(name);
    this.#held.set(name, held);
    return held.packets;
  }

  /** Takes a sound in: a piece of an answer, or a fixed sentence. One that is larger than all of the room is not kept. */
  set(name: string, packets: Packets, { isPiece }: { readonly isPiece: boolean }): void {
    this.#delete(name);
    const sizeBytes = packets.reduce((sum, packet) => sum + packet.length + OVERHEAD_BYTES, OVERHEAD_BYTES);
    if (sizeBytes > this.#maxBytes) {
      this.#evicted++;
      return;
    }
    this.#held.set(name, { packets, isPiece, sizeBytes });
    this.#bytes += sizeBytes;
    for (const oldest of this.#held.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#delete(oldest);
      this.#evicted++;
    }
  }

  /** Lets go of every piece of an answer. */
  dropPieces(): void {
    for (const [name, { isPiece }] of this.#held) if (isPiece) this.#delete(name);
  }

  #delete(name: string): void {
    this.#bytes -= this.#held.get(name)?.sizeBytes ?? 0;
    this.#held.delete(name);
  }
}
