/**
 * Whether a pattern of the config names a tool: `SOURCE` is every tool of a source, `SOURCE.TOOL` one of them, and a `*`
 * stands for any text. A tool whose name has dots, such as `self.get_status`, may be written without escaping.
 */
export function matchesTool(pattern: string, source: string, tool: string): boolean {
  return wholePattern(pattern).test(source) || wholePattern(pattern).test(`${source}.${tool}`);
}

function wholePattern(pattern: string): RegExp {
  // Runs of stars would take long to find out that they do not match.
  const parts = pattern.replace(/\*+/g, "*").split("*").map((part) =>
    part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")
  );
  return new RegExp(`^${parts.join("[^]*")}$`, "u");
}
