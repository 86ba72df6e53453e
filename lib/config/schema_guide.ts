import { levenshteinDistance } from "@std/text";
import type { ConfigSchema } from "./config_schema.ts";
import type { KeyPath } from "./yaml_source.ts";

/** One place of a schema in the terms of JSON Schema; only what is put into words is named. */
interface SchemaPlace {
  readonly type?: unknown;
  readonly description?: string;
  /** What it must be, in the schema's own words; metadata of ours. */
  readonly expected?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly default?: unknown;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly additionalProperties?: unknown;
  readonly items?: unknown;
  readonly anyOf?: readonly unknown[];
  readonly oneOf?: readonly unknown[];
}

/** A word is known by as many characters of it. */
const MIN_BEGINNING = 4;
/** A key longer than this is no slip of the finger. */
const MAX_KEY_LENGTH = 64;

/** How deep a key is looked for that stands elsewhere, and how many places of it are worth telling. */
const MAX_DEPTH = 4;
const MAX_PLACES = 2;
/** Stands for a name that people choose. */
const NAME = "NAME";

/** What schemas look like: making that of a whole config takes tens of ms. */
const shapes = new WeakMap<ConfigSchema<unknown>, SchemaPlace>();

function shapeOf(schema: ConfigSchema<unknown>): SchemaPlace {
  let shape = shapes.get(schema);
  if (shape === undefined) {
    const root: unknown = schema.toJSONSchema({ io: "input", unrepresentable: "any" });
    shape = isPlace(root) ? root : {};
    shapes.set(schema, shape);
  }
  return shape;
}

/** Answers what a schema wants, in words, from its shape alone: it knows the keys of no section. */
export class SchemaGuide {
  readonly #root: SchemaPlace;

  /** The values that were written: in a union told apart by `type`, they say which branch is meant. */
  readonly #data: unknown;

  /** Looks at a schema; what JSON Schema cannot say has no words here. */
  constructor(schema: ConfigSchema<unknown>, data?: unknown) {
    this.#root = shapeOf(schema);
    this.#data = data;
  }

  /** What the value at `path` must be, or `undefined` if the schema does not tell. */
  expectation(path: KeyPath): string | undefined {
    const places = this.#at(path);
    const own = places.find(({ expected }) => expected !== undefined)?.expected;
    const wanted = own === undefined ? [...new Set(places.flatMap(describe))] : [own];
    const words = wanted.length > 1 ? `${wanted.slice(0, -1).join(", ")} or ${wanted.at(-1)}` : wanted[0];
    if (words === undefined) return undefined;
    const purposes = new Set(places.map(({ description }) => description));
    const purpose = purposes.size === 1 ? [...purposes][0] : undefined;
    return purpose === undefined ? words : `${words} (${purpose.replace(/\.$/, "")})`;
  }

