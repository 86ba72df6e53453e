import { z } from "zod";
import { EarshotError } from "../errors/mod.ts";
import type { JsonObject, Tool } from "./contract.ts";

/** How deep arguments are looked into; what lies deeper is left as it is. */
const MAX_DEPTH = 8;
/** A longer schema is not compiled: its tool checks its arguments itself. */
const MAX_SCHEMA_CHARS = 32_768;

const object = z.record(z.string(), z.unknown());

/** What checks the arguments of a tool, by its schema; made once. */
const checks = new WeakMap<JsonObject, z.ZodType>();

/**
 * The arguments of a call as its tool wants them: models write numbers as texts and leave out braces, and devices take
 * neither.
 *
 * @throws {EarshotError} `tool.arguments` with what is wrong with which argument
 */
export function readArguments(
  json: string,
  { name, parameters }: Pick<Tool, "name" | "parameters">,
): JsonObject {
  const given = object.safeParse(parse(json, name));
  if (!given.success) throw wrong(name, "they are no JSON object");
  const coerced = object.parse(coerce(given.data, parameters, 0));
  const checked = checkOf(parameters).safeParse(coerced);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const at = issue?.path.join(".") ?? "";
    throw wrong(name, `${at === "" ? "" : `${at}: `}${issue?.message ?? "they do not fit"}`);
  }
  const read = object.safeParse(checked.data);
  return read.success ? read.data : coerced;
}

/** A text by which equal calls are known, whatever the order in which their arguments were written. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const fields = object.safeParse(value);
  if (!fields.success) return JSON.stringify(value) ?? "null";
  const sorted = Object.entries(fields.data).sort(([one], [other]) => one < other ? -1 : 1);
  return `{${sorted.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(",")}}`;
}

function parse(json: string, name: string): unknown {
  const text = json.trim();
  if (text === "" || text === "null") return {};
  try {
    const value: unknown = JSON.parse(text);
    // Some models write the object as a text.
    return typeof value === "string" ? JSON.parse(value) : value;
  } catch (cause) {
    throw wrong(name, "they are no JSON", cause);
  }
}

function coerce(value: unknown, schema: unknown, depth: number): unknown {
  const read = object.safeParse(schema);
  if (!read.success || depth > MAX_DEPTH) return value;
  const { properties, items } = read.data;
  const type = typeOf(read.data);
  if (type === "object") {
    const fields = object.safeParse(value);
    const shapes = object.safeParse(properties);
    if (!fields.success || !shapes.success) return value;
    const kept = Object.entries(fields.data)
      // Null for what may be left out means that it is left out.
      .filter(([key, field]) => field !== null || allowsNull(shapes.data[key]))
      .map(([key, field]) => [key, coerce(field, shapes.data[key], depth + 1)] as const);
    return Object.fromEntries(kept);
  }
  if (type === "array") {
    return Array.isArray(value) ? value.map((item) => coerce(item, items, depth + 1)) : value;
  }
  return coerceScalar(value, type);
}

function coerceScalar(value: unknown, type: string | undefined): unknown {
  if (type === "string" && (typeof value === "number" || typeof value === "boolean")) return String(value);
  if (type === "integer" || type === "number") {
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number !== "number" || !Number.isFinite(number)) return value;
    return number;
  }
  if (type === "boolean" && typeof value === "string") {
    const word = value.trim().toLowerCase();
    return word === "true" ? true : word === "false" ? false : value;
  }
  return value;
}

function typeOf({ type, properties }: JsonObject): string | undefined {
  if (typeof type === "string") return type;
  if (Array.isArray(type)) return type.find((one) => one !== "null");
  return properties === undefined ? undefined : "object";
}

function allowsNull(schema: unknown): boolean {
  const read = object.safeParse(schema);
  if (!read.success) return false;
  const { type, anyOf, oneOf } = read.data;
  return type === "null" || (Array.isArray(type) && type.includes("null")) ||
    [anyOf, oneOf].some((members) => Array.isArray(members) && members.some(allowsNull));
}

function checkOf(parameters: JsonObject): z.ZodType {
  const known = checks.get(parameters);
  if (known !== undefined) return known;
  const check = compile(parameters);
  checks.set(parameters, check);
  return check;
}

/** A schema that cannot be read checks nothing: its tool says itself what it does not take. */
function compile(parameters: JsonObject): z.ZodType {
  try {
    const json = JSON.stringify(parameters);
    if (json.length > MAX_SCHEMA_CHARS) return object;
    // A pattern of somebody else's could keep this process busy for ever.
    const schema: unknown = JSON.parse(
      json,
      (key, value) => key === "pattern" && typeof value === "string" ? undefined : value,
    );
    const read = object.parse(schema);
    return z.fromJSONSchema({ ...read, type: "object" });
  } catch {
    return object;
  }
}

function wrong(name: string, what: string, cause?: unknown): EarshotError {
  return new EarshotError("tool.arguments", `Cannot call ${name} with these arguments: ${what}`, { cause });
}
