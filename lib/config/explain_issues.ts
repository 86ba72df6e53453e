import type { ConfigSchema, SchemaIssue } from "./config_schema.ts";
import { howToPart, joinedIn, lookAlikesIn } from "./look_alikes.ts";
import { isMap } from "./merge_values.ts";
import { nearest, SchemaGuide, valueAt } from "./schema_guide.ts";
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
    /** The data with the keys that have no value. */
    readonly written?: unknown;
  },
): Problem[] {
  const { schema, origin, written } = options;
  const guide = new SchemaGuide(schema, data);
  return issues.flatMap((issue) => innermost(issue, data)).flatMap((issue): Problem[] => {
    const path = pathOf(issue);
    if (issue.code === "unrecognized_keys") {
      return (issue.keys ?? []).map((key) => ({
        at: origin.locateKey([...path, key]),
        key: keyName([...path, key]),
        what: unknownKey(key, { path, guide, around: valueAt(written, path) }),
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
      what: hintOfIndent(value, { path, guide, written }) ?? explainValue(issue, value, { path, guide }),
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

/** A key of a block beside it, which was not indented: its value stands where a block is wanted. */
function hintOfIndent(
  value: unknown,
  { path, guide, written }: {
    readonly path: KeyPath;
    readonly guide: SchemaGuide;
    readonly written: unknown;
  },
): string | undefined {
  const key = path.at(-1);
  if (typeof value === "object" || typeof key !== "string" || guide.kinds(path).has("string")) {
    return undefined;
  }
  const parent = path.slice(0, -1);
  const above = emptyAbove(key, { path: parent, guide, around: valueAt(written, parent) });
  return above === undefined ? undefined : `it belongs below "${above}", so indent it further`;
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
  if (value === null && kinds.has("string")) return ": put the word in quotes if it is meant";
  if (Array.isArray(value) && !kinds.has("array")) {
    return hintOfList(value, { kinds, isOfNames: guide.isNamedBlock([...path, ""]) });
  }
  // An id of digits alone is a number for YAML.
  if (typeof value === "number") {
    return kinds.has("string") && value >= MIN_ID ? ", a number: put it in quotes" : "";
  }
  if (typeof value !== "string") return "";
  const hidden = misplaced || isSecretPath(path);
  if (kinds.has("array") && !kinds.has("string")) {
    if (/^-\S/.test(value)) return ", with no space after its dash; YAML wants `- `";
  }
  const found = lookAlikesIn(value);
  if (found !== undefined && (misplaced || /^[\x20-\x7e]*$/.test(found.plain))) {
    return `, with ${found.names}${hidden ? "" : `: write ${found.plain}`}`;
  }
  const meant = kinds.has("string") ? undefined : plainValueIn(value, kinds);
  if (meant !== undefined) return meant === value ? ": write it without quotes" : `: write ${meant}`;
  const choice = guide.choices(path).length > FEW_CHOICES ? nearest(value, guide.choices(path)) : undefined;
  return choice === undefined || choice === value ? "" : `; did you mean "${choice}"?`;
}

/** What makes a list of what is none. */
function hintOfList(
  list: readonly unknown[],
  { kinds, isOfNames }: { readonly kinds: ReadonlySet<unknown>; readonly isOfNames: boolean },
): string {
  if (!kinds.has("object")) {
    return kinds.has("string") && list.length === 1 ? ": put it in quotes if the brackets belong to it" : "";
  }
  if (list.length === 0 || !list.every(isMap)) return "";
  const hasNames = list.every((item) => Object.values(item).every(isMap));
  return isOfNames && !hasNames ? ": write each as NAME: { ... }, without a dash" : ": take the dashes away";
}

/** The number, or the true or false, that a text stands for; what else is written behind it is left out. */
function plainValueIn(text: string, kinds: ReadonlySet<unknown>): string | undefined {
  if (kinds.has("integer") || kinds.has("number")) {
    const [, number = ""] =
      /^\s*(-?\d[\d_]*(?:\.\d+)?|\d{1,3}(?:,\d{3})+)\s*(?:[;,]?|[;,]?\s*(?:#|\/\/).*)$/.exec(text) ?? [];
    if (number !== "") return number.replace(/[_,]/g, "");
  }
  const [, word] = /^\s*(true|false)\s*$/i.exec(text) ?? [];
  return kinds.has("boolean") ? word?.toLowerCase() : undefined;
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

function unknownKey(
  key: string,
  { path, guide, around }: {
    readonly path: KeyPath;
    readonly guide: SchemaGuide;
    /** The map that it stands in, with its keys that have no value. */
    readonly around: unknown;
  },
): string {
  const joined = joinedIn(key);
  if (joined !== undefined) return howToPart(joined);
  const known = guide.keys(path);
  if (known.includes(key)) return `not together with the others here; keep one of ${known.join(", ")}`;
  const found = lookAlikesIn(key);
  const above = found === undefined ? emptyAbove(key, { path, guide, around }) : undefined;
  if (above !== undefined) return `unknown key; it belongs below "${above}", so indent it further`;
  const suggestion = guide.suggestion(path, found?.plain ?? key);
  const state = found === undefined ? "unknown key" : `unknown key, with ${found.names}`;
  if (suggestion !== undefined) return `${state}; did you mean "${suggestion}"?`;
  const places = guide.placesOf(key, path);
  if (places.length > 0) return `${state} here; ${places.map(whereTo).join(", or ")}`;
  return known.length === 0 ? `${state}; remove it` : `${state}; the keys here are ${known.join(", ")}`;
}

/** Where a key belongs whose place is known. */
function whereTo(place: KeyPath): string {
  const key = keyName(place.slice(-1));
  return place.length === 1
    ? `"${key}" belongs to no other block, so do not indent it`
    : `"${key}" belongs below "${keyName(place.slice(0, -1))}"`;
}

/** The block without any keys of its own beside which a key of it stands, as one does that was not indented. */
function emptyAbove(
  key: string,
  { path, guide, around }: {
    readonly path: KeyPath;
    readonly guide: SchemaGuide;
    readonly around: unknown;
  },
): string | undefined {
  if (typeof around !== "object" || around === null) return undefined;
  return Object.entries(around)
    .find(([name, value]) => value === null && guide.keys([...path, name]).includes(key))?.[0];
}

function pathOf(issue: SchemaIssue): KeyPath {
  return issue.path.map((step) => typeof step === "number" ? step : String(step));
}

/** The issues of the branch of a union that comes nearest; of anything else, the issue itself. */
function innermost(issue: SchemaIssue, data: unknown): SchemaIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const value = valueAt(data, pathOf(issue));
  const branches = (issue.errors ?? [])
    .filter((branch) =>
      branch.length > 0 && branch.every(({ path, code }) => path.length > 0 || code !== "invalid_type")
    )
    .sort((a, b) => a.length - b.length);
  const [nearest] = branches;
  // Of a plain value the branches for other kinds say nothing; several for its own kind are all told.
  const isPlain = typeof value !== "object" || value === null;
  if (nearest === undefined || (isPlain && branches.length > 1)) return [issue];
  return nearest.flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] }, data));
}
