/** Zero crossings of the sinc on each side: 32 keep the stop band below -80 dB. */
const ZERO_CROSSINGS = 32;
/** The share of the narrower band that is passed unharmed; the rest is where the filter falls off. */
const PASS_BAND = 0.92;
/**
 * The most filters that are made: rates with little in common would need thousands, for an input of any length.
 * Rounding a place to 1/1024 of a sample of the lower rate costs less than 16 bits do; the usual rates need at most
 * 640. Going down, filters are longer by as much as there are fewer of them.
 */
const MAX_PHASES = 1_024;
/** Shape of the Kaiser window: 8.0 gives about 80 dB of rejection. */
const KAISER_BETA = 8;

/**
 * Changes the sample rate of mono sound with a windowed sinc, cutting off what the lower rate cannot carry.
 * Gives `ceil(length * toHz / fromHz)` samples.
 */
export function resample(samples: Float32Array, fromHz: number, toHz: number): Float32Array {
  return resampler(fromHz, toHz)(samples);
}

/** The output samples that are wanted, `from` up to but without `through`: whole numbers within the output. */
export interface OutputRange {
  readonly from: number;
  readonly through: number;
}

/** Changes the rate of all samples; with a range it gives, and computes, only that part of the output. */
export type Resampler = (samples: Float32Array, range?: OutputRange) => Float32Array;

/** The same as a function, whose filters are made once. */
export function resampler(fromHz: number, toHz: number): Resampler {
  if (fromHz === toHz) return (samples, range) => range ? samples.slice(range.from, range.through) : samples;
  const filters = filtersFor(fromHz, toHz);
  const { up, down } = filters;
  return (samples, range = { from: 0, through: Math.ceil(samples.length * up / down) }) =>
    convolve(samples, filters, range);
}

/** What leads from one rate to another: `up` output samples for every `down` input samples. */
export interface Filters {
  /** One filter for each place that an output sample can have between two input samples; all of one length. */
  readonly phases: readonly Float64Array[];
  /** Output samples after which the places repeat. */
  readonly up: number;
  /** Input samples after which the places repeat. */
  readonly down: number;
  /** How many input samples before and behind its place an output sample depends on, at most. */
  readonly reach: number;
}

/** Makes the filters between two rates, whole numbers of Hz. */
export function filtersFor(fromHz: number, toHz: number): Filters {
  const divisor = greatestCommonDivisor(fromHz, toHz);
  const up = toHz / divisor;
  const down = fromHz / divisor;
  const ratio = Math.min(1, up / down);
  const phases = filterBank(Math.min(up, Math.ceil(MAX_PHASES * ratio)), { cutoff: ratio * PASS_BAND });
  return { phases, up, down, reach: (phases[0]?.length ?? 0) / 2 + 1 };
}

/** The output samples of `range`; `samples` begin at the input sample `start`, and around them there is silence. */
export function convolve(
  samples: Float32Array,
  { phases, up, down }: Filters,
  { start = 0, ...range }: OutputRange & { readonly start?: number },
): Float32Array {
  const count = phases.length;
  const output = new Float32Array(range.through - range.from);
  for (let i = 0; i < output.length; i++) {
    const position = (range.from + i) * down;
    const place = Math.round((position % up) * count / up);
    const filter = phases[place % count];
    if (filter === undefined) break; // there is one for every phase
    const whole = Math.floor(position / up) + (place === count ? 1 : 0);
    const first = whole - filter.length / 2 + 1 - start;
    let sum = 0;
    const from = Math.max(0, -first);
    const through = Math.min(filter.length, samples.length - first);
    for (let tap = from; tap < through; tap++) sum += (filter[tap] ?? 0) * (samples[first + tap] ?? 0);
    output[i] = sum;
  }
  return output;
}

/** One filter for each place that an output sample can have between two input samples. */
function filterBank(count: number, { cutoff }: { readonly cutoff: number }): readonly Float64Array[] {
  const halfWidth = Math.ceil(ZERO_CROSSINGS / cutoff);
  return Array.from({ length: count }, (_, phase) => {
    const taps = new Float64Array(2 * halfWidth);
    let gain = 0;
    for (let tap = 0; tap < taps.length; tap++) {
      const distance = tap - halfWidth + 1 - phase / count;
      const value = cutoff * sinc(cutoff * distance) * kaiser(distance / halfWidth);
      taps[tap] = value;
      gain += value;
    }
    return taps.map((value) => value / gain);
  });
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel(KAISER_BETA);
}

/** The modified Bessel function of the first kind and order zero, by its series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
