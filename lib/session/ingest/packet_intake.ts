import {
  type AudioChunk,
  isWellFramedOpusPacket,
  MAX_OPUS_PACKET_BYTES,
  MAX_PACKET_BYTES,
  opusPacketDurationMs,
} from "../../audio/mod.ts";
import type { SessionCounters } from "../counters.ts";
import type { SessionContext } from "../session_context.ts";

/** A packet of which it is known that it can be decoded. */
export type SoundingPacket = Pick<AudioChunk, "receivedMs" | "durationMs" | "opus">;

/** Options of a {@linkcode PacketIntake}. */
export interface PacketIntakeOptions extends Pick<SessionContext, "counters"> {
  /** Whether somebody may decode packets; otherwise they pass as they are, and may be larger. */
  readonly decodes: boolean;
}

/**
 * What of a device's packets is sound, and its order: they are numbered as they come, since no transport reorders them and
 * time stamps are no clock. Nothing is decoded for it; a packet that could not be costs a counter and nothing else.
 */
export class PacketIntake {
  /** Whether somebody may decode packets. */
  decodes: boolean;
  // With many devices, each step on the way to a field is a wait for memory: what a packet needs is at hand.
  readonly #counters: SessionCounters;
  #seq = 0;

  /** The first chunk is number 0. */
  constructor({ counters, decodes }: PacketIntakeOptions) {
    this.#counters = counters;
    this.decodes = decodes;
  }

  /** Reads a packet that came at `receivedMs`; `undefined` when it is no sound. */
  read(opus: Uint8Array, receivedMs: number): SoundingPacket | undefined {
    const durationMs = opusPacketDurationMs(opus);
    const maxBytes = this.decodes ? MAX_PACKET_BYTES : MAX_OPUS_PACKET_BYTES;
    if (durationMs === undefined || opus.length > maxBytes || !isWellFramedOpusPacket(opus)) {
      this.#counters.audioUndecodable++;
      return undefined;
    }
    this.#counters.audioChunks++;
    return { receivedMs, durationMs, opus };
  }

  /** The chunk of a packet, which is the next one. */
  number({ receivedMs, durationMs, opus }: SoundingPacket): AudioChunk {
    return { seq: this.#seq++, receivedMs, durationMs, opus };
  }
}
