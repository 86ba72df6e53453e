/** The longest line that is taken, in UTF-16 units. */
const MAX_LINE_CHARS = 32_768;

/** The lines of a stream of text, without their ends; the last one may have none, and a longer one is cut off. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of bytes) {
    rest += decoder.decode(piece, { stream: true });
    const lines = rest.split("\n");
    rest = (lines.pop() ?? "").slice(0, MAX_LINE_CHARS);
    for (const line of lines) yield line.slice(0, MAX_LINE_CHARS).replace(/\r$/, "");
  }
  rest += decoder.decode();
  if (rest !== "") yield rest.replace(/\r$/, "");
}
