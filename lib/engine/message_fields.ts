import { EarshotError } from "../errors/mod.ts";

/** Reads the fields of a message's header by hand; each method throws `internal` for one that is not as it should be. */
export class MessageFields {
  readonly #values: Readonly<Record<string, unknown>>;

  /** Takes a parsed header, whatever it is. */
  constructor(header: unknown) {
    if (typeof header !== "object" || header === null) throw malformedMessage("its header is no object");
    this.#values = { ...header };
  }

  /** Whether an optional field is there. */
  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  /** A string. */
  text(name: string): string {
    const value = this.#values[name];
    return typeof value === "string" ? value : wrong(name);
  }

  /** A number, which JSON makes finite. */
  number(name: string): number {
    const value = this.#values[name];
    return typeof value === "number" ? value : wrong(name);
  }

  /** A truth value. */
  flag(name: string): boolean {
    const value = this.#values[name];
    return typeof value === "boolean" ? value : wrong(name);
  }

  /** A list of strings. */
  list(name: string): readonly string[] {
    const value = this.#values[name];
    return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : wrong(name);
  }

  /** Strings by name. */
  texts(name: string): Readonly<Record<string, string>> {
    const value = this.#values[name];
    if (typeof value !== "object" || value === null || Array.isArray(value)) return wrong(name);
    const entries = Object.entries(value);
    return entries.every(([, text]) => typeof text === "string") ? Object.fromEntries(entries) : wrong(name);
  }

  /** A whole number from 0 up. */
  count(name: string): number {
    const value = this.#values[name];
    return isCount(value) ? value : wrong(name);
  }

  /** A list of whole numbers from 0 up. */
  counts(name: string): readonly number[] {
    const value = this.#values[name];
    return Array.isArray(value) && value.every(isCount) ? value : wrong(name);
  }

  /** A list of pairs: a stream, and how many elements of the body are its own. */
  shares(name: string): readonly (readonly [number, number])[] {
    const value = this.#values[name];
    return Array.isArray(value) && value.every(isShare) ? value : wrong(name);
  }

  /** One of the given words. */
  oneOf<T extends string>(name: string, choices: readonly T[]): T {
    return choices.find((choice) => choice === this.#values[name]) ?? wrong(name);
  }

  /** An object within. */
  fields(name: string): MessageFields {
    return new MessageFields(this.#values[name]);
  }
}

/** The error for a message that does not have the shape that it should have. */
export function malformedMessage(state: string): EarshotError {
  return new EarshotError("internal", `Cannot read a message of the engine: ${state}`);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isShare(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every(isCount);
}

function wrong(name: string): never {
  throw malformedMessage(`${name} is missing or wrong`);
}
