import { isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from "yaml";
import { findDisguised, findSuspect, findWideCommas } from "./disguised.ts";
import { findUnexpanded } from "./unexpanded.ts";

/** A key of a map or a place in a list, from the top of the config down. */
export type KeyPath = readonly (string | number)[];

/** A spot in the config. */
export interface Place {
  /** `config.yaml:3:5`, or `command line`. */
  readonly text: string;
  /** How far into the file it is, in characters, if it is in the file. */
  readonly offset?: number;
}

/** Something wrong with the config, for one line of a message. */
export interface Problem {
  /** Where it stands. */
  readonly at: Place;
  /** Which key, as `server.port`; `""` for the file as a whole. */
  readonly key: string;
  /** What it is, and what would be right. */
  readonly what: string;
}

/** A config file that was read: its values, and where each of them stands. */
export interface YamlSource {
  /** The values; `{}` for an empty file. Of no use when there are problems. */
  readonly data: unknown;
  /** What is wrong with it as YAML. */
  readonly problems: readonly Problem[];
  /** What YAML finds odd, one sentence each. */
  readonly warnings: readonly string[];
  /** Where the value of a path, or else the nearest thing around it, stands. */
  locate(path: KeyPath): Place;
  /** Where a key itself stands, if it is in the file. */
  locateKey(path: KeyPath): Place | undefined;
}

/** How often all anchors together may be repeated before the file counts as a bomb. */
const MAX_ALIASES = 100;

/** What to do about the faults of YAML that people make; the others are explained by the parser. */
const ADVICE: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "a tab as indentation; YAML wants spaces",
  MULTIPLE_DOCS: "a second document; a config file is one, without `---` between",
  RESOURCE_EXHAUSTION: "nested too deeply",
  BLOCK_AS_IMPLICIT_KEY:
    "a second colon in the line, or the next line is indented further; put a value with a colon in quotes, and line the keys up",
  BAD_ALIAS: "a * at the beginning, which means something else in YAML; put the value in quotes",
  BAD_SCALAR_START: "a sign at the beginning that YAML keeps for itself; put the value in quotes",
  BAD_DQ_ESCAPE: "a backslash in double quotes; write it in single quotes, as 'C:\\file', or with /",
};

/** Reads YAML; never throws, whatever `text` is. `name` is what the file is called in messages. */
export function readYaml(name: string, text: string): YamlSource {
  const lines = new LineCounter();
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { text: `${name}:${Math.max(line, 1)}:${Math.max(col, 1)}`, offset };
  };
  const whole: Place = { text: name };
  const unreadable = (what: string): YamlSource => ({
    data: {},
    problems: [{ at: whole, key: "", what }],
    warnings: [],
    locate: () => whole,
    locateKey: () => undefined,
  });
  try {
    // The parser's own search for duplicates takes time by the square of the keys.
    const doc = parseDocument(text, {
      lineCounter: lines,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: "error",
    });
    const problems: Problem[] = doc.errors.map(({ code, pos, message }) => {
      const suspect = findSuspect(text, pos[0]);
      if (suspect !== undefined) return { at: at(suspect.offset), key: "", what: suspect.what };
      return {
        at: at(pos[0]),
        key: "",
        what: ADVICE[code] ?? `not valid YAML: ${message.split("\n", 1)[0]}`,
      };
    });
    if (problems.length === 0) {
      problems.push(
        ...findDuplicates(doc.contents, at),
        ...findDisguised(doc.contents, at),
        ...findUnexpanded(doc.contents, at),
      );
    }
    return {
      data: problems.length === 0 ? doc.toJS({ maxAliasCount: MAX_ALIASES }) ?? {} : {},
      problems,
      warnings: [
        ...doc.warnings.map(({ pos, message }) => `${at(pos[0]).text}: ${message}`),
        ...findWideCommas(doc.contents).map(({ offset, what }) => `${at(offset).text}: ${what}`),
      ],
      locate: (path) => at(find(doc.contents, path).valueOffset),
      locateKey: (path) => {
        const { keyOffset } = find(doc.contents, path);
        return keyOffset === undefined ? undefined : at(keyOffset);
      },
    };
  } catch (error) {
    if (error instanceof ReferenceError) {
      return unreadable(`anchors that repeat more than ${MAX_ALIASES} values`);
    }
    // The parser is recursive: what is nested too deeply runs out of stack.
    if (error instanceof RangeError) return unreadable("nested too deeply");
    return unreadable("not valid YAML");
  }
}

function findDuplicates(contents: Node | null, at: (offset: number) => Place): Problem[] {
  const problems: Problem[] = [];
  visit(contents, {
    Map(_, map) {
      const first = new Map<string, Place>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const [name, place] = [String(key.value), at(key.range?.[0] ?? 0)];
        const before = first.get(name);
        if (before === undefined) first.set(name, place);
        else problems.push({ at: place, key: name, what: `there twice, first at ${before.text}; keep one` });
      }
    },
  });
  return problems;
}

/** Where in the text the thing at `path` is; of what is not there, the innermost map or list around it. */
function find(
  contents: Node | null,
  path: KeyPath,
): { readonly valueOffset: number; readonly keyOffset?: number } {
  let node: unknown = contents;
  let valueOffset = contents?.range?.[0] ?? 0;
  let keyOffset: number | undefined;
  for (const step of path) {
    keyOffset = undefined;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (isScalar(pair?.key)) keyOffset = pair.key.range?.[0];
      node = pair?.value;
    } else {
      node = isSeq(node) ? node.items[Number(step)] : undefined;
    }
    if (isNode(node)) valueOffset = node.range?.[0] ?? valueOffset;
  }
  return { valueOffset, ...keyOffset !== undefined && { keyOffset } };
}
