import { withoutSecrets } from "../secrets/mod.ts";
import type { JsonObject } from "./contract.ts";

/** How deep a schema is looked into. */
const MAX_DEPTH = 8;
/** Words for people and models; everything else of a schema is what the tool goes by. */
const WORDS = new Set(["description", "title"]);

const told = new WeakMap<JsonObject, JsonObject>();

/** The schema of a tool as a model is told it: its words hold no secret of the config. Made once for each. */
export function toldSchema(parameters: JsonObject): JsonObject {
  const known = told.get(parameters);
  if (known !== undefined) return known;
  const made = withoutSecretsIn(parameters, 0);
  told.set(parameters, made);
  return made;
}

function withoutSecretsIn(schema: JsonObject, depth: number): JsonObject {
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (typeof value === "string") return [key, WORDS.has(key) ? withoutSecrets(value) : value];
      return [key, depth < MAX_DEPTH ? inside(value, depth + 1) : value];
    }),
  );
}

function inside(value: unknown, depth: number): unknown {
  if (Array.isArray(value)) return depth < MAX_DEPTH ? value.map((item) => inside(item, depth + 1)) : value;
  return isObject(value) ? withoutSecretsIn(value, depth) : value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
