import { OpusDecoder } from "../../../lib/audio/mod.ts";

const HZ = 16_000;
const FRAME_SAMPLES = HZ * 60 / 1_000;

/** What a device hears of itself: the frames that it plays, so much quieter, from when they are played. */
export class Echo {
  readonly #decoder = new OpusDecoder({ sampleRateHz: HZ });
  readonly #gain: number;
  #sound: Int16Array[] = [];
  #playsUntilMs = 0;
  #extra: Int16Array | undefined;

  /** Nothing is played. */
  constructor(levelDb: number) {
    this.#gain = 10 ** (levelDb / 20);
  }

  /** A frame is played after those before it. */
  played(opus: Uint8Array<ArrayBuffer>): void {
    const nowMs = performance.now();
    if (nowMs > this.#playsUntilMs) this.#sound = [];
    this.#sound.push(this.#decoder.decode(opus).map((sample) => sample * this.#gain));
    this.#playsUntilMs = Math.max(this.#playsUntilMs, nowMs) + 60;
  }

  /** The answer was stopped: the device throws away what it holds. */
  clear(): void {
    this.#sound = [];
    this.#playsUntilMs = 0;
  }

  /** Somebody makes this sound as well, from the next frame on. */
  besides(pcm: Int16Array): void {
    this.#extra = pcm;
  }

  /** The next frame of what the microphone hears. */
  next(): Int16Array | undefined {
    const own = this.#sound.shift();
    const extra = this.#extra;
    if (extra === undefined) return own;
    this.#extra = extra.length > FRAME_SAMPLES ? extra.subarray(FRAME_SAMPLES) : undefined;
    const frame = new Int16Array(FRAME_SAMPLES);
    return frame.map((_, at) => Math.max(-32_768, Math.min(32_767, (own?.[at] ?? 0) + (extra[at] ?? 0))));
  }

  close(): void {
    this.#decoder.close();
  }
}

/** A cough, made of noise: a burst through the throat, then its tail, at a level and of a length of its own. */
export function cough(random: () => number): Int16Array {
  const lengthMs = 180 + random() * 220;
  const level = 4_000 + random() * 12_000;
  let low = 0;
  const bursts = random() < 0.5 ? 1 : 2;
  const whole = new Int16Array(Math.round(bursts * (lengthMs + 120) * HZ / 1_000));
  for (let burst = 0; burst < bursts; burst++) {
    const from = Math.round(burst * (lengthMs + 120) * HZ / 1_000);
    for (let at = 0; at < lengthMs * HZ / 1_000; at++) {
      const ms = at * 1_000 / HZ;
      const shape = Math.min(1, ms / 8) * Math.exp(-ms / (lengthMs / 3));
      low = 0.6 * low + 0.4 * (2 * random() - 1);
      whole[from + at] = Math.round(level * shape * low * 1.5);
    }
  }
  return whole;
}
