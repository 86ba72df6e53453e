const TONE_HZ = 440;
const LOUD = 8_000;

/** A loud tone, 16 kHz mono: sound that needs no recording. */
export function tone(durationMs: number): Int16Array {
  const step = 2 * Math.PI * TONE_HZ / 16_000;
  return Int16Array.from({ length: durationMs * 16 }, (_, index) => LOUD * Math.sin(index * step));
}
