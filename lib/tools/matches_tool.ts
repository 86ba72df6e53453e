/**
 * Whether a pattern of the config means a tool: `SOURCE` all of a source, `SOURCE.TOOL` one of them, with `*` for any run
 * of characters in either. Names of sources have no dot; those of tools may.
 *
 * @example
 * ```ts
 * import { matchesTool } from "./mod.ts";
 *
 * console.assert(matchesTool("home.unlock*", "home", "unlock_door"));
 * console.assert(matchesTool("home", "home", "light_on") && !matchesTool("home", "garage", "light_on"));
 * ```
 */
export function matchesTool(pattern: string, source: string, tool: string): boolean {
  const dot = pattern.indexOf(".");
  if (dot < 0) return matchesGlob(pattern, source);
  return matchesGlob(pattern.slice(0, dot), source) && matchesGlob(pattern.slice(dot + 1), tool);
}

/** By parts, and not by a regular expression, which some patterns would keep busy for long. */
function matchesGlob(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) {
    return false;
  }
  const end = text.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
