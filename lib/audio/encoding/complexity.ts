/**
 * How much work a packet is, by how many answers a Worker encodes: the best that keeps it near half a core, so that
 * everything else has room beside it. `tests/bench/encoder.ts` prints what each costs, and how far it is from the sound that
 * went in: 7 comes as near as 10 for three quarters of its cost, 2 is further off at half of it, 0 furthest at a quarter,
 * and brings 100 devices that are spoken to at once, 1,667 packets a second, to two thirds of a core. Our own recognizer
 * makes as many mistakes with each of them.
 */
const BY_STREAMS: readonly (readonly [streams: number, complexity: number])[] = [[40, 7], [70, 2]];
const LOWEST = 0;

/** The complexity for a Worker with so many answers, 0 to 10. */
export function complexityFor(streams: number): number {
  return BY_STREAMS.find(([most]) => streams <= most)?.[1] ?? LOWEST;
}
