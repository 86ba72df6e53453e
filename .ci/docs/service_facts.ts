/**
 * What a registration says of its type: what its block needs, what it can, and where it sends what it gets.
 *
 * @module
 */
import { isThisMachine } from "../../lib/app/mod.ts";
import { KNOWN_MODELS } from "../../lib/models/mod.ts";
import { isLocalUrl } from "../../lib/net/mod.ts";
import { isSecret, type SchemaNode } from "./schema_node.ts";

/** A registered type of any stage, as far as the page reads it. */
export interface RegisteredType<Capabilities> {
  readonly type: string;
  readonly about: string;
  readonly models?: unknown;
  readonly check: (block: unknown, problem: (key: string, message: string) => void) => void;
  readonly capabilities: (block: unknown) => Capabilities;
  readonly address: (block: unknown) => string | undefined;
}

/** A block of the config, as it would be written. */
export type Block = Readonly<Record<string, unknown>>;

/** The host of a block's url where the user has to give one. */
const GIVEN_HOST = "service.example";
const HOME_HOST = "192.168.1.20";
/** How many keys beyond the required ones one way to use a service asks for at most. */
const MOST_KEYS = 3;

/** The ways to use a type: of each the keys that a block must have, the shortest way first. */
export function waysOf(
  provider: RegisteredType<unknown>,
  node: SchemaNode,
): readonly (readonly string[])[] {
  const required = (node.required ?? []).filter((key) => key !== "type");
  const optional = Object.entries(node.properties ?? {}).flatMap(([key, child]) =>
    child.default === undefined && !required.includes(key) && (isSecret(child) || child.type === "string")
      ? [key]
      : []
  );
  const ways: string[][] = [];
  for (let size = 0; size <= MOST_KEYS; size++) {
    for (const keys of choose(optional, size)) {
      if (ways.some((way) => way.every((key) => [...required, ...keys].includes(key)))) continue;
      const way = [...required, ...keys];
      if (isRight(provider, blockOf(provider, node, way))) ways.push(way);
    }
  }
  return ways.length === 0 ? [required] : ways;
}

/** A block with these keys, each with a value that it takes. */
export function blockOf(
  { type, models }: RegisteredType<unknown>,
  node: SchemaNode,
  keys: readonly string[],
): Block {
  const known = Object.entries(KNOWN_MODELS).find(([, { kind }]) =>
    node.properties?.["kind"]?.enum?.includes(kind)
  );
  const entries = keys.map((key) => {
    const model = key === "model" && models !== undefined ? known?.[0] : undefined;
    return [key, model ?? exampleOf(node.properties?.[key] ?? {})] as const;
  });
  return { type, ...Object.fromEntries(entries) };
}

/** The same block with each other choice that it has, and the words for it. */
export function variantsOf(
  node: SchemaNode,
  block: Block,
): readonly { readonly words: string; readonly block: Block }[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const { enum: choices = child.type === "boolean" ? [true, false] : [], default: usual } = child;
    if (key === "type") return [];
    return choices.filter((choice) => choice !== usual).map((choice) => ({
      words: `\`${key}: ${choice}\``,
      block: { ...block, [key]: choice },
    }));
  });
}

/** Which languages it has, in words. */
export function languagesOf(
  provider: RegisteredType<{ readonly languages: readonly string[] | "any" }>,
  node: SchemaNode,
  block: Block,
): string {
  const said = (languages: readonly string[] | "any") =>
    languages === "any" ? "any" : languages.map((language) => `\`${language}\``).join(", ");
  const usual = said(provider.capabilities(block).languages);
  const others = [...Object.keys(KNOWN_MODELS), "en-US-AvaMultilingualNeural", "en_US-joe-medium"];
  const deciding = ["voice", "model"].filter((key) =>
    node.properties?.[key] !== undefined && others.some((other) => {
      try {
        return said(provider.capabilities({ ...block, [key]: other }).languages) !== usual;
      } catch {
        return false;
      }
    })
  );
  if (deciding.length === 0) return usual;
  const [key = ""] = deciding;
  const isUsual = node.properties?.[key]?.default !== undefined;
  return `those of \`${key}\`${isUsual ? `: by default ${usual}` : ""}`;
}

/** Where sound or words go, in words: to which host, and what leads elsewhere. */
export function goesTo(
  provider: RegisteredType<unknown>,
  node: SchemaNode,
  ways: readonly (readonly string[])[],
): string {
  const [first = [], ...others] = ways;
  const block = blockOf(provider, node, first);
  const usual = placeOf(provider.address(block));
  const byWay = others.map((way) => ({
    words: way.filter((key) => !first.includes(key)).map((key) => `\`${key}\``).join(" and "),
    block: blockOf(provider, node, way),
  }));
  const elsewhere = [...variantsOf(node, block), ...byWay].flatMap(({ words, block }) => {
    const place = placeOf(provider.address(block));
    return place === usual ? [] : [`${place} with ${words}`];
  });
  return [usual, ...elsewhere].join("; ");
}

/** The same block with an address in this network, where it has one. */
export function atHome(
  provider: RegisteredType<unknown>,
  block: Block,
): readonly { readonly words: string; readonly block: Block }[] {
  const address = provider.address(block);
  if (address === undefined || isLocalUrl(address)) return [];
  const url = address.replace(new URL(address).hostname, HOME_HOST);
  return [{ words: "a `url` in this network", block: { ...block, url } }];
}

function placeOf(url: string | undefined): string {
  if (url === undefined) return "this machine";
  const { hostname } = new URL(url);
  if (hostname === GIVEN_HOST) return "where `url` leads";
  if (isThisMachine(hostname)) return "where `url` leads: by default this machine";
  return isLocalUrl(url) ? `where \`url\` leads: by default this network (${hostname})` : hostname;
}

function isRight(provider: RegisteredType<unknown>, block: Block): boolean {
  let faults = 0;
  try {
    provider.check(block, () => faults++);
  } catch {
    return false;
  }
  return faults === 0;
}

/** A value that a key takes. */
function exampleOf({ enum: choices, expected = "", description = "", pattern = "" }: SchemaNode): unknown {
  if (isSecret({ expected })) return { env: "KEY" };
  const [, scheme] = /^a URL that begins with (?:.* )?(\w+:\/\/)/.exec(expected) ?? [];
  if (scheme !== undefined) return `${scheme}${GIVEN_HOST}`;
  if (choices !== undefined) return choices[0];
  // What its own description gives as an example.
  const [, told = "x"] = /such as ([\w.-]+)/.exec(description) ?? [];
  return [told, "x", "1"].find((example) => new RegExp(pattern, "u").test(example));
}

function* choose(keys: readonly string[], size: number): Generator<readonly string[]> {
  if (size === 0) return yield [];
  for (const [index, key] of keys.entries()) {
    for (const others of choose(keys.slice(index + 1), size - 1)) yield [key, ...others];
  }
}
