/** How one way of writing is said. */
export interface Rule {
  /** What is written; global. */
  readonly pattern: RegExp;
  /** The words for it, from its groups; those that did not take part are `""`. */
  readonly say: (...groups: readonly string[]) => string;
}

/** Says what each rule in turn finds in a text. */
export function applyRules(text: string, rules: readonly Rule[]): string {
  let spoken = text;
  for (const { pattern, say } of rules) {
    spoken = spoken.replaceAll(pattern, (...found) => {
      const end = found.findIndex((part) => typeof part === "number");
      return say(...found.slice(1, end).map((group) => typeof group === "string" ? group : ""));
    });
  }
  return spoken;
}
