import { Fourier } from "./fourier.ts";

/** One frame in the frequency domain, from 0 to half the sample rate. */
export interface FrameSpectrum {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * Sound in the frequency domain, frame by frame, and back. Each frame sees a window around its place in the sound, a
 * quarter of which is the step to the next. Two frames go through one transform, since samples are real.
 */
export class ShortTimeFourier {
  readonly #windowSamples: number;
  readonly #stepSamples: number;
  readonly #fourier: Fourier;
  /** Hann, without its last 0, so that windows a quarter apart add up evenly. */
  readonly #window: Float64Array;
  readonly #re: Float64Array;
  readonly #im: Float64Array;

  /** For windows of so many samples: a multiple of 4, with no prime factor above 5. */
  constructor(windowSamples: number) {
    this.#windowSamples = windowSamples;
    this.#stepSamples = windowSamples / 4;
    this.#fourier = new Fourier(windowSamples);
    this.#window = Float64Array.from(
      { length: windowSamples },
      (_, index) => 0.5 - 0.5 * Math.cos(2 * Math.PI * index / windowSamples),
    );
    this.#re = new Float64Array(windowSamples);
    this.#im = new Float64Array(windowSamples);
  }

  /** An empty frame. */
  newFrame(): FrameSpectrum {
    const bins = this.#windowSamples / 2 + 1;
    return { re: new Float64Array(bins), im: new Float64Array(bins) };
  }

  /**
   * Fills frames `index` and `index + 1` of a sound, which goes on mirrored beyond its ends. A cosine of 1 has the
   * magnitude 1.
   */
  analyze(
    sound: Float64Array,
    index: number,
    [first, second]: readonly [FrameSpectrum, FrameSpectrum],
  ): void {
    this.#cut(sound, index, this.#re);
    this.#cut(sound, index + 1, this.#im);
    const [re, im, size] = [this.#re, this.#im, this.#windowSamples];
    this.#fourier.transform(re, im);
    for (let bin = 0; bin <= size / 2; bin++) {
      const mirrored = bin === 0 ? 0 : size - bin;
      const [x, y, mirroredX, mirroredY] = [re[bin] ?? 0, im[bin] ?? 0, re[mirrored] ?? 0, im[mirrored] ?? 0];
      first.re[bin] = (x + mirroredX) / 2;
      first.im[bin] = (y - mirroredY) / 2;
      second.re[bin] = (y + mirroredY) / 2;
      second.im[bin] = (mirroredX - x) / 2;
    }
  }

  /** Adds frames `index` and `index + 1` to a sound that begins half a window early; {@linkcode finish} ends it. */
  synthesize(
    sound: Float64Array,
    index: number,
    [first, second]: readonly [FrameSpectrum, FrameSpectrum],
  ): void {
    const [re, im, size] = [this.#re, this.#im, this.#windowSamples];
    for (let bin = 0; bin <= size / 2; bin++) {
      const mirrored = bin === 0 ? 0 : size - bin;
      const isReal = bin === mirrored || bin === 0;
      const [x, otherX] = [first.re[bin] ?? 0, second.re[bin] ?? 0];
      const [y, otherY] = isReal ? [0, 0] : [first.im[bin] ?? 0, second.im[bin] ?? 0];
      re[bin] = x - otherY;
      im[bin] = y + otherX;
      re[mirrored] = x + otherY;
      im[mirrored] = otherX - y;
    }
    // With the parts exchanged it is the way back.
    this.#fourier.transform(im, re);
    this.#add(re, sound, index);
    this.#add(im, sound, index + 1);
  }

  /** How long the sound of so many frames is until {@linkcode finish}, in samples. */
  paddedSamples(frames: number): number {
    return (frames + 4) * this.#stepSamples;
  }

  /** The sound of `frames` frames, once all are added: without the windows. */
  finish(padded: Float64Array, frames: number): Float64Array {
    const [step, window] = [this.#stepSamples, this.#window];
    const sound = padded.slice(2 * step, (frames + 2) * step);
    for (let at = 0; at < sound.length; at++) {
      const block = Math.floor(at / step) + 2;
      let weight = 0;
      for (let part = 0; part < 4; part++) {
        const gain = window[part * step + at % step] ?? 0;
        if (block - part >= 0 && block - part < frames) weight += gain * gain;
      }
      sound[at] = (sound[at] ?? 0) / Math.max(weight, 1e-9);
    }
    return sound;
  }

  #cut(sound: Float64Array, index: number, into: Float64Array): void {
    const start = index * this.#stepSamples - this.#windowSamples / 2;
    const last = sound.length - 1;
    for (let at = 0; at < into.length; at++) {
      const place = Math.abs(start + at);
      const sample = sound[place <= last ? place : 2 * last - place] ?? 0;
      into[at] = sample * (this.#window[at] ?? 0) / this.#stepSamples;
    }
  }

  #add(samples: Float64Array, sound: Float64Array, index: number): void {
    const start = index * this.#stepSamples;
    for (let at = 0; at < samples.length; at++) {
      const value = (samples[at] ?? 0) * (this.#window[at] ?? 0) / this.#windowSamples;
      sound[start + at] = (sound[start + at] ?? 0) + value;
    }
  }
}
