import { assert, assertEquals } from "@std/assert";
import { OggOpusMuxer, OpusDecoder, OpusEncoder, SILENT_OPUS_PACKET } from "../../lib/audio/mod.ts";
import { lostOpusPacket, opusPacketDurationMs } from "../../lib/audio/mod.ts";
import fc from "../support/fast_check.ts";
import { noise } from "../support/noise.ts";
import { test } from "../support/test.ts";

interface Page {
  readonly flags: number;
  readonly granule: bigint;
  readonly number: number;
  readonly packets: Uint8Array[];
}

/** Reads pages as RFC 3533 lays them out; the checksum is computed bit by bit, by its definition. */
function readPages(bytes: Uint8Array): Page[] {
  const pages: Page[] = [];
  for (let at = 0; at < bytes.length;) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at);
    assertEquals(new TextDecoder().decode(bytes.subarray(at, at + 4)), "OggS");
    const segments = view.getUint8(26);
    const lacing = bytes.subarray(at + 27, at + 27 + segments);
    const size = 27 + segments + lacing.reduce((sum, value) => sum + value, 0);
    const page = bytes.slice(at, at + size);
    const sum = view.getUint32(22, true);
    new DataView(page.buffer).setUint32(22, 0, true);
    assertEquals(crc(page), sum, "checksum");
    const packets: Uint8Array[] = [];
    let start = 27 + segments;
    let length = 0;
    for (const value of lacing) {
      length += value;
      if (value === 255) continue;
      packets.push(page.slice(start, start + length));
      start += length;
      length = 0;
    }
    pages.push({
      flags: view.getUint8(5),
      granule: view.getBigUint64(6, true),
      number: view.getUint32(18, true),
      packets,
    });
    at += size;
  }
  return pages;
}

function crc(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const carry = ((value >>> 31) ^ (byte >> bit)) & 1;
      value = ((value << 1) ^ (carry * 0x04c11db7)) >>> 0;
    }
  }
  return value;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

test("packets of any size come out as they went in, in pages that follow each other", () => {
  fc.assert(fc.property(
    fc.array(fc.uint8Array({ minLength: 1, maxLength: 1_275 }), { maxLength: 60 }),
    fc.integer({ min: 1, max: 1_000 }),
    (packets, pageMs) => {
      const muxer = new OggOpusMuxer({ pageMs });
      const parts = [muxer.head(16_000)];
      for (const packet of packets) {
        const page = muxer.push(packet, 60);
        if (page !== undefined) parts.push(page);
      }
      parts.push(muxer.end());
      const pages = readPages(concat(parts));
      assertEquals(pages.map(({ number }) => number), pages.map((_, index) => index));
      assertEquals(pages.slice(2).flatMap((page) => page.packets), packets);
      assertEquals([pages[0]?.flags, pages.at(-1)?.flags], [2, 4]);
      assertEquals(pages.at(-1)?.granule, BigInt(packets.length * 60 * 48));
    },
  ));
});

test("the head names the codec, one channel and the device's rate", () => {
  const [id, tags] = readPages(new OggOpusMuxer({ pageMs: 60 }).head(16_000)).map(({ packets }) =>
    packets[0]
  );
  assertEquals([...id ?? []], [
    ...new TextEncoder().encode("OpusHead"),
    ...[1, 1, 0x38, 1, 0x80, 0x3e, 0, 0, 0, 0, 0],
  ]);
  assertEquals(new TextDecoder().decode(tags?.subarray(0, 8)), "OpusTags");
});

test("the canned packet is 60 ms of silence, and a lost one lasts as long as it should", () => {
  const decoder = new OpusDecoder();
  try {
    assertEquals(opusPacketDurationMs(SILENT_OPUS_PACKET), 60);
    for (let count = 0; count < 5; count++) {
      const pcm = decoder.decode(SILENT_OPUS_PACKET);
      assert(pcm.every((sample) => Math.abs(sample) < 200), `loud: ${Math.max(...pcm)}`);
    }
    for (const durationMs of [10, 20, 40, 60]) {
      assertEquals(opusPacketDurationMs(lostOpusPacket(durationMs)), durationMs);
    }
  } finally {
    decoder.close();
  }
});

test("real packets survive the way through Ogg and are decoded as before", () => {
  const encoder = new OpusEncoder({ sampleRateHz: 16_000 });
  const packets = Array.from({ length: 10 }, () => encoder.encode(noise(960, 3_000)));
  encoder.close();
  const muxer = new OggOpusMuxer({ pageMs: 180 });
  const parts = packets.flatMap((packet) => muxer.push(packet, 60) ?? []);
  const pages = readPages(concat([...parts, muxer.end()]));
  assertEquals(pages.map((page) => page.packets.length), [3, 3, 3, 1]);
  assertEquals(pages.flatMap((page) => page.packets), packets.map((packet) => new Uint8Array(packet)));
});
