/** What of `/metrics` says that something was lost: sound that went by unjudged or unheard, and work that was refused. */
const LOSSES = [
  /^earshot_vad_frames_total\{outcome="(?!judged"|gated"|quiet")[^"]+"\} (\S+)$/gm,
  /^earshot_audio_evicted_chunks_total\{[^}]*\} (\S+)$/gm,
  /^earshot_engine_jobs_total\{[^}]*outcome="(?:failed|refused|displaced)"[^}]*\} (\S+)$/gm,
  /^earshot_engine_restarts_total (\S+)$/gm,
  /^earshot_(?:frames_overflowed|frames_too_fast|audio_undecodable|messages_unsent|turns_failed)_total (\S+)$/gm,
];

/** How many times something was lost so far. */
export function lossesIn(metrics: string): number {
  return LOSSES.flatMap((pattern) => [...metrics.matchAll(pattern)])
    .reduce((sum, [, count]) => sum + Number(count), 0);
}

/** How many values of a histogram came within each bound, from the lowest bound to `Infinity`. */
export function bucketsIn(metrics: string, name: string): ReadonlyMap<number, number> {
  const lines = metrics.matchAll(new RegExp(`^${name}_bucket\\{le="([^"]+)"\\} (\\d+)$`, "gm"));
  return new Map([...lines].map(([, bound, count]) => [
    bound === "+Inf" ? Infinity : Number(bound),
    Number(count),
  ]));
}

/**
 * What `share` of the values between two looks do not exceed; within a bucket they count as spread evenly, as Prometheus
 * has it. `NaN` where there were none, `Infinity` beyond the last bound.
 */
export function quantileBetween(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
  share: number,
): number {
  const counts = [...after].map(([bound, count]) => ({ bound, count: count - (before.get(bound) ?? 0) }));
  const wanted = share * (counts.at(-1)?.count ?? 0);
  if (wanted === 0) return NaN;
  let low = { bound: 0, count: 0 };
  for (const high of counts) {
    if (high.count >= wanted) {
      if (high.bound === Infinity) return Infinity;
      return low.bound + (high.bound - low.bound) * (wanted - low.count) / (high.count - low.count);
    }
    low = high;
  }
  return NaN;
}
