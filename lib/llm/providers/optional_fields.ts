import type { ChatFault } from "./chat_fault.ts";

/** Two names for the same: who refuses one may take the other. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  max_tokens: "max_completion_tokens",
  max_completion_tokens: "max_tokens",
};

/** The fields that a request can do without, and those that the server has refused: it is not sent them again. */
export class OptionalFields {
  readonly #refused = new Set<string>();

  /** What of these fields is sent. */
  sendable(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const entries = Object.entries(fields).map(([name, value]) => [this.#nameOf(name), value] as const);
    return Object.fromEntries(entries.filter(([name, value]) => name !== undefined && value !== undefined));
  }

  /** Learns from a refusal which of the fields that were sent it names. `true`: it is worth asking again without them. */
  learn({ param, message }: ChatFault, sent: Readonly<Record<string, unknown>>): boolean {
    const [root = ""] = param.split(/[.[]/);
    const named = Object.keys(sent).filter((name) => name === root);
    const meant = named.length > 0 ? named : Object.keys(sent).filter((name) => isNamed(name, message));
    // A hint at another field, which is sent too, is no refusal of that one.
    for (const name of meant) this.#refused.add(name);
    return meant.length > 0;
  }

  #nameOf(name: string): string | undefined {
    if (!this.#refused.has(name)) return name;
    const other = OTHER_NAMES[name];
    return other === undefined || this.#refused.has(other) ? undefined : other;
  }
}

function isNamed(name: string, message: string): boolean {
  return new RegExp(`(?<![\\w-])${RegExp.escape(name)}(?![\\w-])`).test(message);
}
