/**
 * How likely symbols follow each other: sequences of up to six, smoothed as Kneser and Ney do (with Chen and Goodman's
 * three discounts), and without those that say little more than what is left without them.
 *
 * @module
 */

/** How long the longest sequence is. */
export const ORDER = 6;
/** A sequence has to make its occurrences in the data likelier by this much in all, as a logarithm, to be kept. */
const WORTH = 2.5;
/** What no sequence says. */
const UNKNOWN = 1e-7;

/** Sequences of symbols, a character each. */
export interface SequenceModel {
  /** How likely the last symbol of a sequence is after the others, by the sequence. */
  readonly chances: ReadonlyMap<string, number>;
  /** What the chance after a sequence is multiplied with where it is taken from a shorter one. */
  readonly backoffs: ReadonlyMap<string, number>;
}

/** Learns from sequences, each of which begins with the symbol `start`. */
export function learn(sequences: readonly string[], start: string): SequenceModel {
  const counts = countAll(sequences);
  const chances = new Map<string, number>();
  const backoffs = new Map<string, number>();
  const total = sum(levelOf(counts, 1, start).values());
  for (const [sequence, count] of levelOf(counts, 1, start)) chances.set(sequence, count / total);
  for (let length = 2; length <= ORDER; length++) {
    const level = levelOf(counts, length, start);
    const discount = discountsOf(level);
    const contexts = new Map<string, { total: number; taken: number }>();
    for (const [sequence, count] of level) {
      const key = sequence.slice(0, -1);
      const context = contexts.get(key) ?? { total: 0, taken: 0 };
      context.total += count;
      context.taken += discount(count);
      contexts.set(key, context);
    }
    for (const [key, { total, taken }] of contexts) backoffs.set(key, taken / total);
    for (const [sequence, count] of level) {
      const { total, taken } = contexts.get(sequence.slice(0, -1)) ?? { total: 1, taken: 0 };
      const shorter = chanceOf({ chances, backoffs }, sequence.slice(1));
      chances.set(sequence, (count - discount(count)) / total + taken / total * shorter);
    }
  }
  return prune({ chances, backoffs }, counts);
}

/** How likely the last symbol of a sequence is after the others. */
function chanceOf({ chances, backoffs }: SequenceModel, sequence: string): number {
  const known = chances.get(sequence);
  if (known !== undefined) return known;
  if (sequence.length <= 1) return UNKNOWN;
  return (backoffs.get(sequence.slice(0, -1)) ?? 1) * chanceOf({ chances, backoffs }, sequence.slice(1));
}

function countAll(sequences: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const sequence of sequences) {
    for (let end = 2; end <= sequence.length; end++) {
      for (let length = 1; length <= Math.min(ORDER, end); length++) {
        const part = sequence.slice(end - length, end);
        counts.set(part, (counts.get(part) ?? 0) + 1);
      }
    }
  }
  return counts;
}

/** Sequences of a length with their counts: of the shorter ones in how many surroundings they stand. */
function levelOf(
  counts: ReadonlyMap<string, number>,
  length: number,
  start: string,
): ReadonlyMap<string, number> {
  const level = new Map<string, number>();
  for (const [sequence, count] of counts) {
    if (sequence.length === length && (length === ORDER || sequence.startsWith(start))) {
      level.set(sequence, count);
    }
    if (sequence.length === length + 1 && length < ORDER) {
      const rest = sequence.slice(1);
      if (!rest.startsWith(start)) level.set(rest, (level.get(rest) ?? 0) + 1);
    }
  }
  return level;
}

function discountsOf(level: ReadonlyMap<string, number>): (count: number) => number {
  const [one = 1, two = 1, three = 1, four = 1] = [1, 2, 3, 4].map((times) =>
    level.values().filter((count) => count === times).toArray().length
  );
  const share = one / (one + 2 * two);
  const discounts = [1 - 2 * share * two / one, 2 - 3 * share * three / two, 3 - 4 * share * four / three];
  return (count) => discounts[Math.min(count, 3) - 1] ?? 0;
}

/** Leaves out what is worth little, the longest first, but for what a longer one begins with. */
function prune(model: SequenceModel, counts: ReadonlyMap<string, number>): SequenceModel {
  const chances = new Map(model.chances);
  const needed = new Set<string>();
  for (let length = ORDER; length >= 2; length--) {
    for (const [sequence, chance] of model.chances) {
      if (sequence.length !== length) continue;
      const context = sequence.slice(0, -1);
      const without = (model.backoffs.get(context) ?? 1) * chanceOf(model, sequence.slice(1));
      const worth = (counts.get(sequence) ?? 1) * Math.log(chance / without);
      if (worth < WORTH && !needed.has(sequence)) chances.delete(sequence);
      else needed.add(context);
    }
  }
  return { chances, backoffs: backoffsOf(chances) };
}

/** What is left for shorter sequences, so that all chances after a sequence add up to 1. */
function backoffsOf(chances: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const backoffs = new Map<string, number>();
  for (let length = 2; length <= ORDER; length++) {
    const contexts = new Map<string, { kept: number; shorter: number }>();
    for (const [sequence, chance] of chances) {
      if (sequence.length !== length) continue;
      const key = sequence.slice(0, -1);
      const context = contexts.get(key) ?? { kept: 0, shorter: 0 };
      context.kept += chance;
      context.shorter += chanceOf({ chances, backoffs }, sequence.slice(1));
      contexts.set(key, context);
    }
    for (const [key, { kept, shorter }] of contexts) {
      backoffs.set(key, Math.max(1e-4, 1 - kept) / Math.max(1e-4, 1 - shorter));
    }
  }
  return backoffs;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
