import {
  DENO_TRAILER_BYTES,
  encodeFooter,
  packEnd,
  type PackEntry,
} from "../../lib/executable/pack_format.ts";

/** A file to put into a pack. */
export interface PackedFile {
  /** What the executable calls it. */
  readonly name: string;
  /** Where it is now. */
  readonly path: string;
}

/** Writes the executable `to` out of the one that `deno compile` made and the files that it shall carry. */
export async function addPack(from: string, to: string, files: readonly PackedFile[]): Promise<void> {
  using input = await Deno.open(from);
  const { size } = await input.stat();
  const tail = new Uint8Array(DENO_TRAILER_BYTES);
  await input.seek(-DENO_TRAILER_BYTES, Deno.SeekMode.End);
  await input.read(tail);
  const at = packEnd(new DataView(tail.buffer), size);
  using output = await Deno.open(to, { write: true, create: true, truncate: true, mode: 0o755 });
  await copyBytes(input, output, { offsetBytes: 0, sizeBytes: at });
  const index: PackEntry[] = [];
  let offsetBytes = 0;
  for (const { name, path } of files) {
    using file = await Deno.open(path);
    const sizeBytes = (await file.stat()).size;
    await copyBytes(file, output, { offsetBytes: 0, sizeBytes });
    index.push([name, offsetBytes, sizeBytes]);
    offsetBytes += sizeBytes;
  }
  const indexBytes = new TextEncoder().encode(JSON.stringify(index));
  await writeAll(output, indexBytes);
  const footer = encodeFooter(offsetBytes + indexBytes.length + encodeFooter(0, 0).length, indexBytes.length);
  await writeAll(output, footer);
  await copyBytes(input, output, { offsetBytes: at, sizeBytes: size - at });
}

async function copyBytes(
  from: Deno.FsFile,
  to: Deno.FsFile,
  { offsetBytes, sizeBytes }: { readonly offsetBytes: number; readonly sizeBytes: number },
): Promise<void> {
  await from.seek(offsetBytes, Deno.SeekMode.Start);
  const buffer = new Uint8Array(1024 * 1024);
  for (let left = sizeBytes; left > 0;) {
    const read = await from.read(buffer.subarray(0, Math.min(left, buffer.length)));
    if (read === null) throw new Deno.errors.UnexpectedEof("a file became shorter while it was copied");
    await writeAll(to, buffer.subarray(0, read));
    left -= read;
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
}
