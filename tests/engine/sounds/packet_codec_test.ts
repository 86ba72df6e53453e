import { assertEquals, assertThrows } from "@std/assert";
import { opusPacketDurationMs } from "../../../lib/audio/mod.ts";
import { packPackets, unpackPackets } from "../../../lib/engine/sounds/packet_codec.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

const packets = fc.array(fc.record({
  seq: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  opus: fc.uint8Array({ maxLength: 40 }),
})).map((packets) =>
  packets.map((packet) => ({ ...packet, durationMs: opusPacketDurationMs(packet.opus) ?? 0 }))
);

test("packets arrive as they were sent, whatever is in them, and as long as they say themselves", () => {
  fc.assert(fc.property(packets, (packets) => {
    assertEquals(unpackPackets(packPackets(packets)), packets);
  }));
});

test("packets that are windows of a larger buffer are sent alone", () => {
  const opus = Uint8Array.of(1, 72, 5, 6, 2).subarray(1, 4);
  assertEquals(packPackets([{ seq: 3, durationMs: 20, opus }]).bytes, Uint8Array.of(72, 5, 6));
});

test("arrays that do not go together are refused", () => {
  const [seqs, sizes, bytes] = [Uint32Array.of(1, 2), Uint32Array.of(1, 2), Uint8Array.of(8, 9, 10)];
  assertEquals(unpackPackets({ seqs, sizes, bytes }).length, 2);
  for (
    const wrong of [
      { seqs, sizes, bytes: bytes.subarray(1) },
      { seqs, sizes, bytes: new Uint8Array(4) },
      { seqs, sizes: Uint32Array.of(3), bytes },
      { seqs: Uint32Array.of(1), sizes, bytes },
      { seqs: Uint32Array.of(1), sizes: Uint32Array.of(3, 0), bytes },
      { seqs, sizes: Uint32Array.of(2 ** 32 - 1, 4), bytes },
      { seqs: new Uint32Array(0), sizes: new Uint32Array(0), bytes },
    ]
  ) assertEquals(assertThrows(() => unpackPackets(wrong), EarshotError).code, "internal");
});
