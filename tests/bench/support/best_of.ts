const ROUNDS = 9;

/**
 * The best time of two ways to do the same, in ns a turn. The machine is shared, so the ways take turns, and what
 * disturbs one round disturbs neither way alone.
 */
export function bestNs(ours: () => void, theirs: () => void, turns: number): readonly [number, number] {
  let [oursNs, theirsNs] = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round++) {
    oursNs = Math.min(oursNs, timed(ours) * 1e6 / turns);
    theirsNs = Math.min(theirsNs, timed(theirs) * 1e6 / turns);
  }
  return [oursNs, theirsNs];
}

function timed(run: () => void): number {
  const startedMs = performance.now();
  run();
  return performance.now() - startedMs;
}
