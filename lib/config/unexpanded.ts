import { isAlias, isScalar, type Node, visit } from "yaml";
import type { Place, Problem } from "./yaml_source.ts";

/** A path as one types it into a shell. */
const SHELL_PATH = /^(?:~|\$HOME|\$\{HOME\})(?=[\\/]|$)/;

/** What somebody expects to be replaced by something else, and is not. */
export function findUnexpanded(contents: Node | null, at: (offset: number) => Place): Problem[] {
  const problems: Problem[] = [];
  const anchors = new Set<string>();
  visit(contents, (_, node) => {
    if (isAlias(node)) {
      if (anchors.has(node.source)) return;
      const what = "a * at the beginning, which means something else in YAML; put the value in quotes";
      problems.push({ at: at(node.range?.[0] ?? 0), key: "", what });
      return;
    }
    if (typeof node === "object" && node !== null && "anchor" in node && typeof node.anchor === "string") {
      anchors.add(node.anchor);
    }
    if (!isScalar(node) || typeof node.value !== "string") return;
    const [sign] = SHELL_PATH.exec(node.value) ?? [];
    if (sign === undefined) return;
    const what =
      `${sign} is a shell's word for a directory, which nothing replaces here; write the whole path`;
    problems.push({ at: at(node.range?.[0] ?? 0), key: "", what });
  });
  return problems;
}
