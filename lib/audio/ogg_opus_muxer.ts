/** Ogg counts Opus in samples of 48 kHz, whatever the encoder's rate (RFC 7845, section 4). */
const SAMPLES_PER_MS = 48;
/** What a decoder drops at the start; encoders of devices do not tell, and this is libopus' own at 16 kHz. */
const PRE_SKIP = 312;
const BEGIN_OF_STREAM = 2;
const END_OF_STREAM = 4;
const PAGE_HEADER_BYTES = 27;
/** A page holds at most 255 lacing values. */
const MAX_LACING = 255;

/** Wraps Opus packets into an Ogg stream (RFC 3533, RFC 7845), page by page and without decoding them. */
export class OggOpusMuxer {
  readonly #serial: number;
  readonly #pageMs: number;
  #page = 0;
  #granule = 0n;
  #packets: Uint8Array[] = [];
  #lacing = 0;
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
    const first = this.#write([id], { flags: BEGIN_OF_STREAM, granule: 0n });
    const second = this.#write([tags], { flags: 0, granule: 0n });
    const pages = new Uint8Array(first.length + second.length);
    pages.set(first);
    pages.set(second, first.length);
    return pages;
  }

  /** Takes a packet and gives the page that is full with it. */
  push(packet: Uint8Array, durationMs: number): Uint8Array | undefined {
    const lacing = Math.floor(packet.length / 255) + 1;
    const page = this.#lacing + lacing > MAX_LACING ? this.#take(0) : undefined;
    this.#packets.push(packet);
    this.#lacing += lacing;
    this.#waitingMs += durationMs;
    if (page !== undefined) return page;
    return this.#waitingMs >= this.#pageMs ? this.#take(0) : undefined;
  }

  /** The last page, which says that the stream ends; it may be empty. */
  end(): Uint8Array {
    return this.#take(END_OF_STREAM);
  }

  #take(flags: number): Uint8Array {
    this.#granule += BigInt(Math.round(this.#waitingMs * SAMPLES_PER_MS));
    const page = this.#write(this.#packets, { flags, granule: this.#granule });
    this.#packets = [];
    this.#lacing = 0;
    this.#waitingMs = 0;
    return page;
  }

  #write(
    packets: readonly Uint8Array[],
    { flags, granule }: { readonly flags: number; readonly granule: bigint },
  ): Uint8Array {
    const lacing: number[] = [];
    let size = 0;
    for (const { length } of packets) {
      for (let rest = length; rest >= 255; rest -= 255) lacing.push(255);
      lacing.push(length % 255);
      size += length;
    }
    const page = new Uint8Array(PAGE_HEADER_BYTES + lacing.length + size);
    const fields = new DataView(page.buffer);
    page.set(CAPTURE_PATTERN);
    fields.setUint8(5, flags);
    fields.setBigUint64(6, granule, true);
    fields.setUint32(14, this.#serial, true);
    fields.setUint32(18, this.#page++, true);
    fields.setUint8(26, lacing.length);
    page.set(lacing, PAGE_HEADER_BYTES);
    let at = PAGE_HEADER_BYTES + lacing.length;
    for (const packet of packets) {
      page.set(packet, at);
      at += packet.length;
    }
    fields.setUint32(22, checksum(page), true);
    return page;
  }
}

const CAPTURE_PATTERN = ascii("OggS");

/** The CRC of RFC 3533: polynomial 0x04c11db7, not reflected, starting from 0. */
const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value < 0 ? 0x04c11db7 : 0);
  return value;
});

function checksum(page: Uint8Array): number {
  let crc = 0;
  // By index: an iterator costs more than the sum itself.
  for (let at = 0; at < page.length; at++) {
    crc = (crc << 8) ^ (CRC_TABLE[(crc >>> 24) ^ (page[at] ?? 0)] ?? 0);
  }
  return crc >>> 0;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
