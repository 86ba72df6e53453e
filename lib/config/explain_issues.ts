import type { ConfigSchema, SchemaIssue } from "./config_schema.ts";
import { SchemaGuide } from "./schema_guide.ts";
import type { KeyPath, Place, Problem } from "./yaml_source.ts";

/** Says where things were written. */
export interface Origin {
  /** Where the value at a path stands, or the nearest thing around it. */
  locate(path: KeyPath): Place;
  /** Where a key stands. */
  locateKey(path: KeyPath): Place;
}

/** Names whose values are never shown. */
const SECRET = /key|token|secret|password|credential/i;
/** The longest value that is shown, in characters. */
const MAX_SHOWN = 40;

/** Puts a schema's issues with `data` into words: what each value is, and what would be right. */
export function explainIssues(
  issues: readonly SchemaIssue[],
  data: unknown,
  options: {
    readonly schema: ConfigSchema<unknown>;
    readonly origin: Origin;
  },
): Problem[] {
  const { schema, origin } = options;
  const guide = new SchemaGuide(schema);
  return issues.flatMap((issue) => innermost(issue, data)).flatMap((issue): Problem[] => {
    const path = pathOf(issue);
    if (issue.code === "unrecognized_keys") {
      return (issue.keys ?? []).map((key) => ({
        at: origin.locateKey([...path, key]),
        key: keyName([...path, key]),
        what: unknownKey(guide, path, key),
      }));
    }
    const value = valueAt(data, path);
    const expected = issue.code === "custom" ? undefined : guide.expectation(path);
    const state = value === undefined ? "missing" : show(value, path);
    const what = expected === undefined ? `${state}; ${issue.message}` : `${state}; it must be ${expected}`;
    return [{ at: origin.locate(path), key: keyName(path), what }];
  });
}

/** `server.ports[0].name` */
function keyName(path: KeyPath): string {
  return path.map((step, depth) => typeof step === "number" ? `[${step}]` : depth === 0 ? step : `.${step}`)
    .join("");
}

function unknownKey(guide: SchemaGuide, path: KeyPath, key: string): string {
  const suggestion = guide.suggestion(path, key);
  if (suggestion !== undefined) return `unknown key; did you mean "${suggestion}"?`;
  const known = guide.keys(path);
  return known.length === 0 ? "unknown key; remove it" : `unknown key; the keys here are ${known.join(", ")}`;
}

function pathOf(issue: SchemaIssue): KeyPath {
  return issue.path.map((step) => typeof step === "number" ? step : String(step));
}

/** The issues of the branch of a union that comes nearest; of anything else, the issue itself. */
function innermost(issue: SchemaIssue, data: unknown): SchemaIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const value = valueAt(data, pathOf(issue));
  if (typeof value !== "object" || value === null) return [issue];
  const branches = (issue.errors ?? [])
    .filter((branch) =>
      branch.length > 0 && branch.every(({ path, code }) => path.length > 0 || code !== "invalid_type")
    )
    .sort((a, b) => a.length - b.length);
  const [nearest] = branches;
  if (nearest === undefined) return [issue];
  return nearest.flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] }, data));
}

function valueAt(data: unknown, path: KeyPath): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

function show(value: unknown, path: KeyPath): string {
  if (Array.isArray(value)) return "is a list";
  if (typeof value === "object") return value === null ? "is empty" : "is a map";
  if (path.some((step) => typeof step === "string" && SECRET.test(step))) return `is a ${typeof value}`;
  const text = typeof value === "string" ? JSON.stringify(withoutKeys(value)) : String(value);
  return `is ${text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text}`;
}

/** A URL without the parts of it that may hold a key; any other text as it is. */
function withoutKeys(text: string): string {
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(text)) return text;
  return text.replace(/\/\/[^/?#]*@/, "//...@").replace(/[?#].*$/s, "?...");
}
