import { MAX_OPUS_PACKET_BYTES } from "../opus_packet.ts";
import type { OggPage } from "./ogg_pages.ts";

/** Puts the packets of one stream together, which may lie across pages. */
export class OggPacketAssembler {
  /** How often something was missing. */
  lost = 0;
  #sequence: number;
  /** The beginning of a packet that goes on with the next page: its parts, copied. */
  #begun: Uint8Array[] | undefined;
  #begunBytes = 0;

  /** `sequence` is the number of the page that is expected next. */
  constructor(sequence: number) {
    this.#sequence = sequence;
  }

  /** The packets that end on this page, the next one of the stream. They hold as long as the page does. */
  push(page: OggPage): Uint8Array[] {
    const whole = page.sequence === this.#sequence && page.continued === (this.#begun !== undefined);
    this.#sequence = (page.sequence + 1) >>> 0;
    if (!whole) {
      this.lost++;
      this.#begun = undefined;
    }
    const packets: Uint8Array[] = [];
    for (let index = 0; index < page.parts.length; index++) {
      const part = page.parts[index];
      if (part === undefined) break;
      const continues = index === 0 && page.continued;
      const goesOn = index === page.parts.length - 1 && !page.ended;
      if (continues && this.#begun === undefined) continue; // its beginning is lost
      if (!continues && !goesOn) {
        packets.push(part);
        continue;
      }
      if (!continues) [this.#begun, this.#begunBytes] = [[], 0];
      this.#add(part);
      if (!goesOn) this.#finish(packets);
    }
    return packets;
  }

  #add(part: Uint8Array): void {
    this.#begunBytes += part.length;
    // What is too big for Opus is not kept: remarks with pictures are packets as well.
    if (this.#begunBytes <= MAX_OPUS_PACKET_BYTES) this.#begun?.push(part.slice());
    else this.#begun = [];
  }

  #finish(packets: Uint8Array[]): void {
    const parts = this.#begun ?? [];
    this.#begun = undefined;
    if (parts.length === 0) return;
    const packet = new Uint8Array(this.#begunBytes);
    let at = 0;
    for (const part of parts) {
      packet.set(part, at);
      at += part.length;
    }
    packets.push(packet);
  }
}
