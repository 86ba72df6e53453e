import { isMap, isScalar, isSeq, type Node, Scalar, visit } from "yaml";
import {
  howToPart,
  isInCurlyQuotes,
  joinedIn,
  type LookAlikes,
  lookAlikesIn,
  unseenEndOf,
} from "./look_alikes.ts";
import type { Place, Problem } from "./yaml_source.ts";

/** How many lines before an error may have caused it. */
const LINES_BEFORE = 2;
/** The longest line that is looked at, in characters. */
const MAX_LINE = 1_000;
/** A key with a colon that is none, at the beginning of a line. */
const KEY = /^\s*(?:-\s+)?[\w.-]+\s*[：﹕︓∶꞉]/u;

/** What somebody typed who did not mean it, near an error of YAML: comments and what is in quotes aside. */
export function findSuspect(
  text: string,
  offset: number,
): { readonly offset: number; readonly what: string } | undefined {
  const own = text.lastIndexOf("\n", offset - 1) + 1;
  const starts = [own];
  for (let start = own; start > 0 && starts.length <= LINES_BEFORE;) {
    starts.push(start = text.lastIndexOf("\n", start - 2) + 1);
  }
  const next = text.indexOf("\n", own) + 1;
  if (next > 0) starts.push(next);
  for (const start of starts) {
    const found = suspectIn(text.slice(start, start + MAX_LINE).split("\n", 1)[0] ?? "");
    if (found === undefined) continue;
    const meant = found.meant === ":" ? ": " : found.meant;
    const what = meant === "" ? `${found.names}; delete it` : `${found.names}; YAML wants \`${meant}\``;
    return { offset: start + found.index, what };
  }
  return undefined;
}

/** A line may well have such characters in its text; not where it has nothing else that is no ASCII. */
function suspectIn(line: string): LookAlikes | undefined {
  const bare = line.replace(/"[^"]*"|'[^']*'/g, (quoted) => "_".repeat(quoted.length)).replace(
    /(^|\s)#.*$/,
    "$1",
  );
  const [key] = KEY.exec(bare) ?? [];
  if (key !== undefined) return lookAlikesIn(key);
  const found = lookAlikesIn(bare);
  return found !== undefined && /^[\x20-\x7e\t\r]*$/.test(found.plain) ? found : undefined;
}

/** What YAML takes for a part of a key or a value, and whoever wrote it does not. */
export function findDisguised(contents: Node | null, at: (offset: number) => Place): Problem[] {
  const problems: Problem[] = [];
  visit(contents, {
    Scalar(_, { value, type, range }) {
      if (typeof value !== "string" || type !== Scalar.PLAIN) return;
      const place = at(range?.[0] ?? 0);
      const unseen = unseenEndOf(value);
      if (unseen !== undefined) {
        problems.push({
          at: place,
          key: "",
          what: `${unseen.names} at its beginning or end; YAML wants plain spaces`,
        });
      } else if (isInCurlyQuotes(value)) {
        const names = lookAlikesIn(value)?.names ?? "";
        problems.push({
          at: place,
          key: "",
          what: `${names}, which would be part of the text; YAML wants " or '`,
        });
      }
    },
    Pair(_, { key, value }, ancestors) {
      // Of a number, YAML keeps the value and not how it was written: 020000112233 would become 20000112233.
      if (isScalar(key) && typeof key.value === "number" && key.source !== String(key.value)) {
        const what = `a number to YAML, which reads ${key.value}; put the key in quotes`;
        problems.push({ at: at(key.range?.[0] ?? 0), key: key.source ?? "", what });
      }
      // In braces a key without a colon and a space has no value, and would count as absent.
      const map = ancestors.at(-1);
      if (!isMap(map) || !map.flow) return;
      if (!isScalar(key) || typeof key.value !== "string" || key.type !== Scalar.PLAIN) return;
      if (value !== null && !(isScalar(value) && value.value === null)) return;
      const joined = joinedIn(key.value);
      if (joined === undefined) return;
      problems.push({ at: at(key.range?.[0] ?? 0), key: joined.key, what: howToPart(joined) });
    },
  });
  return problems;
}

/** Texts in brackets that a comma of an input method is a part of; it may be meant, and may have been to part two. */
export function findWideCommas(
  contents: Node | null,
): { readonly offset: number; readonly what: string }[] {
  const found: { readonly offset: number; readonly what: string }[] = [];
  visit(contents, {
    Scalar(_, { value, type, range }, ancestors) {
      const list = ancestors.at(-1);
      if (!isSeq(list) || !list.flow || type !== Scalar.PLAIN || typeof value !== "string") return;
      const [comma] = /[，､、]/.exec(value) ?? [];
      if (comma === undefined) return;
      const what =
        `the comma (${comma}) is part of one text; two are parted by ", ", and quotes say that one is meant`;
      found.push({ offset: range?.[0] ?? 0, what });
    },
  });
  return found;
}
