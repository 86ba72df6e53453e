import { assertEquals } from "@std/assert";
import { OggFramer } from "../../lib/asr/sound_framer.ts";
import { test } from "../support/test.ts";

/** A packet of 120 ms of wideband speech: two frames of 60 ms (RFC 6716, section 3.1). */
const PACKET_120_MS = new Uint8Array([0x59, 1, 2, 3, 4]);

/** The numbers of the pages in a piece, as RFC 3533 lays them out. */
function pageNumbers(piece: Uint8Array): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < piece.length;) {
    const view = new DataView(piece.buffer, piece.byteOffset + at);
    numbers.push(view.getUint32(18, true));
    const segments = view.getUint8(26);
    at += 27 + segments;
    for (let segment = 0; segment < segments; segment++) at += piece[at - segments + segment] ?? 0;
  }
  return numbers;
}

test("the head of an Ogg stream is numbered first, also where the first packet fills a page", () => {
  const framer = new OggFramer({ frameMs: 100 });
  const chunk = { receivedMs: 0, durationMs: 120, opus: PACKET_120_MS };
  const pieces = [
    ...framer.push({ ...chunk, seq: 0 }),
    ...framer.push({ ...chunk, seq: 1 }),
    ...framer.flush(),
  ];
  assertEquals(pieces.map(pageNumbers), [[0, 1], [2], [3], [4]]);
});
