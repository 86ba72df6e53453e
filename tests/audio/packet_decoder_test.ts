import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { lostOpusPacket, PacketDecoder } from "../../lib/audio/mod.ts";
import { noise } from "../support/noise.ts";
import { decodedPackets, packetChunks } from "../support/packets.ts";
import { assertSameSound } from "../support/same_sound.ts";
import { test } from "../support/test.ts";

const PACKETS = packetChunks(noise(10 * 960, 8_000));
const WHOLE = decodedPackets(PACKETS);

function decode(packets: Parameters<PacketDecoder["decode"]>[0][]): readonly Int16Array[] {
  const decoder = new PacketDecoder();
  const decoded = packets.map((packet) => decoder.decode(packet));
  decoder.close();
  return decoded;
}

test("packets in a row are decoded as one sound, whatever the number of the first", () => {
  assertSameSound(decode([...PACKETS]), WHOLE);
  assertSameSound(decode(PACKETS.map((packet) => ({ ...packet, seq: packet.seq + 1_000 }))), WHOLE);
});

test("after a gap, or a step back, what comes is heard without what was before", () => {
  const [head, tail] = [PACKETS.slice(0, 4), PACKETS.slice(6)];
  const anew = decodedPackets(tail);
  assertNotEquals(anew[0], WHOLE[6], "it makes a difference");
  assertSameSound(decode([...head, ...tail]), [...WHOLE.slice(0, 4), ...anew]);
  const again = PACKETS.slice(1, 3);
  assertSameSound(decode([...head, ...again]), [...WHOLE.slice(0, 4), ...decodedPackets(again)]);
});

test("what cannot be decoded is silence as long as it claims, and costs the next one nothing but its own sound", () => {
  for (
    const opus of [new Uint8Array(0), Uint8Array.of(0b0100_1011, 0b1000_0011, 255), new Uint8Array(2_000)]
  ) {
    const decoded = decode(PACKETS.map((packet) => packet.seq === 3 ? { ...packet, opus } : packet));
    assertEquals(decoded.map(({ length }) => length), PACKETS.map(() => 960));
    assertSameSound(decoded.slice(0, 3), WHOLE.slice(0, 3));
    if (opus.length !== 2_000) assertEquals(decoded[3], new Int16Array(960));
  }
});

test("a lost packet, which has a duration alone, is as long as that", () => {
  assertEquals(decode([{ seq: 0, durationMs: 60, opus: lostOpusPacket(60) }])[0]?.length, 960);
});

test("a closed decoder decodes nothing, and may be closed twice", () => {
  for (const used of [true, false]) {
    const decoder = new PacketDecoder();
    const [packet = { seq: 0, durationMs: 60, opus: new Uint8Array(0) }] = PACKETS;
    if (used) decoder.decode(packet);
    decoder.close();
    decoder.close();
    assertThrows(() => decoder.decode(packet), TypeError, "closed");
  }
});
