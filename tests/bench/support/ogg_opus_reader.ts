const HEADER_BYTES = 27;

/** The Opus packets in Ogg pages that come whole, as Earshot writes them: no packet goes on with the next page. */
export class OggOpusReader {
  #headPages = 2;

  /** The packets of the pages in `bytes`; those of the stream's head are left out. */
  packetsOf(bytes: Uint8Array): readonly Uint8Array[] {
    const packets: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      const bodyAt = at + HEADER_BYTES + (bytes[at + HEADER_BYTES - 1] ?? 0);
      const isHead = this.#headPages-- > 0;
      let [from, through] = [bodyAt, bodyAt];
      for (const length of bytes.subarray(at + HEADER_BYTES, bodyAt)) {
        through += length;
        if (length === 255) continue;
        if (!isHead) packets.push(bytes.subarray(from, through));
        from = through;
      }
      at = through;
    }
    return packets;
  }
}
