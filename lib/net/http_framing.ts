/** What `http-parser-js` takes and no peer may send; checked alike in requests and answers. */

/** Throws for a chunk of less than nothing, which would lead the parser back to where it was, for ever. */
export function checkChunk(length: number): void {
  if (!(length > 0)) throw new RangeError("chunk size");
}

/** Throws for a `Content-Length` that is no length. */
export function checkContentLength(value: string): void {
  if (!/^\d{1,15}$/.test(value)) throw new RangeError("content-length");
}
