import { EarshotError } from "../errors/mod.ts";
import type { ConfigSchema } from "./config_schema.ts";
import { explainIssues, type Origin } from "./explain_issues.ts";
import { isMap, mergeValues } from "./merge_values.ts";
import { SchemaGuide, valueAt } from "./schema_guide.ts";
import { type KeyPath, type Place, type Problem, readYaml, type YamlSource } from "./yaml_source.ts";

/** The largest config file that is read, in bytes. */
const MAX_FILE_BYTES = 1024 * 1024;
/** How many problems one message lists. */
const MAX_PROBLEMS = 50;
const COMMAND_LINE: Place = { text: "command line" };

/** A config that fits its schema, and where it came from. */
export interface LoadedConfig<Config> {
  /** The values: the schema's defaults, then the file's, then those of the command line. */
  readonly config: Config;
  /** The files that were read, the named one and the overlay; `undefined` where there was none. */
  readonly source: string | undefined;
  /** What is odd and no error, one sentence each. */
  readonly warnings: readonly string[];
}

/** Options of {@linkcode loadConfig}. */
export interface LoadConfigOptions {
  /** A file that is laid over the named one, such as the one that Earshot writes; it need not be there. */
  readonly overlay?: { readonly path: string; readonly text: string };
  /** Values of the command line by dotted key, as `{ "server.port": 0 }`; they win over the file. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/**
 * Reads a config file and checks it against `schema`, which brings the defaults. A key without a value counts as
 * not there, a chosen name without one as an empty block. Throws `config.not_found` when the named file cannot be
 * read, and `config.invalid` with every problem at once, one a line: file, line, column, key, what it is and what
 * would be right.
 *
 * @example
 * ```ts
 * import { z } from "zod";
 * import { loadConfig } from "./mod.ts";
 *
 * const schema = z.strictObject({ port: z.int().min(0).max(65535).default(8000) });
 * const { config } = await loadConfig(undefined, schema, { overrides: { port: 0 } });
 * console.assert(config.port === 0);
 * ```
 */
export async function loadConfig<Output>(
  path: string | undefined,
  schema: ConfigSchema<Output>,
  options: LoadConfigOptions = {},
): Promise<LoadedConfig<Output>> {
  return checkConfig(path, path === undefined ? "" : await readText(path), { ...options, schema });
}

/** Checks the text of a config file, as {@linkcode loadConfig} does; `path` only names it. */
export function checkConfig<Output>(
  path: string | undefined,
  text: string,
  options: LoadConfigOptions & { readonly schema: ConfigSchema<Output> },
): LoadedConfig<Output> {
  const { schema, overlay } = options;
  const file = readYaml(path ?? "", text);
  const over = readYaml(overlay?.path ?? "", overlay?.text ?? "");
  const name = path ?? (overlay === undefined || overlay.text === "" ? COMMAND_LINE.text : overlay.path);
  if (file.problems.length > 0) throw invalid(name, file.problems);
  if (overlay !== undefined) refuseBadOverlay(overlay.path, over);
  const overrides = Object.entries(options.overrides ?? {})
    .map(([key, value]) => ({ path: key.split("."), value }));
  const written = overlay === undefined || overlay.text === ""
    ? file.data
    : mergeValues(file.data, over.data);
  const merged = overrides.reduce((data, { path, value }) => withValue(data, path, value), written);
  let guide: SchemaGuide | undefined;
  const data = withoutEmpty(merged, (path) => (guide ??= new SchemaGuide(schema, merged)).isNamedBlock(path));
  const result = schema.safeParse(data);
  if (result.success) {
    const warnings = [...file.warnings, ...over.warnings, ...hiddenKeys(file, over)];
    const files = [path, overlay?.text ? overlay.path : undefined].filter((file) => file !== undefined);
    return { config: result.data, source: files.length === 0 ? undefined : files.join(", "), warnings };
  }
  const origin = originOf({ file, over }, { path, overrides: overrides.map(({ path }) => path) });
  const problems = explainIssues(result.error.issues, data, { schema, origin, written: merged });
  const isOverlays = overlay !== undefined &&
    problems.every(({ at }) => at.text.startsWith(`${overlay.path}:`));
  throw invalid(isOverlays ? overlay.path : name, problems);
}

/**
 * Refuses the text of an overlay that is no YAML or no map of keys.
 *
 * @throws {EarshotError} `config.invalid`
 */
export function checkOverlay(path: string, text: string): void {
  refuseBadOverlay(path, readYaml(path, text));
}

function refuseBadOverlay(path: string, { data, problems, locate }: YamlSource): void {
  if (problems.length > 0) throw invalid(path, problems);
  if (isMap(data)) return;
  throw invalid(path, [{
    at: locate([]),
    key: "",
    what: "must be a map of keys, such as `server: { port: 8000 }`",
  }]);
}

/** The keys of the file that the overlay hides with another value, in one sentence. */
function hiddenKeys(file: YamlSource, over: YamlSource): string[] {
  const hidden = leavesOf(over.data).filter((path) => {
    const value = valueAt(file.data, path);
    return value !== undefined && value !== null &&
      JSON.stringify(value) !== JSON.stringify(valueAt(over.data, path));
  });
  const [first] = hidden;
  if (first === undefined) return [];
  const key = first.join(".");
  const more = hidden.length === 1 ? "" : ` and ${hidden.length - 1} more`;
  return [
    `${file.locate(first).text}: ${key}${more} is overridden by ${over.locate(first).text}; ` +
    `\`earshot config reset ${key}\` undoes that`,
  ];
}

/** The paths of all values that are no maps. */
function leavesOf(data: unknown, path: KeyPath = []): KeyPath[] {
  if (!isMap(data)) return path.length === 0 ? [] : [path];
  return Object.entries(data).flatMap(([key, value]) => leavesOf(value, [...path, key]));
}

/**
 * Reads a config file.
 *
 * @throws {EarshotError} `config.not_found`, and `config.invalid` where it is too large or no UTF-8
 */
export async function readText(path: string): Promise<string> {
  const bytes = await readBounded(path);
  if (bytes.includes(0)) {
    throw invalid(path, [{
      at: { text: path },
      key: "",
      what: "not UTF-8 text but UTF-16, or no text at all; save it as UTF-8",
    }]);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalid(path, [{ at: { text: path }, key: "", what: "not UTF-8 text; save it as UTF-8" }], cause);
  }
}

/** Reads no more than the bound, also of what has no end. */
async function readBounded(path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(MAX_FILE_BYTES + 1);
  let length = 0;
  try {
    using file = await Deno.open(path);
    while (length < bytes.length) {
      const read = await file.read(bytes.subarray(length));
      if (read === null) break;
      length += read;
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.name : String(cause);
    throw new EarshotError("config.not_found", `Cannot read ${path}: ${reason}; check the path`, { cause });
  }
  if (length <= MAX_FILE_BYTES) return bytes.subarray(0, length);
  throw invalid(path, [{ at: { text: path }, key: "", what: "larger than 1 MiB; that is no config file" }]);
}

/** The same values with one more; what stands in its way and is no map stays, for the schema to refuse. */
function withValue(data: unknown, [step = "", ...rest]: readonly string[], value: unknown): unknown {
  const map = data ?? {};
  if (!isMap(map)) return map;
  return { ...map, [step]: rest.length === 0 ? value : withValue(map[step], rest, value) };
}

/**
 * The same values without the keys that have none: a section whose lines are all comments is no fault. A name that
 * people chose, such as a service's or an agent's, counts as an empty block, since it says that there is one.
 */
function withoutEmpty(data: unknown, isNamed: (path: KeyPath) => boolean, path: KeyPath = []): unknown {
  if (Array.isArray(data)) return data.map((item, index) => withoutEmpty(item, isNamed, [...path, index]));
  if (!isMap(data)) return data;
  const entries = Object.entries(data).flatMap(([key, value]) => {
    const own = [...path, key];
    if (value !== null && value !== undefined) return [[key, withoutEmpty(value, isNamed, own)]];
    return isNamed(own) ? [[key, {}]] : [];
  });
  return Object.fromEntries(entries);
}

/** Says where a value or a key was written: in the overlay, in the file, or on the command line. */
function originOf(
  { file, over }: { readonly file: YamlSource; readonly over: YamlSource },
  options: { readonly path: string | undefined; readonly overrides: readonly KeyPath[] },
): Origin {
  const { path: named, overrides } = options;
  const given = (path: KeyPath) =>
    overrides.some((override) => override.every((step, depth) => String(path[depth]) === step));
  return {
    locate: (path) => {
      if (given(path)) return COMMAND_LINE;
      if (path.length > 0 && valueAt(over.data, path) !== undefined) return over.locate(path);
      return named === undefined ? COMMAND_LINE : file.locate(path);
    },
    locateKey: (path) => over.locateKey(path) ?? file.locateKey(path) ?? COMMAND_LINE,
  };
}

function invalid(name: string, problems: readonly Problem[], cause?: unknown): EarshotError {
  // One fault of YAML often leads to more complaints about the same spot.
  const spots = new Map(
    problems.map((problem) => [`${problem.at.text} ${problem.key}`, problem] as const).reverse(),
  );
  const sorted = [...spots.values()].reverse().sort((a, b) => (a.at.offset ?? -1) - (b.at.offset ?? -1));
  const lines = sorted.slice(0, MAX_PROBLEMS)
    .map(({ at, key, what }) => key === "" ? `${at.text}: ${what}` : `${at.text}: ${key}: ${what}`);
  if (sorted.length > MAX_PROBLEMS) lines.push(`and ${sorted.length - MAX_PROBLEMS} more`);
  const count = sorted.length === 1 ? "1 problem" : `${sorted.length} problems`;
  const message = [`Cannot use ${name}: ${count}`, ...lines].join("\n");
  return new EarshotError("config.invalid", message, cause === undefined ? {} : { cause });
}
