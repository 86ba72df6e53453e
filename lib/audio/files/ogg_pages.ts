import { oggChecksum } from "../ogg_checksum.ts";
import type { ByteReader } from "./byte_reader.ts";

/** The first bytes of every page. */
const CAPTURE = [0x4f, 0x67, 0x67, 0x53];
const HEADER_BYTES = 27;
/** What is searched for the next page at once. */
const SEARCH_BYTES = 4_096;
/** Behind the last page that was found, this much is searched for another one: more damage is another kind of file. */
const MAX_GAP_BYTES = 16 * 2 ** 20;

/** A page of an Ogg stream (RFC 3533). */
export interface OggPage {
  /** Which of the streams in the file it belongs to. */
  readonly serial: number;
  /** Counts the pages of its stream. */
  readonly sequence: number;
  /** Whether its first packet began on the page before. */
  readonly continued: boolean;
  /** Whether a stream begins with it. */
  readonly first: boolean;
  /** Whether a stream ends with it. */
  readonly last: boolean;
  /** Where the stream is after the last packet that ends on this page; `undefined` when none ends on it. */
  readonly granule: number | undefined;
  /** The parts of packets on it, in order. */
  readonly parts: readonly Uint8Array[];
  /** Whether its last part is the whole rest of a packet, which does not go on with the next page. */
  readonly ended: boolean;
}

/** Reads pages, and steps over what is none or is damaged. */
export class OggPageReader {
  readonly #reader: ByteReader;

  /** `reader` is where the first page begins. */
  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  /** The next page that is whole; `undefined` at the end. Its parts hold until the next call. */
  async next(): Promise<OggPage | undefined> {
    const until = this.#reader.position + MAX_GAP_BYTES;
    while (this.#reader.position < until && await this.#find()) {
      const page = await this.#read();
      if (page !== undefined) return page;
      await this.#reader.skip(1); // whatever looked like a page
    }
    return undefined;
  }

  /** Goes to the next bytes that a page can begin with. */
  async #find(): Promise<boolean> {
    // Sound that comes as it is spoken is not held up until there is enough to search in.
    if (beginsPage(await this.#reader.peek(HEADER_BYTES), 0)) return true;
    for (let searched = 0; searched < MAX_GAP_BYTES;) {
      const bytes = await this.#reader.peek(SEARCH_BYTES);
      if (bytes.length < HEADER_BYTES) return false;
      let at = 0;
      while (at <= bytes.length - CAPTURE.length && !beginsPage(bytes, at)) at++;
      await this.#reader.skip(at);
      if (at <= bytes.length - CAPTURE.length) return true;
      searched += at;
    }
    return false;
  }

  /** The next page where it is whole at hand, of that stream and not its first one; nothing is waited for. */
  nextAtHand(serial: number): OggPage | undefined {
    const bytes = this.#reader.atHand;
    const lengthBytes = pageBytesOf(bytes);
    if (lengthBytes === undefined || bytes.length < lengthBytes || !beginsPage(bytes, 0)) return undefined;
    const page = pageOf(bytes.subarray(0, lengthBytes));
    if (page === undefined || page.serial !== serial || page.first) return undefined;
    this.#reader.drop(lengthBytes);
    return page;
  }

  async #read(): Promise<OggPage | undefined> {
    const head = await this.#reader.peek(HEADER_BYTES);
    const headBytes = HEADER_BYTES + (head[HEADER_BYTES - 1] ?? 0);
    const lengthBytes = pageBytesOf(await this.#reader.peek(headBytes));
    if (lengthBytes === undefined) return undefined;
    const bytes = await this.#reader.peek(lengthBytes);
    if (bytes.length < lengthBytes) return undefined;
    const page = pageOf(bytes);
    if (page !== undefined) this.#reader.drop(lengthBytes);
    return page;
  }
}

/** How long a page says that it is; `undefined` where its header is not there, or of another version. */
function pageBytesOf(bytes: Uint8Array): number | undefined {
  const lacingCount = bytes[HEADER_BYTES - 1];
  if (lacingCount === undefined || bytes[4] !== 0) return undefined;
  const bodyAt = HEADER_BYTES + lacingCount;
  if (bytes.length < bodyAt) return undefined;
  let sum = bodyAt;
  for (let at = HEADER_BYTES; at < bodyAt; at++) sum += bytes[at] ?? 0;
  return sum;
}

/** Reads a page that is whole; `undefined` where it is damaged. */
function pageOf(page: Uint8Array): OggPage | undefined {
  const fields = new DataView(page.buffer, page.byteOffset, page.length);
  if (fields.getUint32(22, true) !== oggChecksum(page)) return undefined;
  const flags = fields.getUint8(5);
  const lacing = page.subarray(HEADER_BYTES, HEADER_BYTES + fields.getUint8(HEADER_BYTES - 1));
  return {
    serial: fields.getUint32(14, true),
    sequence: fields.getUint32(18, true),
    continued: (flags & 1) !== 0,
    first: (flags & 2) !== 0,
    last: (flags & 4) !== 0,
    granule: granuleOf(fields),
    parts: partsOf(page.subarray(HEADER_BYTES + lacing.length), lacing),
    ended: lacing[lacing.length - 1] !== 255,
  };
}

/** All bits set say that there is none. */
function granuleOf(fields: DataView): number | undefined {
  const [low, high] = [fields.getUint32(6, true), fields.getInt32(10, true)];
  return low === 0xffff_ffff && high === -1 ? undefined : high * 2 ** 32 + low;
}

function beginsPage(bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < CAPTURE.length; index++) {
    if (bytes[at + index] !== CAPTURE[index]) return false;
  }
  return true;
}

/** A packet is a run of lacing values of 255 and a smaller one. */
function partsOf(body: Uint8Array, lacing: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let [from, through] = [0, 0];
  for (const bytes of lacing) {
    through += bytes;
    if (bytes === 255) continue;
    parts.push(body.subarray(from, through));
    from = through;
  }
  if (lacing[lacing.length - 1] === 255) parts.push(body.subarray(from));
  return parts;
}
