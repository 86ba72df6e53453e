/** How long a line may be, in UTF-16 units; the rest of a longer one is dropped. */
export const MAX_LINE_LENGTH = 2_000;

/** The lines of a child's stderr as they come; empty ones are left out, a last one without an end is given. */
export async function* readLines(pipe: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
  let line = "";
  for await (const text of pipe.pipeThrough(new TextDecoderStream())) {
    const [rest = "", ...others] = text.split(/\r?\n/);
    line = bounded(line + rest);
    for (const next of others) {
      if (line !== "") yield line;
      line = bounded(next);
    }
  }
  if (line !== "") yield line;
}

function bounded(line: string): string {
  return line.slice(0, MAX_LINE_LENGTH);
}