  /** The kinds of value that may stand at `path`: `object`, `array`, `string`, `integer`, `number`, `boolean`. */
  kinds(path: KeyPath): ReadonlySet<unknown> {
    return new Set(this.#at(path).map(({ type }) => type));
  }

  /** Whether the value at `path` is a block under a name that people choose. */
  isNamedBlock(path: KeyPath): boolean {
    const around = this.#at(path.slice(0, -1));
    return around.some(({ additionalProperties }) => isPlace(additionalProperties)) &&
      this.kinds(path).has("object");
  }

  /** The texts of which the value at `path` must be one. */
  choices(path: KeyPath): readonly string[] {
    return this.#at(path).flatMap(({ const: only, enum: some = [] }) => [only, ...some])
      .filter((choice) => typeof choice === "string");
  }

  /** The known key nearest to `unknown` in the map at `path`, if it is near enough to be meant. */
  suggestion(path: KeyPath, unknown: string): string | undefined {
    return nearest(unknown, this.keys(path));
  }

  /** The known keys of the map at `path`. */
  keys(path: KeyPath): string[] {
    return [...new Set(this.#at(path).flatMap(({ properties }) => Object.keys(properties ?? {})))];
  }

  /**
   * Where a key belongs that stands too far out or in, in the map at `from`, however it is spelled; one with dots is a
   * path. Nothing where it may belong to many places.
   */
  placesOf(key: string, from: KeyPath): KeyPath[] {
    const dotted = key.split(".");
    if (dotted.length > 1) return this.#at([...from, ...dotted]).length > 0 ? [[...from, ...dotted]] : [];
    const wanted = plainName(key);
    const found: KeyPath[] = [];
    const look = (path: KeyPath) => {
      for (const name of path.length < MAX_DEPTH ? this.keys(path) : []) {
        if (plainName(name) === wanted) found.push([...path, name]);
        look([...path, name]);
      }
      if (path.length < MAX_DEPTH && this.isNamedBlock([...path, NAME])) look([...path, NAME]);
    };
    look([]);
    const elsewhere = found.filter(([first]) => first !== from[0]);
    // What stands deep within another block is seldom meant.
    const depth = Math.min(...elsewhere.map(({ length }) => length));
    const [only, ...others] = elsewhere.filter(({ length }) => length === depth);
    if (only?.includes(NAME) && others.length === 0) return [only];
    // Too far out or in, or in the section of the same name elsewhere.
    const section = from.at(-1);
    const near = found.filter((place) => {
      const map = place.slice(0, -1);
      return isOneOfOther(map, from) || section !== undefined && map.includes(section);
    });
    return near.length > MAX_PLACES ? [] : near;
  }

  #at(path: KeyPath): SchemaPlace[] {
    let places = alternatives(this.#root);
    let value = this.#data;
    let key: unknown;
    for (const step of path) {
      places = meantBranches(places, value, key).flatMap((place) => child(place, step)).flatMap(alternatives);
      value = valueAt(value, [step]);
      key = step;
    }
    return meantBranches(places, value, key);
  }
}

/** The one of several words that comes nearest to what somebody wrote, if it is near enough to be meant. */
export function nearest(written: string, words: readonly string[]): string | undefined {
  if (written.length > MAX_KEY_LENGTH) return undefined;
  const begun = words.find((word) =>
    written.length >= MIN_BEGINNING && word.startsWith(written.toLowerCase())
  );
  if (begun !== undefined) return begun;
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const word of words) {
    const distance = levenshteinDistance(written.toLowerCase(), word.toLowerCase());
    if (distance < (best?.distance ?? Infinity)) best = { word, distance };
  }
  if (best === undefined || best.distance >= written.length) return undefined;
  return best.distance <= Math.max(2, written.length / 3) ? best.word : undefined;
}

/** Whether one path begins with the other. */
function isOneOfOther(one: KeyPath, other: KeyPath): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short.every((step, depth) => long[depth] === step);
}

/** A name without its case and what parts its words: `public_url` and `publicUrl` are one. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, "");
}

function isPlace(value: unknown): value is SchemaPlace {
  return typeof value === "object" && value !== null;
}

/** Of several branches, the one whose `type` the value has, or bears as its key; all where it has none that is known. */
function meantBranches(places: readonly SchemaPlace[], value: unknown, key: unknown): SchemaPlace[] {
  const type = valueAt(value, ["type"]) ?? key;
  const meant = places.filter(({ properties }) => {
    const own = properties?.["type"];
    return isPlace(own) && own.const === type;
  });
  return type === undefined || meant.length === 0 ? [...places] : meant;
}

/** The value at a path, or `undefined`. */
export function valueAt(data: unknown, path: KeyPath): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

/** A place itself, or the branches of a union; what is said of the whole is said of each branch. */
function alternatives(place: SchemaPlace): SchemaPlace[] {
  const branches = (place.anyOf ?? place.oneOf)?.filter(isPlace);
  if (branches === undefined) return [place];
  const { description, expected } = place;
  return branches.flatMap(alternatives).map((branch) => ({
    ...branch,
    ...(description !== undefined && { description }),
    ...(expected !== undefined && { expected }),
  }));
}

function child(place: SchemaPlace, step: string | number): SchemaPlace[] {
  const { properties = {}, additionalProperties, items } = place;
  const found = typeof step === "number"
    ? items
    : Object.hasOwn(properties, step)
    ? properties[step]
    : additionalProperties;
  return isPlace(found) && !Array.isArray(found) ? [found] : [];
}

function describe(place: SchemaPlace): string[] {
  if (place.const !== undefined) return [JSON.stringify(place.const)];
  if (place.enum !== undefined) return place.enum.map((value) => JSON.stringify(value));
  switch (place.type) {
    case "boolean":
      return ["true or false"];
    case "integer":
      return [`a whole number${rangeOf(place)}`];
    case "number":
      return [`a number${rangeOf(place)}`];
    case "string":
      return [describeText(place)];
    case "array":
      return [place.minItems ? "a list that is not empty" : "a list"];
    case "object":
      return ["a map of keys"];
    default:
      return [];
  }
}

/** Of a URL, the default shows which protocol is meant. */
function describeText({ format, minLength, maxLength, default: usual }: SchemaPlace): string {
  if (format === "uri") return typeof usual === "string" ? `a URL such as ${usual}` : "a URL";
  if (format !== undefined) return `text (${format})`;
  const most = maxLength === undefined ? "" : `, at most ${maxLength} characters`;
  return `${minLength ? "text that is not empty" : "text"}${most}`;
}

/** The bounds of a number; those that any whole number has are not worth saying. */
function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SchemaPlace): string {
  const low = exclusiveMinimum !== undefined
    ? `more than ${exclusiveMinimum}`
    : minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER
    ? `at least ${minimum}`
    : undefined;
  const high = exclusiveMaximum !== undefined
    ? `less than ${exclusiveMaximum}`
    : maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER
    ? `at most ${maximum}`
    : undefined;
  if (low === `at least ${minimum}` && high === `at most ${maximum}`) return ` from ${minimum} to ${maximum}`;
  const bounds = [low, high].filter((bound) => bound !== undefined);
  return bounds.length === 0 ? "" : `, ${bounds.join(" and ")}`;
}
