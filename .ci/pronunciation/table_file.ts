import { byteOfBackoff, byteOfChance, type LetterSound } from "../../lib/engine/english/sequence_table.ts";
import { ORDER, type SequenceModel } from "./sequence_model.ts";

/** What `SequenceTable` reads: two lines of what there is, and the sequences of each length, sorted. */
export function tableFile(
  { chances, backoffs }: SequenceModel,
  symbols: readonly LetterSound[],
  numberOf: (character: string) => number,
): Uint8Array<ArrayBuffer> {
  const levels = Array.from({ length: ORDER }, (_, at) => sorted(chances, at + 1, numberOf));
  const [first = []] = levels;
  // What begins a word never follows anything, and yet sequences go on from it.
  if (!first.includes(START)) first.unshift(START);
  const counts = levels.map(({ length }) => length).join(" ");
  const named = symbols.map((symbol) => symbol.join(":")).join(" ");
  const parts: Uint8Array[] = [new TextEncoder().encode(`${counts}\n${named}\n`)];
  for (const [at, level] of levels.entries()) {
    const chance = (sequence: string) => byteOfChance(Math.log(chances.get(sequence) ?? 0));
    const backoff = (sequence: string) => byteOfBackoff(Math.log(backoffs.get(sequence) ?? 1));
    parts.push(bytesOf(Uint16Array.from(level, (sequence) => numberOf(sequence.slice(-1)))));
    parts.push(Uint8Array.from(level, chance), Uint8Array.from(level, backoff));
    parts.push(bytesOf(nextOf(level, levels[at + 1] ?? [])));
  }
  const file = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    file.set(part, end);
    end += part.length;
  }
  return file;
}

/** The character of the symbol that begins every word. */
export const START = "!";

function sorted(
  chances: ReadonlyMap<string, number>,
  length: number,
  numberOf: (character: string) => number,
): string[] {
  const compare = (one: string, other: string) => {
    for (let at = 0; at < length; at++) {
      const difference = numberOf(one.charAt(at)) - numberOf(other.charAt(at));
      if (difference !== 0) return difference;
    }
    return 0;
  };
  return chances.keys().filter((sequence) => sequence.length === length).toArray().toSorted(compare);
}

/** Where in the longer level those begin that go on from each of a level. */
function nextOf(level: readonly string[], longer: readonly string[]): Uint32Array {
  const next = new Uint32Array(level.length + 1);
  let at = 0;
  for (const [index, sequence] of level.entries()) {
    next[index] = at;
    while (longer[at]?.startsWith(sequence)) at++;
  }
  next[level.length] = at;
  if (at !== longer.length) throw new Error(`Cannot write sequences: ${longer[at]} goes on from none`);
  return next;
}

function bytesOf({ buffer }: Uint16Array | Uint32Array): Uint8Array {
  return new Uint8Array(buffer);
}
