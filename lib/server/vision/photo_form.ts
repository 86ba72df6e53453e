import { Buffer } from "node:buffer";

/** The longest head of a part, in bytes; firmware sends about 100. */
const MAX_HEAD_BYTES = 4_096;
/** Parts that are looked at; firmware sends two. */
const MAX_PARTS = 16;

const FORM = /^multipart\/form-data\s*;/i;
const BOUNDARY = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;,"]{1,70}))/i;
/** A field's name, which is no file's name. */
const NAME = /^content-disposition:[^\r\n]*?;\s*name="?([^";\r\n]*)"?/im;

const BREAK = Buffer.from("\r\n");
const HEAD_END = Buffer.from("\r\n\r\n");

/** A form of a device's camera. */
export interface PhotoForm {
  /** What shall be seen in the photo, in bytes; absent where there is no such part. */
  readonly question?: Uint8Array<ArrayBuffer>;
  /** The photo, as it came: a view of the body. */
  readonly file?: Uint8Array<ArrayBuffer>;
}

/**
 * Reads a `multipart/form-data` body: its parts `question` and `file`, in any order, the first of each name. `undefined`
 * for what is no such form, or not whole.
 */
export function readPhotoForm(body: Uint8Array<ArrayBuffer>, contentType: string): PhotoForm | undefined {
  const [, quoted, plain] = FORM.test(contentType) ? BOUNDARY.exec(contentType) ?? [] : [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) return undefined;
  const marks = new Marks(body, boundary);
  const found: { question?: Uint8Array<ArrayBuffer>; file?: Uint8Array<ArrayBuffer> } = {};
  let mark = marks.next(0);
  for (let parts = 0; parts <= MAX_PARTS && mark !== undefined; parts++) {
    if (mark.isLast) return found;
    const next = marks.next(mark.end - BREAK.length);
    if (next === undefined) return undefined;
    const part = partOf(body, { start: mark.end, end: next.start });
    if (part === undefined) return undefined;
    if (part.name === "question") found.question ??= part.content;
    if (part.name === "file") found.file ??= part.content;
    mark = next;
  }
  return undefined;
}

/** A line that parts the parts. */
interface Mark {
  /** Where the part before ends: before the line break that belongs to the mark. */
  readonly start: number;
  /** Where the next part begins. */
  readonly end: number;
  /** Whether it is the last one. */
  readonly isLast: boolean;
}

/** Finds the marks of a body. */
class Marks {
  readonly #bytes: Buffer;
  readonly #dashes: Buffer;

  constructor(body: Uint8Array<ArrayBuffer>, boundary: string) {
    this.#bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.#dashes = Buffer.from(`--${boundary}`, "latin1");
  }

  /** The first mark that begins at `from` or after it; `undefined` where there is none. */
  next(from: number): Mark | undefined {
    for (let at = from;;) {
      const dashes = this.#bytes.indexOf(this.#dashes, at);
      if (dashes === -1) return undefined;
      at = dashes + this.#dashes.length;
      const start = dashes - BREAK.length;
      // It stands on a line of its own; the very first one may begin the body.
      const isLineStart = dashes === 0 || start >= from && this.#has(BREAK, start);
      if (!isLineStart) continue;
      if (this.#bytes[at] === 0x2d && this.#bytes[at + 1] === 0x2d) {
        return { start: Math.max(0, start), end: at + 2, isLast: true };
      }
      if (this.#has(BREAK, at)) {
        return { start: Math.max(0, start), end: at + BREAK.length, isLast: false };
      }
      // The boundary was the beginning of a longer word.
    }
  }

  #has(what: Buffer, at: number): boolean {
    return this.#bytes.subarray(at, at + what.length).equals(what);
  }
}

/** A part's name and content; `undefined` for one whose head does not end. */
function partOf(
  body: Uint8Array<ArrayBuffer>,
  { start, end }: { readonly start: number; readonly end: number },
): { readonly name: string | undefined; readonly content: Uint8Array<ArrayBuffer> } | undefined {
  // The line break of the mark before counts, so that a part without any head has an end of it.
  const from = start - BREAK.length;
  const window = Buffer.from(body.buffer, body.byteOffset + from, Math.min(end - from, MAX_HEAD_BYTES));
  const headEnd = window.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const contentStart = from + headEnd + HEAD_END.length;
  const head = window.toString("latin1", BREAK.length, headEnd);
  const [, name] = NAME.exec(head) ?? [];
  return { name, content: body.subarray(contentStart, Math.max(contentStart, end)) };
}
