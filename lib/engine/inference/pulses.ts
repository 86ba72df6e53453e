/** Pitch below this, in Hz, is no pitch: nothing vibrates there. */
const MIN_PITCH_HZ = 40;
/** No harmonic is above this, in Hz. */
const MAX_HARMONIC_HZ = 11_000;
/** Where the closed form divides by almost 0. */
const NEAR_ZERO = 1e-3;

/**
 * What vibrating vocal folds give: every harmonic of the pitch up to 11 kHz with the same strength. The pitch is in Hz,
 * one value for every `frameSamples` samples and meant for their middle; between two of them it changes evenly.
 */
export function pulsesOf(
  pitchHz: Float32Array,
  { frameSamples, sampleRateHz }: { readonly frameSamples: number; readonly sampleRateHz: number },
): Float64Array {
  const pulses = new Float64Array(pitchHz.length * frameSamples);
  let phase = 0;
  for (let index = 0; index < pulses.length; index++) {
    const hz = pitchAt(pitchHz, (index + 0.5) / frameSamples - 0.5);
    phase += Math.max(hz, MIN_PITCH_HZ) / sampleRateHz;
    phase -= Math.floor(phase);
    if (hz > MIN_PITCH_HZ) pulses[index] = harmonicsAt(phase, Math.floor(MAX_HARMONIC_HZ / hz));
  }
  return pulses;
}

/** The pitch at a place between the middles of two frames. */
function pitchAt(pitchHz: Float32Array, place: number): number {
  const before = Math.floor(place);
  const share = place - before;
  const last = pitchHz.length - 1;
  const left = pitchHz[Math.max(before, 0)] ?? 0;
  const right = pitchHz[Math.min(before + 1, last)] ?? 0;
  return left + (right - left) * share;
}

/** The sum of the cosines of the first `count` harmonics, in closed form. */
function harmonicsAt(turns: number, count: number): number {
  const half = Math.sin(Math.PI * turns);
  if (Math.abs(half) < NEAR_ZERO) return count;
  return Math.sin((2 * count + 1) * Math.PI * turns) / (2 * half) - 0.5;
}
