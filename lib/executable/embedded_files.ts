import { EarshotError } from "../errors/mod.ts";
import {
  decodeFooter,
  DENO_TRAILER_BYTES,
  PACK_FOOTER_BYTES,
  packEnd,
  type PackEntry,
} from "./pack_format.ts";

/** Begins the path of a file that this executable carries. */
const SCHEME = "embedded:";

/** Some bytes of a file. */
export interface FileSlice {
  /** The file. */
  readonly path: string;
  /** Where they begin. */
  readonly offsetBytes: number;
  /** How many they are. */
  readonly sizeBytes: number;
}

/** What the pack holds, read once. */
let pack: ReadonlyMap<string, FileSlice> | undefined;

/**
 * The path of a file that this executable carries, or `undefined` when it does not: `embedded:<name>`, which
 * {@linkcode openSlice} and {@linkcode readWhole} take like any other path.
 */
export function embeddedPath(name: string): string | undefined {
  return embeddedSlice(name) === undefined ? undefined : `${SCHEME}${name}`;
}

/** Where a file lies that this executable carries, or `undefined` when it does not. */
export function embeddedSlice(name: string): FileSlice | undefined {
  if (!Deno.build.standalone) return undefined;
  if (Deno.build.os === "linux") {
    pack ??= readPack(Deno.execPath());
    return pack.get(name);
  }
  return unpackedSlice(name);
}

/**
 * Where the bytes of `path` lie: inside this executable for `embedded:<name>`, else the whole file.
 * Throws what `Deno.stat` throws, and `internal` for an embedded file that is not there.
 */
export async function sliceAt(path: string): Promise<FileSlice> {
  if (!path.startsWith(SCHEME)) {
    return { path, offsetBytes: 0, sizeBytes: (await Deno.stat(path)).size };
  }
  const slice = embeddedSlice(path.slice(SCHEME.length));
  if (slice !== undefined) return slice;
  throw new EarshotError("internal", `Cannot read ${path}: this executable does not carry it`);
}

/** Whether `path` names something inside this executable. */
export function isEmbeddedPath(path: string): boolean {
  return path.startsWith(SCHEME);
}

/** The bytes of a file, embedded or not. Throws as {@linkcode sliceAt} does. */
export async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  if (!isEmbeddedPath(path)) return await Deno.readFile(path);
  const slice = await sliceAt(path);
  const bytes = new Uint8Array(slice.sizeBytes);
  let filled = 0;
  for await (const part of readSlice(slice)) {
    bytes.set(part, filled);
    filled += part.byteLength;
  }
  return bytes;
}

/** The bytes of a slice, part by part; each part is only valid until the next one is requested. */
export async function* readSlice(slice: FileSlice): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  using file = await Deno.open(slice.path);
  await file.seek(slice.offsetBytes, Deno.SeekMode.Start);
  const buffer = new Uint8Array(256 * 1024);
  for (let left = slice.sizeBytes; left > 0;) {
    const read = await file.read(buffer.subarray(0, Math.min(left, buffer.byteLength)));
    if (read === null) throw new Deno.errors.UnexpectedEof(`${slice.path} is ${left} bytes too short`);
    yield buffer.subarray(0, read);
    left -= read;
  }
}

/** Other systems refuse a program with a pack behind it; there it unpacks itself, and this is beside the code. */
function unpackedSlice(name: string): FileSlice | undefined {
  const path = `${import.meta.dirname}/../../embedded/${name}.bin`;
  try {
    return { path, offsetBytes: 0, sizeBytes: Deno.statSync(path).size };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The index of the pack that an executable carries; empty when it carries none. */
export function readPack(path: string): ReadonlyMap<string, FileSlice> {
  using file = Deno.openSync(path);
  const read = (offsetBytes: number, sizeBytes: number) => {
    const bytes = new Uint8Array(sizeBytes);
    file.seekSync(offsetBytes, Deno.SeekMode.Start);
    for (let filled = 0; filled < sizeBytes;) {
      const count = file.readSync(bytes.subarray(filled));
      if (count === null) throw new Deno.errors.UnexpectedEof(`${path} ends inside its pack`);
      filled += count;
    }
    return bytes;
  };
  const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { size } = file.statSync();
  if (size < DENO_TRAILER_BYTES + PACK_FOOTER_BYTES) return new Map();
  const end = packEnd(view(read(size - DENO_TRAILER_BYTES, DENO_TRAILER_BYTES)), size);
  const footer = decodeFooter(view(read(end - PACK_FOOTER_BYTES, PACK_FOOTER_BYTES)));
  if (footer === undefined) return new Map();
  const start = end - footer.packBytes;
  const index: readonly PackEntry[] = JSON.parse(
    new TextDecoder().decode(read(end - PACK_FOOTER_BYTES - footer.indexBytes, footer.indexBytes)),
  );
  return new Map(
    index.map(([name, offsetBytes, sizeBytes]) => [
      name,
      { path, offsetBytes: start + offsetBytes, sizeBytes },
    ]),
  );
}
