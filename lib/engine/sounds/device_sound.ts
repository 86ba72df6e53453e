import { LevelMeter, PacketDecoder } from "../../audio/mod.ts";
import type { SoundPacket } from "../contract.ts";

/** A packet that was decoded. */
export interface DecodedPacket {
  /** 16 kHz mono. */
  readonly pcm: Int16Array<ArrayBuffer>;
  /** The levels of the windows of 20 ms that are complete with it; none where nobody wanted them. */
  readonly levels: Uint8Array;
}

/** What is wanted of sound besides itself. */
export interface DecodeOptions {
  /** Whether its levels are wanted. Default: no. */
  readonly metered?: boolean;
}

const NO_LEVELS = new Uint8Array(0);

/** The sound of one device in the engine: its decoder, and what of it may be asked for again. */
export class DeviceSound {
  readonly #decoder = new PacketDecoder();
  readonly #meter = new LevelMeter();
  /** For packets that are brought after newer ones: what comes next shall be heard as if they had not been. */
  readonly #lateDecoder = new PacketDecoder();
  #decodedSeq = -1;
  /** By packet, in the order in which they came. */
  readonly #held = new Map<number, DecodedPacket>();
  #latestSeq = -1;
  /** Whether that is the order of their numbers: not where older ones were brought again. */
  #inOrder = true;
  #bytes = 0;
  #keepFromSeq = 0;

  /** What it holds, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A packet's sound: decoded once, while it is held. */
  decode(packet: SoundPacket, { metered = false }: DecodeOptions = {}): DecodedPacket {
    const held = this.#held.get(packet.seq);
    if (held !== undefined) return held;
    const decoded = packet.seq > this.#decodedSeq
      ? this.#decodeNext(packet, metered)
      : this.#decodeLate(packet);
    const { pcm } = decoded;
    if (packet.seq < this.#keepFromSeq) return decoded;
    this.#held.set(packet.seq, decoded);
    this.#inOrder &&= packet.seq > this.#latestSeq;
    this.#latestSeq = Math.max(this.#latestSeq, packet.seq);
    this.#bytes += pcm.byteLength;
    return decoded;
  }

  #decodeNext(packet: SoundPacket, metered: boolean): DecodedPacket {
    this.#decodedSeq = packet.seq;
    const pcm = this.#decoder.decode(packet);
    return { pcm, levels: metered ? this.#meter.push(pcm) : NO_LEVELS };
  }

  #decodeLate(packet: SoundPacket): DecodedPacket {
    return { pcm: this.#lateDecoder.decode(packet), levels: NO_LEVELS };
  }

  /** Lets go of what comes before packet `fromSeq`. */
  keepFrom(fromSeq: number): void {
    this.#keepFromSeq = Math.max(this.#keepFromSeq, fromSeq);
    for (const [seq, { pcm }] of this.#held) {
      if (seq >= this.#keepFromSeq) {
        if (this.#inOrder) return;
        continue;
      }
      this.#held.delete(seq);
      this.#bytes -= pcm.byteLength;
    }
    this.#inOrder ||= this.#held.size === 0;
  }

  /** Frees everything. May be called twice. */
  close(): void {
    this.#decoder.close();
    this.#lateDecoder.close();
    this.#held.clear();
    this.#bytes = 0;
  }
}
