/** Digital silence counts as this. */
export const SILENCE_DB = -100;

/** The factor on samples that raises them by so many dB. */
export function gainOf(db: number): number {
  return 10 ** (db / 20);
}

/** The mean of the squares of samples of -1 to 1, from `from` up to but without `through`. */
export function meanSquare(samples: Float32Array, from = 0, through: number = samples.length): number {
  if (through <= from) return 0;
  let sum = 0;
  for (let index = from; index < through; index++) sum += (samples[index] ?? 0) ** 2; // no iterator: on the audio path
  return sum / (through - from);
}

/** A mean square in dB to full scale. */
export function decibelsOf(square: number): number {
  return square > 0 ? Math.max(SILENCE_DB, 10 * Math.log10(square)) : SILENCE_DB;
}
