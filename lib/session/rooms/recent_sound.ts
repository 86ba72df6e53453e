import { type AudioChunk, loudnessOf, OpusDecoder } from "../../audio/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import { STRETCH_MS, voiceLevelDb } from "./voice_level.ts";

/** How much sound is kept, in ms: a wake word, as firmware uploads it, is in the last 2 s. The oldest goes. */
const KEPT_MS = 2_400;
/** What came longer ago has nothing to do with a wake word, in ms. */
const RECENT_MS = 3_500;
const STRETCH_SAMPLES = 16_000 * STRETCH_MS / 1_000;

/** A packet: its levels, or, where nobody has decoded it, what to decode. */
interface Packet {
  readonly receivedMs: number;
  readonly durationMs: number;
  readonly levels: readonly number[] | undefined;
  readonly opus: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** How loud the voice was that a device has sent last, whether it was listened to or not. */
export class RecentSound {
  readonly #packets: Packet[] = [];
  #keptMs = 0;

  /** One more packet. */
  push({ receivedMs, durationMs, opus, pcm }: AudioChunk): void {
    const levels = pcm && levelsOf(pcm);
    this.#packets.push({ receivedMs, durationMs, levels, opus: pcm === undefined ? opus : NOTHING });
    this.#keptMs += durationMs;
    while (this.#keptMs > KEPT_MS) this.#keptMs -= this.#packets.shift()?.durationMs ?? this.#keptMs;
  }

  /** How loud it was, in dB to full scale; `undefined` where there was none. */
  levelDb(nowMs: number): number | undefined {
    const recent = this.#packets.filter(({ receivedMs }) => receivedMs > nowMs - RECENT_MS);
    return voiceLevelDb(
      recent.some(({ levels }) => levels === undefined)
        ? decodedLevels(recent)
        : recent.flatMap(({ levels = [] }) => levels),
    );
  }

  /** Forgets it. */
  clear(): void {
    this.#packets.length = 0;
    this.#keptMs = 0;
  }
}

/** Only a wake word makes somebody ask, so what is not decoded anyway is decoded then. */
function decodedLevels(packets: readonly Packet[]): readonly number[] {
  const decoder = new OpusDecoder();
  try {
    return packets.flatMap(({ levels, opus }) => levels ?? levelsOf(decoder.decode(opus)));
  } catch (thrown) {
    if (EarshotError.from(thrown).code !== "audio.decode") throw thrown;
    return []; // nobody knows
  } finally {
    decoder.close();
  }
}

function levelsOf(pcm: Int16Array): readonly number[] {
  return Array.from(
    { length: Math.floor(pcm.length / STRETCH_SAMPLES) },
    (_, index) => loudnessOf(pcm.subarray(index * STRETCH_SAMPLES, (index + 1) * STRETCH_SAMPLES)),
  );
}
