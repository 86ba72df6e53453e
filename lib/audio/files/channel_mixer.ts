import { joinSamples } from "../pcm.ts";
import type { SoundPiece } from "./sound_file.ts";

/** How long a block is, and how many samples it has at most. */
const BLOCK_MS = 20;
const MAX_BLOCK_SAMPLES = 65_536;
/** The share of the previous energies that counts with the next block. */
const MEMORY = 0.7;
/** A channel that never had this share of the energy of the loudest is silent. */
const SILENT_SHARE = 1e-4;
/** Blocks below this energy (-90 dB) are ignored. */
const SILENT_ENERGY = 1e-9;
/** The channels cancel when their sum has less than this of the energy of the loudest alone, */
const CANCELS_BELOW = 0.16;
/** and no more when it has this much. */
const MIXES_ABOVE = 0.5;
/** After so many blocks of it without a break it is reported. */
const REPORT_BLOCKS = 10;

/**
 * Mixes channels to one: the mean of those that are not silent. Where they cancel each other, as when one was
 * wired upside down, it takes the loudest alone.
 */
export class ChannelMixer {
  readonly #sampleRateHz: number;
  readonly #remark: ((remark: string) => void) | undefined;
  #channels = 1;
  #blockFrames = 1;
  /** Samples that are no whole block yet. */
  #rest: Float32Array = new Float32Array(0);
  /** The recent energy of each channel and of their sum. */
  #energies: number[] = [];
  #sumEnergy = 0;
  /** The most energy that each channel had. */
  #peaks: number[] = [];
  /** Which channel is taken alone. */
  #alone: number | undefined;
  /** What each channel was multiplied with at last. */
  #weights: readonly number[] = [];
  #canceledBlocks = 0;
  #reported = false;

  /** `remark` is called once where channels cancel. */
  constructor(sampleRateHz: number, remark?: (remark: string) => void) {
    this.#sampleRateHz = sampleRateHz;
    this.#remark = remark;
  }

  /** Takes the next sound and gives one channel of the whole blocks. */
  push({ channels, samples }: SoundPiece): Float32Array {
    if (channels === 1 && this.#channels === 1) return samples;
    const before = channels === this.#channels ? undefined : this.flush();
    if (before !== undefined) this.#begin(channels);
    const mixed = channels === 1 ? samples : this.#mixBlocks(samples);
    return before === undefined || before.length === 0 ? mixed : joinSamples(before, mixed);
  }

  /** The rest, at the end. */
  flush(): Float32Array {
    const rest = this.#rest;
    this.#rest = new Float32Array(0);
    return rest.length === 0 ? rest : this.#mixBlock(rest);
  }

  #begin(channels: number): void {
    this.#channels = channels;
    const frames = Math.ceil(this.#sampleRateHz * BLOCK_MS / 1_000);
    this.#blockFrames = Math.max(1, Math.min(frames, Math.floor(MAX_BLOCK_SAMPLES / channels)));
    this.#canceledBlocks = 0;
    this.#energies = new Array(channels).fill(0);
    this.#peaks = new Array(channels).fill(0);
    this.#sumEnergy = 0;
    this.#alone = undefined;
    this.#weights = [];
  }

  #mixBlocks(samples: Float32Array): Float32Array {
    const all = this.#rest.length === 0 ? samples : joinSamples(this.#rest, samples);
    const blockSamples = this.#blockFrames * this.#channels;
    const blocks = Math.floor(all.length / blockSamples);
    const mixed = new Float32Array(blocks * this.#blockFrames);
    for (let block = 0; block < blocks; block++) {
      const at = block * blockSamples;
      mixed.set(this.#mixBlock(all.subarray(at, at + blockSamples)), block * this.#blockFrames);
    }
    this.#rest = all.slice(blocks * blockSamples);
    return mixed;
  }

  #mixBlock(block: Float32Array): Float32Array {
    this.#measure(block);
    const channels = this.#channels;
    const weights = this.#nextWeights();
    const from = this.#weights.length === channels ? this.#weights : weights;
    this.#weights = weights;
    const mixed = new Float32Array(block.length / channels);
    const fade = mixed.length / 4; // from the weights before to these, so that nothing clicks
    for (let frame = 0; frame < mixed.length; frame++) {
      const share = Math.min(1, frame / fade);
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) {
        const [old = 0, next = 0] = [from[channel], weights[channel]];
        sum += (block[frame * channels + channel] ?? 0) * (old + (next - old) * share);
      }
      mixed[frame] = sum;
    }
    return mixed;
  }

  #measure(block: Float32Array): void {
    const channels = this.#channels;
    const energies = new Array<number>(channels).fill(0);
    const sums = new Array<number>(channels).fill(0);
    let sumEnergy = 0;
    let sumOfAll = 0;
    for (let at = 0; at < block.length; at += channels) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) {
        const value = block[at + channel] ?? 0;
        energies[channel] = (energies[channel] ?? 0) + value * value;
        sums[channel] = (sums[channel] ?? 0) + value;
        sum += value;
      }
      sumEnergy += sum * sum;
      sumOfAll += sum;
    }
    const frames = block.length / channels;
    // An offset is no sound: it would hide that the channels cancel.
    const heard = (energy: number, sum: number) => Math.max(0, energy / frames - (sum / frames) ** 2);
    energies.forEach((all, channel) => {
      const energy = heard(all, sums[channel] ?? 0);
      this.#peaks[channel] = Math.max(this.#peaks[channel] ?? 0, energy);
      this.#energies[channel] = (this.#energies[channel] ?? 0) * MEMORY + energy;
    });
    this.#sumEnergy = this.#sumEnergy * MEMORY + heard(sumEnergy, sumOfAll);
    const loudest = this.#energies.reduce((most, energy) => Math.max(most, energy), 0);
    if (loudest < SILENT_ENERGY) return;
    const share = this.#sumEnergy / loudest;
    if (share < CANCELS_BELOW) {
      this.#alone ??= this.#energies.indexOf(loudest);
      if (++this.#canceledBlocks === REPORT_BLOCKS && !this.#reported) this.#report(this.#alone);
    } else if (share > MIXES_ABOVE) {
      this.#alone = undefined;
      this.#canceledBlocks = 0;
    }
  }

  #nextWeights(): readonly number[] {
    if (this.#alone !== undefined) return this.#peaks.map((_, channel) => channel === this.#alone ? 1 : 0);
    const loudest = this.#peaks.reduce((most, peak) => Math.max(most, peak), 0);
    const heard = this.#peaks.filter((peak) => peak > loudest * SILENT_SHARE).length;
    return this.#peaks.map(() => 1 / Math.max(1, heard));
  }

  #report(channel: number): void {
    this.#reported = true;
    const name = this.#channels === 2
      ? `the ${channel === 0 ? "left" : "right"} one`
      : `number ${channel + 1}`;
    this.#remark?.(`its channels cancel each other when they are mixed: of those, ${name} is heard alone`);
  }
}
