import { NoiseSource } from "./noise_source.ts";
import { pulsesOf } from "./pulses.ts";
import { type FrameSpectrum, ShortTimeFourier } from "./short_time_fourier.ts";
import { cosineOf, sineOf } from "./wave_table.ts";

/** Samples a second. */
export const HIBARI_SAMPLE_RATE_HZ = 24_000;
/** How much sound one transform sees, in samples. */
const WINDOW_SAMPLES = 1_200;
/** From one frame to the next: 12.5 ms. */
const FRAME_SAMPLES = WINDOW_SAMPLES / 4;
/** Frequencies from 0 to half the sample rate. */
const BINS = WINDOW_SAMPLES / 2 + 1;
/** A magnitude is at most e to the power of this. */
const MAX_LOG_MAGNITUDE = 7;

/** What the network says of a stretch of speech, frame by frame: 601 rows of one value for each frame, but the pitch. */
export interface HibariFrames {
  /** The logarithm of how strong each frequency of the pulses is. */
  readonly pulseGain: Float32Array;
  /** How far each of them is turned: its tanh, in half turns. */
  readonly pulseTurn: Float32Array;
  /** The logarithm of how strong the noise is. */
  readonly noiseGain: Float32Array;
  /** The logarithm of what is added besides, */
  readonly restGain: Float32Array;
  /** and its phase, in radians. */
  readonly restPhase: Float32Array;
  /** In Hz; below 40 there is none. */
  readonly pitchHz: Float32Array;
}

/** No magnitude of a pulse is as small as this. */
const SILENT = 1e-9;

const transform = new ShortTimeFourier(WINDOW_SAMPLES);

/** The sound of what the network says: 24 kHz mono, the same each time. Throws a `TypeError` for frames that miss values. */
export function soundOfFrames(frames: HibariFrames): Int16Array {
  const count = frames.pitchHz.length;
  assertWhole(frames, count);
  const pulses = pulsesOf(frames.pitchHz, {
    frameSamples: FRAME_SAMPLES,
    sampleRateHz: HIBARI_SAMPLE_RATE_HZ,
  });
  const padded = new Float64Array(transform.paddedSamples(count + 1));
  const pair = [transform.newFrame(), transform.newFrame()] as const;
  const noise = new NoiseSource();
  for (let index = 0; index < count; index += 2) {
    transform.analyze(pulses, index, pair);
    shape(pair[0], frames, { index, noise });
    if (index + 1 < count) shape(pair[1], frames, { index: index + 1, noise });
    else for (const part of [pair[1].re, pair[1].im]) part.fill(0);
    transform.synthesize(padded, index, pair);
  }
  return toSamples(transform.finish(padded, count));
}

/** Makes a frame of the pulses what the network wants it to be, and adds noise and the rest. */
function shape(
  { re, im }: FrameSpectrum,
  { pulseGain, pulseTurn, noiseGain, restGain, restPhase, pitchHz }: HibariFrames,
  { index, noise }: { readonly index: number; readonly noise: NoiseSource },
): void {
  for (let bin = 0, at = index; bin < BINS; bin++, at += pitchHz.length) {
    const pulseRe = re[bin] ?? 0;
    const pulseIm = im[bin] ?? 0;
    const hiss = magnitude(noiseGain[at]);
    const rest = magnitude(restGain[at]);
    const phase = (restPhase[at] ?? 0) / (2 * Math.PI);
    let shapedRe = hiss * noise.next() + rest * cosineOf(phase);
    let shapedIm = hiss * noise.next() + rest * sineOf(phase);
    // Where there is no pitch there are no pulses either.
    if (Math.abs(pulseRe) + Math.abs(pulseIm) > SILENT) {
      const turns = tanh(pulseTurn[at] ?? 0) / 2;
      const gain = magnitude(pulseGain[at]);
      const x = gain * cosineOf(turns);
      const y = gain * sineOf(turns);
      shapedRe += pulseRe * x - pulseIm * y;
      shapedIm += pulseRe * y + pulseIm * x;
    }
    re[bin] = shapedRe;
    im[bin] = shapedIm;
  }
}

function toSamples(sound: Float64Array): Int16Array {
  const pcm = new Int16Array(sound.length);
  for (let at = 0; at < pcm.length; at++) pcm[at] = 32_767 * Math.min(1, Math.max(-1, sound[at] ?? 0));
  return pcm;
}

function magnitude(logarithm = -Infinity): number {
  return Math.exp(Math.min(logarithm, MAX_LOG_MAGNITUDE));
}

/** As `Math.tanh`, which takes three times as long. */
function tanh(value: number): number {
  return 1 - 2 / (Math.exp(2 * value) + 1);
}

function assertWhole({ pitchHz: _, ...rows }: HibariFrames, count: number): void {
  for (const [name, { length }] of Object.entries(rows)) {
    if (length !== BINS * count) {
      throw new TypeError(`Cannot make sound: ${name} has ${length} values, not ${BINS * count}`);
    }
  }
}
