import type { SoundPiece } from "./sound_file.ts";

/** Sound that came as Opus, mono, as it is: it was not decoded yet. */
export interface UndecodedOpus {
  /** Its packets; they hold until the next sound is asked for. */
  readonly packets: readonly Uint8Array[];
  /** Whether a stream begins with them, so that their encoder is another one than that of the packets before. */
  readonly begins: boolean;
  /** How long they sound, in ms, with what their encoder has put before and after. */
  readonly durationMs: number;
  /** Whether somebody has taken them. */
  readonly isTaken: boolean;
  /**
   * A copy of them, for who plays them as they are: then they are not decoded any more. `undefined` where they were
   * decoded, as they are once the next sound is asked for, which then has none that can be taken.
   */
  take(): readonly Uint8Array<ArrayBuffer>[] | undefined;
}

/** The packets of a piece as its stream gives them. */
export interface ReadyPackets extends Pick<UndecodedOpus, "packets" | "begins" | "durationMs"> {
  /** Told when they are taken. */
  readonly onTaken: (taken: readonly Uint8Array<ArrayBuffer>[]) => void;
}

/** What one page of an Opus stream says, decoded when its samples are asked for first. */
export class OpusPiece implements SoundPiece {
  readonly channels: 1 | 2;
  readonly opus: UndecodedOpus | undefined;
  readonly #decode: () => Float32Array;
  #samples: Float32Array | undefined;

  /** Without `ready` it can only be had decoded. */
  constructor(channels: 1 | 2, decode: () => Float32Array, ready: ReadyPackets | undefined) {
    this.channels = channels;
    this.#decode = decode;
    if (ready === undefined) return;
    const { packets, begins, durationMs, onTaken } = ready;
    let isTaken = false;
    this.opus = {
      packets,
      begins,
      durationMs,
      get isTaken() {
        return isTaken;
      },
      take: () => {
        if (this.#samples !== undefined || isTaken) return undefined;
        isTaken = true;
        const taken = copiesOf(packets);
        onTaken(taken);
        return taken;
      },
    };
  }

  /** Throws `TypeError` where its packets were taken. */
  get samples(): Float32Array {
    if (this.opus?.isTaken === true) throw new TypeError("Cannot decode: the packets were taken as they are");
    return this.#samples ??= this.#decode();
  }

  /** The next page is due: what was not taken is decoded. */
  settle(): void {
    if (this.opus?.isTaken !== true) void this.samples;
  }
}

/** All in one buffer, which costs less than one each. */
function copiesOf(packets: readonly Uint8Array[]): Uint8Array<ArrayBuffer>[] {
  let sizeBytes = 0;
  for (const { length } of packets) sizeBytes += length;
  const buffer = new ArrayBuffer(sizeBytes);
  let at = 0;
  return packets.map((packet) => {
    const copy = new Uint8Array(buffer, at, packet.length);
    copy.set(packet);
    at += packet.length;
    return copy;
  });
}
