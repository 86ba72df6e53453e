/** So fine that what lies between is off by less than a sample of 16 bits can tell. */
const STEPS = 8_192;
/** A turn of the cosine. */
const table = Float64Array.from(
  { length: STEPS + 1 },
  (_, step) => Math.cos(2 * Math.PI * step / STEPS),
);

/** The cosine of an angle in turns; several times as fast as `Math.cos`. */
export function cosineOf(turns: number): number {
  const place = (turns - Math.floor(turns)) * STEPS;
  const step = place | 0;
  const before = table[step] ?? 0;
  return before + ((table[step + 1] ?? 0) - before) * (place - step);
}

/** The sine of an angle in turns. */
export function sineOf(turns: number): number {
  return cosineOf(turns - 0.25);
}
