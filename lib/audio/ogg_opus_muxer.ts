import { oggChecksum } from "./ogg_checksum.ts";

/** Ogg counts Opus in samples of 48 kHz, whatever the encoder's rate (RFC 7845, section 4). */
const SAMPLES_PER_MS = 48;
/** The samples that a decoder drops at the start: unknown for the encoders of devices; this is libopus' own at 16 kHz. */
const PRE_SKIP = 312;
const BEGIN_OF_STREAM = 2;
const END_OF_STREAM = 4;
const PAGE_HEADER_BYTES = 27;
/** A page holds at most 255 lacing values. */
const MAX_LACING = 255;
/** What two packets of a device measure together; the room grows where that is too little. */
const USUAL_BODY_BYTES = 512;
const TWO_TO_32 = 2 ** 32;

/**
 * Wraps Opus packets into an Ogg stream (RFC 3533, RFC 7845), page by page and without decoding them. A packet is copied
 * at once: one that waited for its page as an object would outlive a collection of young garbage.
 */
export class OggOpusMuxer {
  readonly #serial: number;
  readonly #pageMs: number;
  #page = 0;
  #granule = 0;
  readonly #lacing = new Uint8Array(MAX_LACING);
  #lacingLength = 0;
  #body = new Uint8Array(USUAL_BODY_BYTES);
  #bodyLength = 0;
  #waitingMs = 0;

  /** A page is given when it holds `pageMs` of sound. `serial` names the stream. */
  constructor({ pageMs, serial = 1 }: { readonly pageMs: number; readonly serial?: number }) {
    this.#pageMs = pageMs;
    this.#serial = serial;
  }

  /** The two pages that begin every stream. `sampleRateHz` is what the device recorded with. */
  head(sampleRateHz: number): Uint8Array {
    const id = new Uint8Array(19);
    id.set(ascii("OpusHead"));
    const fields = new DataView(id.buffer);
    fields.setUint8(8, 1);
    fields.setUint8(9, 1);
    fields.setUint16(10, PRE_SKIP, true);
    fields.setUint32(12, sampleRateHz, true);
    const vendor = ascii("Earshot");
    const tags = new Uint8Array(8 + 4 + vendor.length + 4);
    tags.set(ascii("OpusTags"));
    new DataView(tags.buffer).setUint32(8, vendor.length, true);
    tags.set(vendor, 12);
    this.#append(id);
    const first = this.#take(BEGIN_OF_STREAM);
    this.#append(tags);
    const second = this.#take(0);
    const pages = new Uint8Array(first.length + second.length);
    pages.set(first);
    pages.set(second, first.length);
    return pages;
  }

  /** Takes a packet and gives the page that is full with it. */
  push(packet: Uint8Array, durationMs: number): Uint8Array | undefined {
    const lacing = Math.floor(packet.length / 255) + 1;
    const page = this.#lacingLength + lacing > MAX_LACING ? this.#take(0) : undefined;
    this.#append(packet);
    this.#waitingMs += durationMs;
    if (page !== undefined) return page;
    return this.#waitingMs >= this.#pageMs ? this.#take(0) : undefined;
  }

  /** The last page, which says that the stream ends; it may be empty. */
  end(): Uint8Array {
    return this.#take(END_OF_STREAM);
  }

  #append(packet: Uint8Array): void {
    let rest = packet.length;
    for (; rest >= 255; rest -= 255) this.#lacing[this.#lacingLength++] = 255;
    this.#lacing[this.#lacingLength++] = rest;
    const length = this.#bodyLength + packet.length;
    if (length > this.#body.length) {
      const body = new Uint8Array(Math.max(length, 2 * this.#body.length));
      body.set(this.#body);
      this.#body = body;
    }
    this.#body.set(packet, this.#bodyLength);
    this.#bodyLength = length;
  }

  #take(flags: number): Uint8Array {
    this.#granule += Math.round(this.#waitingMs * SAMPLES_PER_MS);
    const lacing = this.#lacingLength;
    const page = new Uint8Array(PAGE_HEADER_BYTES + lacing + this.#bodyLength);
    const fields = new DataView(page.buffer);
    page.set(CAPTURE_PATTERN);
    fields.setUint8(5, flags);
    fields.setUint32(6, this.#granule % TWO_TO_32, true);
    fields.setUint32(10, Math.floor(this.#granule / TWO_TO_32), true);
    fields.setUint32(14, this.#serial, true);
    fields.setUint32(18, this.#page++, true);
    fields.setUint8(26, lacing);
    page.set(this.#lacing.subarray(0, lacing), PAGE_HEADER_BYTES);
    page.set(this.#body.subarray(0, this.#bodyLength), PAGE_HEADER_BYTES + lacing);
    fields.setUint32(22, oggChecksum(page), true);
    this.#lacingLength = this.#bodyLength = this.#waitingMs = 0;
    return page;
  }
}

const CAPTURE_PATTERN = ascii("OggS");

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
