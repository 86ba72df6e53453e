/**
 * `docs/configuration.md`: every key of the config, out of its schema.
 *
 * @module
 */
import { serviceKeys } from "../../lib/asr/mod.ts";
import { llmServiceKeys } from "../../lib/llm/mod.ts";
import { ttsServiceKeys } from "../../lib/tts/mod.ts";
import { HEAD } from "./configuration_head.ts";
import { configNode, isSecret, type SchemaNode, valuesOf } from "./schema_node.ts";
import { grouped, table, withUnit } from "./table.ts";

const COLUMNS = ["Key", "Type", "Range", "Default", "Meaning"];

/** What stands for a key that the user chooses; elsewhere \`NAME\`. */
const PLACEHOLDERS: Readonly<Record<string, string>> = { devices: "ID", files: "PART" };

/** A section of services by name. */
interface Services {
  /** One of them, such as a recognizer. */
  readonly one: string;
  /** An example, in YAML. */
  readonly example: string;
  /** The keys that every type has. */
  readonly shared: readonly string[];
}

const SERVICES: Readonly<Record<string, Services>> = {
  asr: {
    one: "recognizer",
    example: `asr:\n  lan: { type: funasr, url: "wss://192.168.1.20:10096" }`,
    shared: Object.keys(serviceKeys.shape),
  },
  llm: {
    one: "language model",
    example: `llm:\n  home: { type: ollama, url: "http://192.168.1.20:11434", model: "qwen3:8b" }`,
    shared: Object.keys(llmServiceKeys.shape),
  },
  tts: {
    one: "voice",
    example: `tts:\n  kokoro: { type: openai, url: "http://192.168.1.20:8880/v1", voice: af_heart }`,
    shared: Object.keys(ttsServiceKeys.shape),
  },
};

/** The whole page. */
export function configurationPage(): string {
  const { properties: sections = {} } = configNode();
  const contents = Object.entries(sections).map(([name, { description = "" }]) => [
    `[\`${name}\`](#${name})`,
    description,
  ]);
  const parts = Object.entries(sections).map(([name, node]) => {
    const services = SERVICES[name];
    return services === undefined ? sectionPart(name, node) : servicesPart(name, node, services);
  });
  return [
    HEAD,
    tableOf(tlsRows(sections)),
    `\n## Sections\n`,
    table(["Section", "What it is for"], contents),
    "",
    ...parts,
  ].join("\n");
}

/** One section; one whose keys are sections themselves has a table for each. */
function sectionPart(name: string, node: SchemaNode): string {
  const head = `## ${name}\n\n${sentence(node)}`;
  const inner = Object.entries(node.properties ?? {});
  const isNested = inner.length > 0 && inner.every(([, child]) => isSection(child));
  if (!isNested) return `${head}${tableOf(rowsOf(node, { section: name }))}\n`;
  const tables = inner.map(([key, child]) =>
    `### ${name}.${key}\n\n${sentence(child)}${tableOf(rowsOf(child, { section: key }))}\n`
  );
  return [`${head}`, ...tables].join("\n");
}

/** A section of services by name: the types, the keys that they share, and those of each. */
function servicesPart(name: string, node: SchemaNode, { one, example, shared }: Services): string {
  const types = valuesOf(node)?.oneOf ?? [];
  const common = sharedRows(types, shared);
  const own = types.map((block) => {
    const type = String(block.properties?.["type"]?.const);
    const rows = rowsOf(block, { section: type }).filter(({ key, usual }) =>
      // A type may have another default.
      key !== "type" && !common.some((row) => row.key === key && row.usual === usual)
    );
    const keys = rows.length === 0 ? "No keys but the shared ones.\n" : `${tableOf(rows)}\n`;
    return `### ${name}.${type}\n\n${sentence(block)}${keys}`;
  });
  const overview = types.map((block) => {
    const type = String(block.properties?.["type"]?.const);
    const needs = (block.required ?? []).filter((key) => key !== "type").map((key) => `\`${key}\``);
    return [`[\`${type}\`](#${name}${type.toLowerCase()})`, block.description ?? "", needs.join(", ")];
  });
  return [
    `## ${name}\n\n${sentence(node)}\`\`\`yaml\n${example}\n\`\`\`\n`,
    "A service that bears the name of a type needs no `type`. Which service a device uses is said in " +
    "[agents](#agents); [services](services.md) says what each type can.\n",
    table(["`type`", "What", "Needs"], overview),
    `\n### Keys of every ${one}\n`,
    tableOf(common),
    "",
    ...own,
  ].join("\n");
}

/** The keys that several types share, each with the types that do without it. */
function sharedRows(types: readonly SchemaNode[], keys: readonly string[]): Row[] {
  return keys.flatMap((key) => {
    const having = types.filter(({ properties }) => properties?.[key] !== undefined);
    const without = types.filter((block) => !having.includes(block))
      .map(({ properties }) => `\`${properties?.["type"]?.const}\``);
    const row = rowsOf(having[0] ?? {}, { section: "" }).find((row) => row.key === key);
    if (row === undefined) return [];
    return [
      without.length === 0 ? row : { ...row, meaning: `${row.meaning} (not of ${without.join(", ")})` },
    ];
  });
}

/** One key, in the words of the page. */
interface Row {
  readonly key: string;
  readonly type: string;
  readonly range: string;
  readonly usual: string;
  readonly meaning: string;
}

function tableOf(rows: readonly Row[]): string {
  return table(
    COLUMNS,
    rows.map(({ key, type, range, usual, meaning }) => [`\`${key}\``, type, range, usual, meaning]),
  );
}

