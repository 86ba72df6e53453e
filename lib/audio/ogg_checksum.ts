/** Where a page has its checksum, which counts as zeros while it is computed. */
const CHECKSUM_AT = 22;
const CHECKSUM_BYTES = 4;

/** The CRC of RFC 3533: polynomial 0x04c11db7, not reflected, starting from 0. */
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value < 0 ? 0x04c11db7 : 0);
  return value;
});

/** The checksum of an Ogg page, whatever stands in its place. */
export function oggChecksum(page: Uint8Array): number {
  let crc = 0;
  // By index: an iterator costs more than the sum itself.
  for (let at = 0; at < page.length; at++) {
    const byte = at >= CHECKSUM_AT && at < CHECKSUM_AT + CHECKSUM_BYTES ? 0 : page[at] ?? 0;
    crc = (crc << 8) ^ (TABLE[(crc >>> 24) ^ byte] ?? 0);
  }
  return crc >>> 0;
}
