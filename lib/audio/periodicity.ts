/** To which rate sound is brought down before its pitch is looked for, in Hz, about. */
const COARSE_HZ = 2_000;
/** The shortest and the longest period that is looked for, in ms: 400 to 100 Hz, or a multiple of a higher tone's. */
const PERIOD_MS = { shortest: 2.5, longest: 10 } as const;
/** How alike a sound is to itself one period later: a tone 1, white noise rarely more than 0.5. */
const LEAST_CORRELATION = 0.6;

/** Whether 20 ms of sound have a pitch, as a vowel and a tone have, and noise and whispers have not. */
export function isPeriodic(samples: Float32Array, sampleRateHz: number): boolean {
  const step = Math.max(1, Math.round(sampleRateHz / COARSE_HZ));
  const coarse = averaged(samples, step);
  const perMs = sampleRateHz / step / 1_000;
  const longest = Math.min(coarse.length / 2, PERIOD_MS.longest * perMs);
  for (let lag = Math.round(PERIOD_MS.shortest * perMs); lag <= longest; lag++) {
    let [product, early, late] = [0, 0, 0];
    for (let at = lag; at < coarse.length; at++) {
      const [now, before] = [coarse[at] ?? 0, coarse[at - lag] ?? 0];
      product += now * before;
      early += before * before;
      late += now * now;
    }
    if (product > LEAST_CORRELATION * Math.sqrt(early * late)) return true;
  }
  return false;
}

/** One sample for every `step`, without their common part. */
function averaged(samples: Float32Array, step: number): Float32Array {
  const coarse = new Float32Array(Math.floor(samples.length / step));
  let mean = 0;
  for (let at = 0; at < coarse.length; at++) {
    let sum = 0;
    for (let index = at * step; index < (at + 1) * step; index++) sum += samples[index] ?? 0;
    coarse[at] = sum / step;
    mean += sum / step / coarse.length;
  }
  return coarse.map((value) => value - mean);
}
