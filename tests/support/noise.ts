/** White noise, the same for the same arguments; every sample is within `amplitude` of 0. */
export function noise(samples: number, amplitude: number): Int16Array {
  let seed = 1;
  return Int16Array.from({ length: samples }, () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return Math.round(amplitude * (2 * (seed / 0x7fff_ffff) - 1));
  });
}
