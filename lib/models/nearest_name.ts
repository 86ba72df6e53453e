import { levenshteinDistance } from "@std/text";

/** A longer name is no typing error. */
const MAX_LENGTH = 64;

/** The name that a misspelled or shortened one most likely stands for. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const wanted = written.toLowerCase();
  if (wanted === "" || wanted.length > MAX_LENGTH) return undefined;
  const begun = names.find((name) => name.startsWith(wanted));
  if (begun !== undefined) return begun;
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of names) {
    const distance = levenshteinDistance(wanted, name);
    if (distance < (best?.distance ?? Infinity)) best = { name, distance };
  }
  const near = best !== undefined && best.distance <= Math.max(2, wanted.length / 3) &&
    best.distance < wanted.length;
  return near ? best?.name : undefined;
}
