import { EarshotError } from "../../errors/mod.ts";
import { opusPacketDurationMs } from "../../audio/mod.ts";
import type { SoundPacket } from "../contract.ts";

/** Packets as they cross the pipe: three arrays, however many packets, since each array costs its own way. */
export interface PackedPackets {
  /** The number of each. */
  readonly seqs: Uint32Array;
  /** How many bytes each has. */
  readonly sizes: Uint32Array;
  /** All of them, one after the other. */
  readonly bytes: Uint8Array;
}

/** Puts packets side by side. */
export function packPackets(packets: readonly SoundPacket[]): PackedPackets {
  const seqs = new Uint32Array(packets.length);
  const sizes = new Uint32Array(packets.length);
  let total = 0;
  for (const [index, { seq, opus }] of packets.entries()) {
    seqs[index] = seq;
    sizes[index] = opus.length;
    total += opus.length;
  }
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const { opus } of packets) {
    bytes.set(opus, at);
    at += opus.length;
  }
  return { seqs, sizes, bytes };
}

/** Takes them apart again. Throws `internal` where the arrays do not go together. */
export function unpackPackets({ seqs, sizes, bytes }: PackedPackets): readonly SoundPacket[] {
  const packets: SoundPacket[] = [];
  let at = 0;
  for (const [index, seq] of seqs.entries()) {
    const end = at + (sizes[index] ?? 0);
    const opus = bytes.subarray(at, end);
    packets.push({ seq, opus, durationMs: opusPacketDurationMs(opus) ?? 0 });
    at = end;
  }
  if (at === bytes.length && sizes.length === seqs.length) return packets;
  throw new EarshotError("internal", "Cannot read packets: their sizes are not those of their bytes");
}
