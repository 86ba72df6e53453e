import type { Tool } from "./contract.ts";

/** The longest name that language models take. */
const MAX_NAME_CHARS = 64;

/** What a name may consist of. */
const UNFIT = /[^a-zA-Z0-9_-]/g;

/** Gives tools names that every language model takes, and each its own. */
export class ModelNames {
  readonly #taken = new Set<string>();

  /** The name of a tool: the same for the same tools in the same order. */
  of({ name }: Pick<Tool, "name">, source: string): string {
    const plain = cut(name.replaceAll(UNFIT, "_") || "tool", "");
    // A tool of the same name elsewhere is told apart by where it is.
    const apart = cut(`${source}_${name}`.replaceAll(UNFIT, "_"), "");
    let free = this.#taken.has(plain) ? apart : plain;
    for (let number = 2; this.#taken.has(free); number++) free = cut(apart, `_${number}`);
    this.#taken.add(free);
    return free;
  }
}

/** A description in which tools are called what the model calls them. */
export function renamed(description: string, names: ReadonlyMap<string, string>): string {
  let text = description;
  // The longest first: one name may begin with another.
  for (const [name, other] of [...names].sort(([one], [two]) => two.length - one.length)) {
    if (name !== other) text = text.replaceAll(name, other);
  }
  return text;
}

function cut(name: string, suffix: string): string {
  return `${name.slice(0, MAX_NAME_CHARS - suffix.length)}${suffix}`;
}
