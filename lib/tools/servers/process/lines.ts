/** Told of the lines of a pipe; synchronous, and must not throw. */
export interface LineHandlers {
  /** A line, without its end. */
  onLine(line: string): void;
  /** A line was longer than may be: its first and its last bytes, as text. */
  onTooLong(head: string, tail: string): void;
}

/** How much of either end of a line that is too long is told, in bytes. */
const SHOWN_BYTES = 256;

/** Reads a pipe line by line until it ends; a line above `maxBytes` is passed by, and costs its first bytes and its last. */
export async function readLines(
  pipe: ReadableStream<Uint8Array>,
  handlers: LineHandlers,
  { maxBytes }: { readonly maxBytes: number },
): Promise<void> {
  const decoder = new TextDecoder();
  let parts: Uint8Array[] = [];
  let sizeBytes = 0;
  let head = "";
  let tail = new Uint8Array(0);
  const take = (part: Uint8Array) => {
    sizeBytes += part.length;
    if (sizeBytes <= maxBytes) {
      parts.push(part);
      return;
    }
    if (head === "") head = decoder.decode(joined(parts).subarray(0, SHOWN_BYTES));
    tail = joined([tail, ...parts.splice(0), part]).slice(-SHOWN_BYTES);
  };
  const end = () => {
    if (sizeBytes > maxBytes) handlers.onTooLong(head, decoder.decode(tail));
    else if (sizeBytes > 0) handlers.onLine(decoder.decode(joined(parts)).replace(/\r$/, ""));
    parts = [];
    sizeBytes = 0;
    head = "";
    tail = new Uint8Array(0);
  };
  for await (const bytes of pipe) {
    let from = 0;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
      take(bytes.subarray(from, at));
      end();
      from = at + 1;
    }
    if (from < bytes.length) take(bytes.subarray(from));
  }
  end();
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
