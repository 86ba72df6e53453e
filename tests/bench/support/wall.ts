/** Now, in ms, on the clock that all processes of this machine share. */
export function wallMs(): number {
  return wallOf(performance.now());
}

/** A moment of this process's `performance.now()` on that clock. */
export function wallOf(nowMs: number): number {
  return performance.timeOrigin + nowMs;
}
