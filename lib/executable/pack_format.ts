/**
 * The pack: large files that a Linux executable carries behind its program, where they cost no memory until they
 * are read. From its start: the files one after the other, an index as JSON, and a footer of 24 bytes: `u64 LE`
 * bytes of the whole pack, `u64 LE` bytes of the index, {@linkcode PACK_MAGIC}.
 *
 * @module
 */

/** Ends every pack. */
export const PACK_MAGIC = "earshot\n";

/** How long the footer is, in bytes. */
export const PACK_FOOTER_BYTES = 24;

/** One file of a pack: its name, where it begins from the start of the pack, and its size, in bytes. */
export type PackEntry = readonly [name: string, offsetBytes: number, sizeBytes: number];

/**
 * Up to Deno 2.7, `deno compile` puts what it embeds behind the program and ends it with these two numbers and a
 * `u64 LE` of how many bytes before the end it begins. Newer ones make it a segment of the ELF file.
 */
export const DENO_TRAILER = [0x501e, 0x2a7] as const;

/** How long that trailer is, in bytes. */
export const DENO_TRAILER_BYTES = 16;

/**
 * Where the pack of an executable ends, in bytes from its start: before what Deno put at its end, or at its end.
 *
 * @param tail the last {@linkcode DENO_TRAILER_BYTES} of the file
 */
export function packEnd(tail: DataView, sizeBytes: number): number {
  const isTrailer = DENO_TRAILER.every((word, index) => tail.getUint32(4 * index, true) === word);
  return isTrailer ? sizeBytes - Number(tail.getBigUint64(8, true)) : sizeBytes;
}

/** Lays a footer out. */
export function encodeFooter(packBytes: number, indexBytes: number): Uint8Array<ArrayBuffer> {
  const footer = new Uint8Array(PACK_FOOTER_BYTES);
  const view = new DataView(footer.buffer);
  view.setBigUint64(0, BigInt(packBytes), true);
  view.setBigUint64(8, BigInt(indexBytes), true);
  footer.set(new TextEncoder().encode(PACK_MAGIC), 16);
  return footer;
}

/** Reads a footer; nothing when these bytes are none. */
export function decodeFooter(
  footer: DataView,
): { readonly packBytes: number; readonly indexBytes: number } | undefined {
  const magic = new TextDecoder().decode(new Uint8Array(footer.buffer, footer.byteOffset + 16, 8));
  if (magic !== PACK_MAGIC) return undefined;
  return {
    packBytes: Number(footer.getBigUint64(0, true)),
    indexBytes: Number(footer.getBigUint64(8, true)),
  };
}
