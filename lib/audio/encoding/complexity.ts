/**
 * How much work a packet is, by how many answers a Worker encodes: the best that keeps it below half a core, so that
 * the other half, and the machine, have room for everything else. `tests/bench/encoder.ts` prints what each costs and how
 * near it comes to the sound that went in. 7 is as good as 10 at three quarters of its cost; 2 is a little worse; 0
 * brings 100 devices that are spoken to at once, 1,667 packets a second, to half a core.
 */
const BY_STREAMS: readonly (readonly [streams: number, complexity: number])[] = [[40, 7], [70, 2]];
const LOWEST = 0;

/** The complexity for a Worker with so many answers, 0 to 10. */
export function complexityFor(streams: number): number {
  return BY_STREAMS.find(([most]) => streams <= most)?.[1] ?? LOWEST;
}
