import type { ConfigSchema, SchemaIssue } from "./config_schema.ts";
import { howToPart, joinedIn, lookAlikesIn } from "./look_alikes.ts";
import { nearest, SchemaGuide } from "./schema_guide.ts";
import { isSecretPath, showKey, showValue } from "./show_value.ts";
import type { KeyPath, Place, Problem } from "./yaml_source.ts";

/** Says where things were written. */
export interface Origin {
  /** Where the value at a path stands, or the nearest thing around it. */
  locate(path: KeyPath): Place;
  /** Where a key stands. */
  locateKey(path: KeyPath): Place;
}

/** From here on a number is an id rather than a count. */
const MIN_ID = 100_000;
/** Up to so many choices are read at a glance. */
const FEW_CHOICES = 3;

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
    if (issue.code === "invalid_key") {
      const [why = issue] = issue.issues ?? [];
      return [{ at: origin.locateKey(path), key: keyName(path), what: `the key ${why.message}` }];
    }
    const value = valueAt(data, path);
    return [{
      at: origin.locate(path),
      key: keyName(path),
      what: explainValue(issue, value, { path, guide }),
    }];
  });
}

function explainValue(
  issue: SchemaIssue,
  value: unknown,
  { path, guide }: { readonly path: KeyPath; readonly guide: SchemaGuide },
): string {
  const expected = speaksForItself(issue) ? undefined : guide.expectation(path);
  const right = expected === undefined ? issue.message : `it must be ${expected}`;
  if (value === undefined) return `missing; ${right}`;
  const kinds = guide.kinds(path);
  // A whole text in place of a block: its colon is none, and what follows may be a secret.
  const misplaced = typeof value === "string" && !kinds.has("string") &&
    (kinds.has("object") || kinds.has("array"));
  const joined = misplaced && kinds.has("object") && !isSecretPath(path) ? joinedIn(value) : undefined;
  if (joined !== undefined) return howToPart(joined);
  const state = showValue(value, { path, misplaced });
  return [`${state}${hintOf(value, { path, guide, misplaced })}`, right].join("; ");
}

/** What was meant by a value that is of another kind, or has characters that were not meant. */
function hintOf(
  value: unknown,
  { path, guide, misplaced }: {
    readonly path: KeyPath;
    readonly guide: SchemaGuide;
    readonly misplaced: boolean;
  },
): string {
  const kinds = guide.kinds(path);
  // An id of digits alone is a number for YAML.
  if (typeof value === "number") {
    return kinds.has("string") && value >= MIN_ID ? ", a number: put it in quotes" : "";
  }
  if (typeof value !== "string") return "";
  const hidden = misplaced || isSecretPath(path);
  const found = lookAlikesIn(value);
  if (found !== undefined && (misplaced || /^[\x20-\x7e]*$/.test(found.plain))) {
    return `, with ${found.names}${hidden ? "" : `: write ${found.plain}`}`;
  }
  const isNumber = kinds.has("integer") || kinds.has("number");
  if (isNumber && !kinds.has("string") && /^-?\d+(\.\d+)?$/.test(value)) return ": write it without quotes";
  const choice = guide.choices(path).length > FEW_CHOICES ? nearest(value, guide.choices(path)) : undefined;
  return choice === undefined ? "" : `; did you mean "${choice}"?`;
}

/** Whether an issue has words of the schema's own, which say more than its shape. */
function speaksForItself({ code, format }: SchemaIssue): boolean {
  return code === "custom" || (code === "invalid_format" && (format === "regex" || format === "starts_with"));
}

/** `server.ports[0].name`; of a key that holds its value too, no more than the key. */
function keyName(path: KeyPath): string {
  return path.map((step, depth) => {
    if (typeof step === "number") return `[${step}]`;
    const key = showKey(joinedIn(step)?.key ?? step);
    return depth === 0 ? key : `.${key}`;
  }).join("");
}

function unknownKey(guide: SchemaGuide, path: KeyPath, key: string): string {
  const joined = joinedIn(key);
  if (joined !== undefined) return howToPart(joined);
  const found = lookAlikesIn(key);
  const suggestion = guide.suggestion(path, found?.plain ?? key);
  const state = found === undefined ? "unknown key" : `unknown key, with ${found.names}`;
  if (suggestion !== undefined) return `${state}; did you mean "${suggestion}"?`;
  const known = guide.keys(path);
  return known.length === 0 ? `${state}; remove it` : `${state}; the keys here are ${known.join(", ")}`;
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
