/** What a WAVE begins with; the four bytes of a size are whatever they are. */
const HEADER = [..."RIFF????WAVEfmt "].map((letter) => letter === "?" ? undefined : letter.charCodeAt(0));

/**
 * Tells apart what some programs write into one stream: one WAVE after the other, a header for every chunk or sentence.
 * Each is given as the bytes from its header up to the next one, wherever those are cut; what has no header stays
 * whole. Each is read to its end, or left, before the next one is asked for; what is left of it is skipped.
 */
export async function* separateWaves(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<AsyncGenerator<Uint8Array, void>, void> {
  const source = bytes[Symbol.asyncIterator]();
  /** What has come and is not given yet; begins a WAVE. */
  let held: Uint8Array = new Uint8Array(0);
  let ended = false;
  /** Where the next header may begin: not with the first byte of this one. */
  let from = 1;
  /** Whether this one has been given. */
  let over = false;

  async function* one(): AsyncGenerator<Uint8Array, void> {
    while (!over) {
      const next = headerIn(held, from);
      const through = next ?? (ended ? held.length : held.length - beginningAtEnd(held, from));
      const piece = held.subarray(0, through);
      held = held.subarray(through);
      over = next !== undefined || ended;
      if (piece.length > 0) from = 0;
      if (piece.length > 0) yield piece;
      if (!over) await more();
    }
  }

  async function more(): Promise<void> {
    const { done, value } = await source.next();
    if (done === true) ended = true;
    else held = held.length === 0 ? value : joined(held, value);
  }

  try {
    while (!ended || held.length > 0) {
      [from, over] = [1, false];
      yield one();
      for await (const _rest of one()) { /* what its reader has left */ }
    }
  } finally {
    await source.return?.();
  }
}

/** Where a whole header begins; `undefined` without one. */
function headerIn(bytes: Uint8Array, from: number): number | undefined {
  for (let at = bytes.indexOf(0x52, from); at >= 0; at = bytes.indexOf(0x52, at + 1)) {
    if (at + HEADER.length > bytes.length) return undefined;
    if (fits(bytes, at)) return at;
  }
  return undefined;
}

/** How many bytes at the end may begin a header. */
function beginningAtEnd(bytes: Uint8Array, from: number): number {
  for (let at = Math.max(from, bytes.length - HEADER.length + 1); at < bytes.length; at++) {
    if (fits(bytes, at)) return bytes.length - at;
  }
  return 0;
}

/** Whether a header, or what is there of one, begins at a byte. */
function fits(bytes: Uint8Array, at: number): boolean {
  return HEADER.every((byte, index) =>
    byte === undefined || at + index >= bytes.length || bytes[at + index] === byte
  );
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}
