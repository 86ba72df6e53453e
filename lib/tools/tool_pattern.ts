/**
 * Whether a pattern of the config names a tool: `SOURCE` is every tool of a source, `SOURCE.TOOL` one of them, and a `*`
 * stands for any text. A tool whose name has dots, such as `self.get_status`, is written as it is.
 */
export function matchesTool(pattern: string, source: string, tool: string): boolean {
  return matches(pattern, source) || matches(pattern, `${source}.${tool}`);
}

/** Each part is looked for behind the one before it, so the work grows with the text alone: a regular expression's would not. */
function matches(pattern: string, text: string): boolean {
  const [first = "", ...others] = pattern.split("*");
  const last = others.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
