import { assertEquals } from "@std/assert";
import { OggFramer, openFramer, PACKET_MS, PcmFramer } from "../../lib/asr/sound_framer.ts";
import { SILENCE } from "../../lib/asr/silence.ts";
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
  const framer = new OggFramer({ leastMs: 100 });
  const chunk = { receivedMs: 0, durationMs: 120, opus: PACKET_120_MS };
  const pieces = [
    ...framer.push({ ...chunk, seq: 0 }),
    ...framer.push({ ...chunk, seq: 1 }),
    ...framer.flush(),
  ];
  assertEquals(pieces.map(pageNumbers), [[0, 1], [2], [3], [4]]);
});

/** A chunk whose samples count on from those of the one before. */
function pcmChunk(seq: number, durationMs: number) {
  const samples = 16 * durationMs;
  const pcm = Int16Array.from({ length: samples }, (_, at) => seq * samples + at);
  return { seq, receivedMs: 0, durationMs, opus: Uint8Array.of(0x58), pcm };
}

/** How much sound each piece has, in ms. */
function piecesMs(pieces: readonly Uint8Array[]): readonly number[] {
  return pieces.map(({ length }) => length / 32);
}

for (const encoding of ["pcm", "opus"] as const) {
  test(`a packet of firmware leaves with the call that brings it (${encoding})`, () => {
    const framer = openFramer(encoding, PACKET_MS);
    const head = encoding === "opus" ? 1 : 0;
    for (let seq = 0; seq < 5; seq++) {
      assertEquals(framer.push(pcmChunk(seq, 60)).length, 1 + (seq === 0 ? head : 0));
    }
  });
}

test("what leaves is all that has come, and no more than one packet is held back", () => {
  for (
    const [leastMs, packetMs, pieces] of [
      [60, 60, [60, 60, 60, 60, 60, 60]],
      [60, 120, [120, 120, 120, 120, 120, 120]],
      [100, 60, [120, 120, 120]],
      [40, 20, [40, 40, 40]],
    ] as const
  ) {
    const framer = new PcmFramer({ leastMs });
    const sent: Uint8Array[] = [];
    for (let seq = 0; seq < 6; seq++) {
      sent.push(...framer.push(pcmChunk(seq, packetMs)));
      const heldMs = (seq + 1) * packetMs - piecesMs(sent).reduce((sum, ms) => sum + ms, 0);
      assertEquals(heldMs <= packetMs, true, `${heldMs} ms of ${packetMs}`);
    }
    assertEquals(piecesMs(sent), [...pieces]);
    assertEquals(framer.flush(), []);
    const samples = new Int16Array(Uint8Array.from(sent.flatMap((piece) => [...piece])).buffer);
    assertEquals(samples, Int16Array.from({ length: samples.length }, (_, at) => at));
  }
});

test("a service that wants one length gets no other, but for the end", () => {
  const framer = new PcmFramer({ leastMs: 40, mostMs: 40 });
  const pushed = [0, 1, 2].map((seq) => piecesMs(framer.push(pcmChunk(seq, 60))));
  assertEquals(pushed, [[40], [40, 40], [40]]);
  assertEquals(piecesMs(framer.flush()), [20]);
});

test("the silence that keeps a service awake is one piece for each", () => {
  const [longest, shortest] = [100, PACKET_MS];
  for (const encoding of ["pcm", "opus"] as const) {
    for (const leastMs of [longest, shortest]) {
      const framer = openFramer(encoding, leastMs);
      framer.push(pcmChunk(0, 120));
      assertEquals(SILENCE.flatMap((chunk) => framer.push(chunk)).length > 0, true, `${encoding} ${leastMs}`);
    }
  }
});
