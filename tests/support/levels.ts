/** How long the frames are that a level is measured over, in ms. */
const FRAME_MS = 20;
/** Frames at most so much quieter than the loud ones are voiced, in dB. */
const VOICED_RANGE_DB = 20;

/** The RMS of 16-bit samples in dB to full scale. */
export function rmsDb(pcm: Int16Array): number {
  return 10 * Math.log10(pcm.reduce((sum, value) => sum + value ** 2, 0) / pcm.length / 32_768 ** 2);
}

/** The same of the voiced parts alone. */
export function voicedDb(pcm: Int16Array, sampleRateHz: number): number {
  const length = sampleRateHz * FRAME_MS / 1_000;
  const levels = Array.from(
    { length: Math.floor(pcm.length / length) },
    (_, index) => rmsDb(pcm.subarray(index * length, (index + 1) * length)),
  );
  const loud = levels.toSorted((a, b) => b - a)[Math.max(1, Math.floor(levels.length * 0.03))] ?? -Infinity;
  const voiced = levels.filter((level) => level >= loud - VOICED_RANGE_DB);
  return 10 * Math.log10(voiced.reduce((sum, level) => sum + 10 ** (level / 10), 0) / voiced.length);
}

/** The largest sample in dB to full scale. */
export function peakDb(pcm: Int16Array): number {
  return 20 * Math.log10(pcm.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0) / 32_768);
}

/** The same sound with voiced parts of so many dB to full scale; what is beyond full scale is cut off. */
export function withVoicedDb(pcm: Int16Array, db: number, sampleRateHz: number): Int16Array<ArrayBuffer> {
  const gain = 10 ** ((db - voicedDb(pcm, sampleRateHz)) / 20);
  return Int16Array.from(pcm, (value) => Math.max(-32_768, Math.min(32_767, Math.round(value * gain))));
}

/** A tone whose phase goes on at the sample `from`. */
export function tone(
  samples: number,
  { hz = 440, sampleRateHz, amplitude = 8_000, from = 0 }: {
    readonly hz?: number;
    readonly sampleRateHz: number;
    readonly amplitude?: number;
    readonly from?: number;
  },
): Int16Array<ArrayBuffer> {
  return Int16Array.from(
    { length: samples },
    (_, index) => Math.round(amplitude * Math.sin(2 * Math.PI * hz * (from + index) / sampleRateHz)),
  );
}
