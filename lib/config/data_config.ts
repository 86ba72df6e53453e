import { dirname } from "node:path";
import { type Document, isMap as isYamlMap, isScalar, parseDocument } from "yaml";
import { EarshotError } from "../errors/mod.ts";
import { writeWhole } from "../files/mod.ts";
import { checkOverlay, readText } from "./load_config.ts";
import { isMap } from "./merge_values.ts";

/** What the file says of itself. */
const HEADER = " Written by Earshot, for example by `earshot devices set`; it goes before config.yaml.\n" +
  " `earshot config reset KEY` takes a key out of it.";

/** A change of the config: maps merge, lists replace, `null` removes what `config.yaml` says. */
export type ConfigPatch = Readonly<Record<string, unknown>>;

/**
 * The text of the file that Earshot writes, with a change in it; comments and the order of the keys are kept. The
 * caller checks it before it is written.
 */
export function patchedConfig(text: string, patch: ConfigPatch): string {
  const doc = parseDocument(text === "" ? "{}" : text);
  if (text === "") doc.commentBefore = HEADER;
  const apply = (path: readonly string[], change: unknown) => {
    const isBranch = isMap(change) && (path.length === 0 || isYamlMap(doc.getIn(path)));
    if (!isBranch) return doc.setIn(path, change);
    for (const [key, value] of Object.entries(change)) apply([...path, key], value);
  };
  apply([], patch);
  if (isYamlMap(doc.contents)) doc.contents.flow = false;
  return textOf(doc);
}

/**
 * The text without a key (dotted) and the maps that are empty then; `undefined` where the key is not in it. A key with
 * dots of its own, such as a device's, is found as well.
 */
export function configWithout(text: string, dotted: string): string | undefined {
  const doc = parseDocument(text);
  const path = pathIn(doc.contents, dotted);
  if (path === undefined) return undefined;
  for (let end = path.length; end > 0; end--) {
    const key = path.slice(0, end);
    const value = doc.getIn(key);
    if (end < path.length && !(isYamlMap(value) && value.items.length === 0)) break;
    doc.deleteIn(key);
  }
  return textOf(doc);
}

/** The keys of which a dotted key is made; as they stand in the file, numbers among them. */
function pathIn(node: unknown, dotted: string): readonly unknown[] | undefined {
  if (!isYamlMap(node)) return undefined;
  for (const { key, value } of node.items) {
    const own = isScalar(key) ? key.value : key;
    if (String(own) === dotted) return [own];
    const rest = dotted.startsWith(`${own}.`) ? pathIn(value, dotted.slice(`${own}.`.length)) : undefined;
    if (rest !== undefined) return [own, ...rest];
  }
  return undefined;
}

function textOf(doc: Document): string {
  return `${doc.toString({ lineWidth: 0 }).trimEnd()}\n`;
}

/** Reads the file; `""` where there is none. */
export async function readDataConfig(path: string): Promise<string> {
  try {
    return await readText(path);
  } catch (thrown) {
    const { code, cause } = EarshotError.from(thrown);
    if (cause instanceof Deno.errors.NotFound) return "";
    throw code === "config.not_found" ? unwritable("read", path, cause) : thrown;
  }
}

/**
 * Changes the file: `change` gets its text and gives the new one. Two processes that change it wait for each other,
 * and there is never half a file.
 *
 * @throws {EarshotError} `config.unwritable`, and what `change` throws; then the file stays as it was
 */
export async function changeDataConfig(
  path: string,
  change: (text: string) => Promise<string> | string,
): Promise<void> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    using lock = await Deno.open(`${path}.lock`, { create: true, write: true });
    await lock.lock(true);
    const before = await readDataConfig(path);
    checkOverlay(path, before);
    const text = await change(before);
    await writeWhole(path, text, { durable: true });
  } catch (thrown) {
    throw thrown instanceof EarshotError ? thrown : unwritable("write", path, thrown);
  }
}

function unwritable(verb: "read" | "write", path: string, cause: unknown): EarshotError {
  const state = cause instanceof Error ? cause.name : String(cause);
  return new EarshotError("config.unwritable", `Cannot ${verb} ${path}: ${state}`, { cause });
}
