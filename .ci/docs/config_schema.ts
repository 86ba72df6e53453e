/**
 * `docs/config.schema.json`: the config for editors, which complete its keys and check them while they are written.
 *
 * @module
 */
import { configNode, type SchemaNode, valuesOf } from "./schema_node.ts";

/** A part of the file. */
type Json = Readonly<Record<string, unknown>>;

/** How long a part may be that stands on one line. */
const LINE_LENGTH = 160;

/** The whole file. */
export function configJsonSchema(): string {
  return `${printed(configSchemaForEditors())}\n`;
}

/** The sections of services by name. */
const SERVICES: readonly string[] = ["asr", "llm", "tts"];

/** The block of one type of service. */
interface TypeBlock {
  readonly type: string;
  /** Its definition, such as `asr.vosk`. */
  readonly name: string;
  readonly node: SchemaNode;
}

function configSchemaForEditors(): Json {
  const sections = Object.entries(configNode().properties ?? {});
  const blocks = SERVICES.map((section) =>
    [section, blocksOf(section, new Map(sections).get(section) ?? {})] as const
  );
  const bySection = new Map(blocks);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "config.yaml of Earshot",
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(sections.map(([section, node]) => {
      const types = bySection.get(section);
      return [section, types === undefined ? orNothing(forEditors(node)) : services(node, types)];
    })),
    definitions: definitionsOf(blocks.flatMap(([, types]) => types)),
  };
}

/** Services by name; one that bears the name of a type is of that type and need not say it. */
function services({ description }: SchemaNode, blocks: readonly TypeBlock[]): Json {
  const refs = blocks.map(({ name }) => ({ $ref: `#/definitions/${name}` }));
  // Each of them is an object; saying so here too would have zod, which the tests read it with, take unknown keys.
  const ofAnyName = { required: ["type"], anyOf: refs };
  return {
    description,
    type: ["object", "null"],
    properties: Object.fromEntries(
      blocks.map(({ type }, index) => [type, { anyOf: [refs[index], ofAnyName] }]),
    ),
    additionalProperties: ofAnyName,
  };
}

/** The block of each type, and what several of them have in common. */
function definitionsOf(blocks: readonly TypeBlock[]): Json {
  const shared = new Map<string, { readonly name: string; readonly key: Json; uses: number }>();
  const written = blocks.map(({ name, node }) => ({ block: name, schema: forEditors(node) }));
  for (const { schema } of written) {
    for (const [name, key] of Object.entries(Object(schema["properties"]))) {
      const text = `${name} ${JSON.stringify(key)}`;
      const seen = shared.get(text) ?? { name, key: Object(key), uses: 0 };
      shared.set(text, { ...seen, uses: seen.uses + 1 });
    }
  }
  const names = new Map<string, string>();
  const definitions: Record<string, unknown> = {};
  for (const [text, { name, key, uses }] of shared) {
    if (uses < 3) continue;
    let free = name;
    for (let count = 2; definitions[free] !== undefined; count++) free = `${name}${count}`;
    names.set(text, free);
    definitions[free] = key;
  }
  for (const { block, schema } of written) {
    const properties = Object.entries(Object(schema["properties"])).map(([name, key]) => {
      const definition = names.get(`${name} ${JSON.stringify(key)}`);
      return [name, definition === undefined ? key : { $ref: `#/definitions/${definition}` }];
    });
    definitions[block] = { ...schema, properties: Object.fromEntries(properties) };
  }
  return definitions;
}

/** The block of each type, which may leave `type` out. */
function blocksOf(section: string, node: SchemaNode): readonly TypeBlock[] {
  return (valuesOf(node)?.oneOf ?? []).map((block) => {
    const type = String(block.properties?.["type"]?.const);
    const required = (block.required ?? []).filter((key) => key !== "type");
    return { type, name: `${section}.${type}`, node: { ...block, required } };
  });
}

/**
 * A part of the schema in which every key may be without a value; without our own words, and without patterns, which
 * the regular expressions of some editors cannot read.
 */
function forEditors(node: SchemaNode): Json {
  const {
    expected: _expected,
    propertyNames: _names,
    pattern: _pattern,
    properties,
    additionalProperties,
    items,
    anyOf,
    oneOf,
    ...rest
  } = node;
  return {
    ...rest,
    ...(properties && { properties: mapValues(properties, (child) => orNothing(forEditors(child))) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: typeof additionalProperties === "object"
        ? forEditors(additionalProperties)
        : additionalProperties,
    }),
    ...(items && { items: forEditors(items) }),
    ...(anyOf && { anyOf: anyOf.map(forEditors) }),
    ...(oneOf && { oneOf: oneOf.map(forEditors) }),
  };
}

/** The same, or no value: a key without one counts as absent. */
function orNothing(node: Json): Json {
  const { type, enum: choices, anyOf } = node;
  if (Array.isArray(anyOf)) return { ...node, anyOf: [...anyOf, { type: "null" }] };
  if (typeof type !== "string" || "const" in node) return node;
  return { ...node, type: [type, "null"], ...(Array.isArray(choices) && { enum: [...choices, null] }) };
}

function mapValues<From, To>(
  map: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}

/** JSON in which what is short stands on one line. */
function printed(value: unknown, indent = ""): string {
  const line = JSON.stringify(value);
  if (line.length <= LINE_LENGTH || typeof value !== "object" || value === null) return line;
  const within = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item) => printed(item, within))
    : Object.entries(value).filter(([, child]) => child !== undefined)
      .map(([key, child]) => `${JSON.stringify(key)}: ${printed(child, within)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${parts.map((part) => within + part).join(",\n")}\n${indent}${close}`;
}
