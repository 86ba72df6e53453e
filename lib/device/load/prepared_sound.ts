import { OpusEncoder } from "../../audio/mod.ts";
import { encodeFrame } from "../../protocol/mod.ts";
import { encodeClientFrame, OPCODE } from "../websocket_frame.ts";
import { canStamp, type PacketStamp, STAMP_BYTES, writeStamp } from "./packet_stamp.ts";

/** How sound is cut and framed. */
export interface SoundFormat {
  /** How long one packet sounds, in ms. */
  readonly frameMs: 20 | 60;
  /** The layout of binary frames. */
  readonly frameVersion: 1 | 2 | 3;
}

/** A packet as it goes over the wire: framed, and masked as a client must. Never changed, so devices share it. */
export interface PreparedPacket {
  /** All of its bytes. */
  readonly frame: Uint8Array<ArrayBuffer>;
  /** Where the second byte of the Opus packet stands; 0 when a stamp does not fit. */
  readonly stampAt: number;
}

const SAMPLES_PER_MS = 16;
const SILENCE_MS = 6_000;
const LEVEL_SAMPLES = 20 * SAMPLES_PER_MS;
const QUIET_RATIO = 50;

/** Encodes 16 kHz mono sound once, for as many devices as will say it; the last packet is filled with silence. */
export function prepareSound(pcm: Int16Array, format: SoundFormat): readonly PreparedPacket[] {
  const encoder = new OpusEncoder({ sampleRateHz: 16_000, dtx: true });
  const frameSamples = format.frameMs * SAMPLES_PER_MS;
  const packets: PreparedPacket[] = [];
  try {
    for (let at = 0; at < pcm.length; at += frameSamples) {
      const frame = new Int16Array(frameSamples);
      frame.set(pcm.subarray(at, at + frameSamples));
      packets.push(preparePacket(encoder.encode(frame), format.frameVersion));
    }
  } finally {
    encoder.close();
  }
  return packets;
}

/** The sound without the silence at its end: what is quieter than a fiftieth of its loudest 20 ms. */
export function withoutTail(pcm: Int16Array): Int16Array {
  const levels = Array.from({ length: Math.ceil(pcm.length / LEVEL_SAMPLES) }, (_, index) => {
    const part = pcm.subarray(index * LEVEL_SAMPLES, (index + 1) * LEVEL_SAMPLES);
    return part.reduce((sum, sample) => sum + Math.abs(sample), 0) / part.length;
  });
  const quiet = levels.reduce((loudest, level) => Math.max(loudest, level), 0) / QUIET_RATIO;
  return pcm.subarray(0, (levels.findLastIndex((level) => level > quiet) + 1) * LEVEL_SAMPLES);
}

/** Silence as firmware's encoder sends it: mostly packets of a byte or two. */
export function prepareSilence(format: SoundFormat): readonly PreparedPacket[] {
  return prepareSound(new Int16Array(SILENCE_MS * SAMPLES_PER_MS), format);
}

/** Frames and masks one packet. */
export function preparePacket(packet: Uint8Array<ArrayBuffer>, frameVersion: 1 | 2 | 3): PreparedPacket {
  const frame = encodeClientFrame(OPCODE.binary, encodeFrame(frameVersion, packet));
  return { frame, stampAt: canStamp(packet) ? frame.length - packet.length + 1 : 0 };
}

/** A copy of the packet's frame with a stamp in it; the frame itself when none fits. */
export function stamped(packet: PreparedPacket, stamp: PacketStamp): Uint8Array<ArrayBuffer> {
  if (packet.stampAt === 0) return packet.frame;
  const frame = packet.frame.slice();
  writeStamp(new DataView(frame.buffer), packet.stampAt, stamp);
  const bodyAt = bodyOffset(frame);
  for (let at = packet.stampAt; at < packet.stampAt + STAMP_BYTES; at++) {
    frame[at] = (frame[at] ?? 0) ^ (frame[bodyAt - 4 + ((at - bodyAt) & 3)] ?? 0);
  }
  return frame;
}

/** Where a frame's content begins, after its length and its mask. */
function bodyOffset(frame: Uint8Array): number {
  const length = (frame[1] ?? 0) & 0x7f;
  return length < 126 ? 6 : length === 126 ? 8 : 14;
}
