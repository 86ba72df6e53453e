import type { ByteReader } from "./byte_reader.ts";
import { unreadableSound } from "./sound_file.ts";

/** Which of the containers that hold WAVE chunks a file is. */
export type WaveContainer = "RIFF" | "RIFX" | "RF64" | "W64";

/** The head of a chunk. */
export interface WaveChunk {
  /** Four letters: `fmt `, `data`. */
  readonly id: string;
  /** How many bytes of content it announces; infinite where the size was unknown when it was written. */
  readonly announcedBytes: number;
}

/** The last 12 bytes of each identifier of Sony Wave64; its first four are the letters of RIFF, small. */
const W64_RIFF_TAIL = [0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0, 0];
const W64_TAIL = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];
const W64_HEADER_BYTES = 40;
const RIFF_HEADER_BYTES = 12;
/** The size of the file and that of the sound; what follows is of no use here. */
const LONG_SIZES_BYTES = 16;
/** A 64 bit size of which a number is sure; more than any disk holds. */
const LARGEST_BYTES = Number.MAX_SAFE_INTEGER;

/** Which container begins with these bytes; `undefined` when none does. */
export function waveContainerOf(bytes: Uint8Array): WaveContainer | undefined {
  const id = letters(bytes, 0);
  if (id === "riff") {
    const isWave = equal(bytes, 4, W64_RIFF_TAIL) && letters(bytes, 24) === "wave" &&
      equal(bytes, 28, W64_TAIL);
    return isWave ? "W64" : undefined;
  }
  if (letters(bytes, 8) !== "WAVE") return undefined;
  if (id === "RIFF" || id === "RIFX") return id;
  return id === "RF64" || id === "BW64" ? "RF64" : undefined;
}

/** Walks from chunk to chunk, up to the sound. */
export class WaveChunks {
  /** How many bytes the head of a chunk has. */
  readonly headBytes: number;
  readonly #reader: ByteReader;
  readonly #container: WaveContainer;
  /** Where the next chunk begins: content is padded to even places, with Wave64 to multiples of eight. */
  readonly #padding: number;
  /** What an RF64 says of its sound, whose own size has no room in the chunk. */
  #longDataBytes = Infinity;

  /** `reader` is at the beginning of the file. */
  constructor(reader: ByteReader, container: WaveContainer) {
    this.#reader = reader;
    this.#container = container;
    this.#padding = container === "W64" ? 8 : 2;
    this.headBytes = container === "W64" ? 24 : 8;
  }

  /** Steps over what names the container. */
  async begin(): Promise<void> {
    await this.#reader.skip(this.#container === "W64" ? W64_HEADER_BYTES : RIFF_HEADER_BYTES);
  }

  /** The next chunk, whose content comes next; `undefined` at the end. */
  async next(): Promise<WaveChunk | undefined> {
    const head = await this.#reader.take(this.headBytes);
    if (head.length < this.headBytes) return undefined;
    const { id, announcedBytes } = this.readHead(head);
    const unknown = id === "data" && this.#container !== "W64" && isUnknown(announcedBytes);
    return { id, announcedBytes: unknown ? this.#longDataBytes : announcedBytes };
  }

  /** Reads what an RF64 says of sizes, in the content of its chunk `ds64`, and gives how many bytes that took. */
  async readLongSizes({ announcedBytes }: WaveChunk): Promise<number> {
    const content = await this.#reader.take(Math.min(announcedBytes, LONG_SIZES_BYTES));
    if (content.length < LONG_SIZES_BYTES) return content.length;
    const bytes = readUint64(new DataView(content.buffer, content.byteOffset, content.length), 8);
    if (bytes > 0) this.#longDataBytes = bytes;
    return content.length;
  }

  /** Steps over the rest of a chunk of which `readBytes` were read. */
  async skipRest({ announcedBytes }: WaveChunk, readBytes: number): Promise<void> {
    if (!Number.isFinite(announcedBytes)) {
      throw unreadableSound("it has a chunk without an end before its sound");
    }
    await this.#reader.skip(announcedBytes - readBytes);
    const padding = this.paddingBehind(announcedBytes);
    const ahead = await this.#reader.peek(padding + 4);
    // Some programs leave out the padding.
    if (isId(letters(ahead, 0)) && !isId(letters(ahead, padding))) return;
    await this.#reader.skip(padding);
  }

  /** How many bytes of padding follow content of that size. */
  paddingBehind(contentBytes: number): number {
    const over = contentBytes % this.#padding;
    return over === 0 ? 0 : this.#padding - over;
  }

  /** The head of a chunk, whatever it is. */
  readHead(head: Uint8Array): WaveChunk {
    const view = new DataView(head.buffer, head.byteOffset, head.length);
    const id = letters(head, 0);
    if (this.#container !== "W64") {
      return { id, announcedBytes: view.getUint32(4, this.#container !== "RIFX") };
    }
    const known = equal(head, 4, W64_TAIL);
    return { id: known ? id : "", announcedBytes: Math.max(0, readUint64(view, 16) - this.headBytes) };
  }
}

/** Whether four letters can name a chunk. */
export function isId(id: string): boolean {
  return /^[ -~]{4}$/.test(id);
}

/**
 * Whether a size stands for an unknown one: 0xFFFFFFFF and a little less, or about 2 GiB.
 */
function isUnknown(announcedBytes: number): boolean {
  return announcedBytes >= 0x7fff_0000 && announcedBytes <= 0x8000_ffff ||
    announcedBytes >= 0xffff_0000 && announcedBytes <= 0xffff_ffff;
}

function readUint64(view: DataView, at: number): number {
  const bytes = view.getBigUint64(at, true);
  return bytes > BigInt(LARGEST_BYTES) ? Infinity : Number(bytes);
}

function equal(bytes: Uint8Array, at: number, values: readonly number[]): boolean {
  return values.every((value, index) => bytes[at + index] === value);
}

function letters(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
