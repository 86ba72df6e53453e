import type { JsonObject } from "../protocol/mod.ts";

/** What a tool takes: firmware knows no other types. */
export type SimulatedProperty =
  | { readonly type: "boolean"; readonly default?: boolean }
  | { readonly type: "string"; readonly default?: string }
  | {
    readonly type: "integer";
    readonly minimum?: number;
    readonly maximum?: number;
    readonly default?: number;
  };

/** Arguments as a tool gets them. */
export type Arguments = Readonly<Record<string, boolean | string | number>>;

/** Reads arguments as firmware does: of another type is missing, and out of range is an error. Throws an `Error`. */
export function readArguments(
  properties: Readonly<Record<string, SimulatedProperty>>,
  given: JsonObject,
): Arguments {
  const read: Record<string, boolean | string | number> = {};
  for (const [name, property] of Object.entries(properties)) {
    const value = valueOf(property, given[name]) ?? property.default;
    if (value === undefined) throw new Error(`Missing valid argument: ${name}`);
    read[name] = value;
  }
  return read;
}

function valueOf(property: SimulatedProperty, value: unknown): boolean | string | number | undefined {
  if (property.type === "boolean") return typeof value === "boolean" ? value : undefined;
  if (property.type === "string") return typeof value === "string" ? value : undefined;
  if (typeof value !== "number") return undefined;
  const { minimum = -Infinity, maximum = Infinity } = property;
  const whole = Math.trunc(value);
  if (whole < minimum) throw new Error(`Value is below minimum allowed: ${minimum}`);
  if (whole > maximum) throw new Error(`Value exceeds maximum allowed: ${maximum}`);
  return whole;
}
