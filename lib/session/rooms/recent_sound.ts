import { type AudioChunk, loudnessOf, PacketDecoder } from "../../audio/mod.ts";
import { STRETCH_MS, voiceLevelDb } from "./voice_level.ts";

/** How much sound is kept, in ms: a wake word, as firmware uploads it, is in the last 2 s. The oldest goes. */
const KEPT_MS = 2_400;
/** What came longer ago has nothing to do with a wake word, in ms. */
const RECENT_MS = 3_500;
const STRETCH_SAMPLES = 16_000 * STRETCH_MS / 1_000;

/** A packet that a device has sent. */
export type RecentPacket = Pick<AudioChunk, "receivedMs" | "durationMs" | "opus">;

/** How loud the voice was that a device has sent last, whether it was listened to or not. */
export class RecentSound {
  readonly #packets: RecentPacket[] = [];
  #keptMs = 0;

  /** One more packet. */
  push(packet: RecentPacket): void {
    this.#packets.push(packet);
    this.#keptMs += packet.durationMs;
    while (this.#keptMs > KEPT_MS) this.#keptMs -= this.#packets.shift()?.durationMs ?? this.#keptMs;
  }

  /** How loud it was, in dB to full scale; `undefined` where there was none. */
  levelDb(nowMs: number): number | undefined {
    const recent = this.#packets.filter(({ receivedMs }) => receivedMs > nowMs - RECENT_MS);
    return voiceLevelDb(levelsOf(recent));
  }

  /** Forgets it. */
  clear(): void {
    this.#packets.length = 0;
    this.#keptMs = 0;
  }
}

/** Only a wake word makes somebody ask: it is decoded then. */
function levelsOf(packets: readonly RecentPacket[]): readonly number[] {
  const decoder = new PacketDecoder();
  try {
    return packets.flatMap(({ durationMs, opus }, seq) => {
      const pcm = decoder.decode({ seq, durationMs, opus });
      return Array.from(
        { length: Math.floor(pcm.length / STRETCH_SAMPLES) },
        (_, index) => loudnessOf(pcm.subarray(index * STRETCH_SAMPLES, (index + 1) * STRETCH_SAMPLES)),
      );
    });
  } finally {
    decoder.close();
  }
}
