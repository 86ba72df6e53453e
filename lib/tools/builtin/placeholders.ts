const PLACEHOLDER = /\{(\w+)\}/g;

/** What is written where a placeholder stands. */
export type Scalar = string | number | boolean;

/** The names of the placeholders in whatever is in a value. */
export function placeholdersIn(value: unknown): readonly string[] {
  if (typeof value === "string") return Array.from(value.matchAll(PLACEHOLDER), ([, name = ""]) => name);
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(placeholdersIn);
}

/** A text with its placeholders filled, each once: what is put in is never looked at again. */
export function filled(text: string, valueOf: (name: string) => string | undefined): string {
  return text.replaceAll(PLACEHOLDER, (whole, name: string) => valueOf(name) ?? whole);
}

/** The name, where a text is one placeholder and nothing else. */
export function onlyPlaceholder(text: string): string | undefined {
  return /^\{(\w+)\}$/.exec(text)?.[1];
}