/** The keys of a map, those of maps in it with dots. */
function rowsOf(
  node: SchemaNode,
  { section, prefix = "" }: { readonly section: string; readonly prefix?: string },
): Row[] {
  const named = Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
    rowsAt(`${prefix}${name}`, child, { section: name, required: node.required?.includes(name) === true })
  );
  const values = valuesOf(node);
  if (values === undefined) return named;
  return [
    ...named,
    ...rowsAt(`${prefix}${PLACEHOLDERS[section] ?? "NAME"}`, values, { section, required: false }),
  ];
}

function rowsAt(
  key: string,
  node: SchemaNode,
  { section, required }: { readonly section: string; readonly required: boolean },
): Row[] {
  if (isPeerTls(node)) {
    const usual = JSON.stringify(node.default) === "{}" ? "" : shown(section, node.default);
    return [{ key, type: "[certificate](#certificates)", range: "", usual, meaning: node.description ?? "" }];
  }
  const inner = node.type === "object" && !isSecret(node) && !isPlainMap(node)
    ? rowsOf(node, { section, prefix: `${key}.` })
    : node.items?.type === "object"
    ? rowsOf(node.items, { section, prefix: `${key}[].` })
    : [];
  // A map that is nothing but its keys has no row of its own.
  const isPlain = inner.length > 0 && node.description === undefined;
  const row: Row = {
    key,
    type: typeOf(node),
    range: rangeOf(section, node),
    usual: node.default === undefined ? required ? "**required**" : "" : shown(section, node.default),
    meaning: meaningOf(node),
  };
  return isPlain ? inner : [row, ...inner];
}

/** Every service has the same two keys for certificates. */
function tlsRows(sections: Readonly<Record<string, SchemaNode>>): Row[] {
  const tls = sections["models"]?.properties?.["tls"];
  return tls === undefined ? [] : rowsOf(tls, { section: "tls", prefix: "tls." });
}

function isPeerTls({ properties = {} }: SchemaNode): boolean {
  return "verify" in properties && "caFile" in properties;
}

/** A map from names of the user's to plain values. */
function isPlainMap(node: SchemaNode): boolean {
  const values = valuesOf(node);
  return values !== undefined && values.type !== "object" && values.oneOf === undefined;
}

/** A map of named keys that all have defaults: a part of the file, not a value. */
function isSection({ type, properties, required = [] }: SchemaNode): boolean {
  return type === "object" && properties !== undefined && required.length === 0;
}

/** What a key is for; its unit is in its name, and in the columns before. */
function meaningOf({ description = "" }: SchemaNode): string {
  return description.replaceAll(/, in (ms|bytes|days)\b/g, "");
}

function typeOf(node: SchemaNode): string {
  if (isSecret(node)) return "[secret](#secrets)";
  const url = /^a URL that begins with (.*)/.exec(node.expected ?? "");
  if (url !== null) return "URL";
  if (node.enum !== undefined) return "choice";
  const branches = node.anyOf ?? node.oneOf;
  if (branches?.every((branch) => branch.const !== undefined) === true) return "choice";
  if (branches !== undefined) return [...new Set(branches.map(typeOf))].join(", or ");
  switch (node.type) {
    case "integer":
      return "whole number";
    case "string":
      return "text";
    case "boolean":
      return "true, false";
    case "array":
      return `list of ${plural(typeOf(node.items ?? {}))}`;
    case "object":
      return isPlainMap(node) ? `map of ${plural(typeOf(valuesOf(node) ?? {}))}` : "map";
    default:
      return node.type ?? "";
  }
}

function plural(type: string): string {
  return type === "text" ? "texts" : `${type}s`;
}

function rangeOf(name: string, node: SchemaNode): string {
  if (isPlainMap(node)) return rangeOf("", valuesOf(node) ?? {});
  const { minimum, maximum, maxLength, maxItems, minItems } = node;
  const url = /^a URL that begins with (.*)/.exec(node.expected ?? "");
  if (url !== null) return (url[1] ?? "").replaceAll(/\S+:\/\//g, "`$&`");
  const choices = node.enum ?? (node.anyOf ?? node.oneOf)?.map((branch) => branch.const);
  if (choices?.every((choice) => choice !== undefined) === true) {
    return choices.map((choice) => `\`${choice}\``).join(" ");
  }
  if (minimum !== undefined && maximum !== undefined) {
    const [low, high] = [minimum, maximum].map((value) => withUnit(name, value) ?? grouped(value));
    return `${low} to ${high}`;
  }
  if (maxItems !== undefined) return `at most ${grouped(maxItems)}`;
  if (maxLength !== undefined) return `at most ${grouped(maxLength)} characters`;
  return minItems === undefined ? "" : `at least ${minItems}`;
}

/** A default, as it would be written; large numbers are explained. */
function shown(name: string, value: unknown): string {
  const told = typeof value === "number" ? withUnit(name, value) : undefined;
  return `\`${inYaml(value)}\`${told === undefined || told === `${value} ms` ? "" : ` (${told})`}`;
}

function inYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inYaml).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value).map(([key, child]) => `${key}: ${inYaml(child)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** A description as a sentence of its own, with an empty line behind it. */
function sentence({ description }: SchemaNode): string {
  if (description === undefined) return "";
  // A name such as iFlytek keeps its small letter.
  const begun = /^[a-z](?![A-Z])/.test(description)
    ? `${description.slice(0, 1).toUpperCase()}${description.slice(1)}`
    : description;
  return `${begun}.\n\n`;
}
