import { assertEquals, assertNotEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { joinPcm, LevelMeter, opusPacketDurationMs, SILENT_OPUS_PACKET } from "../../../lib/audio/mod.ts";
import { DeviceSound } from "../../../lib/engine/sounds/device_sound.ts";
import { noise } from "../../support/noise.ts";
import { decodedPackets, packetChunks } from "../../support/packets.ts";
import { assertSameSound } from "../../support/same_sound.ts";
import { test } from "../../support/test.ts";

const METERED = { metered: true };
const BYTES = 960 * 2;
const PACKETS = packetChunks(noise(12 * 960, 3_000));

function soundOf(sound: DeviceSound, packets = PACKETS): readonly Int16Array[] {
  return packets.map((packet) => sound.decode(packet).pcm);
}

test("a packet is decoded once while it is held, and what it holds is counted", () => {
  const sound = new DeviceSound();
  assertSameSound(soundOf(sound), decodedPackets(PACKETS));
  assertEquals(sound.bytes, 12 * BYTES);
  for (const packet of PACKETS) assertStrictEquals(sound.decode(packet), sound.decode(packet));
  // A decoder that had heard it twice would give something else from here on.
  const again = soundOf(sound);
  assertSameSound(again, decodedPackets(PACKETS));
  assertEquals(sound.bytes, 12 * BYTES);
  sound.close();
  sound.close();
  assertEquals(sound.bytes, 0);
  const [first] = PACKETS;
  if (first !== undefined) assertThrows(() => sound.decode(first), TypeError, "closed");
});

test("after a gap, what comes is heard without what was before it", () => {
  const sound = new DeviceSound();
  const [before, after] = [PACKETS.slice(0, 4), PACKETS.slice(7)];
  assertSameSound(soundOf(sound, before), decodedPackets(before));
  assertSameSound(soundOf(sound, after), decodedPackets(after));
  const [anew, continued] = [decodedPackets(after)[0], decodedPackets(PACKETS)[7]];
  assertNotEquals(anew, continued, "it makes a difference");
  sound.close();
});

test("what is let go of is held no more, and decoded again by whoever brings it", () => {
  const sound = new DeviceSound();
  const held = PACKETS.map((packet) => sound.decode(packet));
  sound.keepFrom(5);
  sound.keepFrom(3); // never back
  assertEquals(sound.bytes, 7 * BYTES);
  for (const [seq, packet] of PACKETS.entries()) {
    const again = sound.decode(packet);
    assertEquals(again === held[seq], seq >= 5);
  }
  assertSameSound(soundOf(sound, PACKETS.slice(0, 5)), decodedPackets(PACKETS.slice(0, 5)));
  assertEquals(sound.bytes, 7 * BYTES);
  sound.close();
});

test("older packets that were brought behind newer ones are let go of all the same", () => {
  const sound = new DeviceSound();
  soundOf(sound, PACKETS.slice(8));
  soundOf(sound, PACKETS.slice(2, 10)); // as for a recognition after the engine was restarted
  assertEquals(sound.bytes, 10 * BYTES);
  sound.keepFrom(6);
  assertEquals(sound.bytes, 6 * BYTES);
  sound.keepFrom(20);
  assertEquals(sound.bytes, 0);
  sound.close();
});

test("what cannot be decoded is silence as long as the packet says, and the next one is heard", () => {
  const sound = new DeviceSound();
  const voice = PACKETS.slice(0, 2);
  soundOf(sound, voice);
  for (const [seq, durationMs] of [[2, 60], [3, 20], [4, 2.5]] as const) {
    // Code 3 with frames that do not fill it: 20 ms a frame, but what is said of them is cut off.
    const garbage = { seq, durationMs, opus: Uint8Array.of(0b0100_1011, 0b1000_0011, 255) };
    const { pcm, levels } = sound.decode(garbage, METERED);
    assertEquals(pcm, new Int16Array(durationMs * 16));
    assertEquals([...levels], Array(Math.floor(durationMs / 20)).fill(100));
  }
  const next = { seq: 5, durationMs: 60, opus: SILENT_OPUS_PACKET };
  assertEquals(sound.decode(next).pcm.length, (opusPacketDurationMs(next.opus) ?? 0) * 16);
  sound.close();
});

test("levels are those of the whole sound, in whatever packets it came", () => {
  for (const durationMs of [20, 40, 60] as const) {
    const packets = packetChunks(noise(4_000, 5_000), durationMs);
    const sound = new DeviceSound();
    const levels = packets.flatMap((packet) => [...sound.decode(packet, METERED).levels]);
    assertEquals(levels, [...new LevelMeter().push(joinPcm(decodedPackets(packets)))]);
    assertEquals(sound.decode(packets[0] ?? NEVER, METERED).levels.length, durationMs / 20);
    sound.close();
  }
});

const NEVER = { seq: 0, durationMs: 0, opus: new Uint8Array(0) };

test("packets that are brought after newer ones change nothing of what comes next", () => {
  const [whole, disturbed] = [new DeviceSound(), new DeviceSound()];
  const expected = PACKETS.map((packet) => [...whole.decode(packet, METERED).levels]);
  const heard = PACKETS.map((packet, index) => {
    const { levels } = disturbed.decode(packet, METERED);
    disturbed.keepFrom(packet.seq + 1);
    // What a recognizer asks for again, or for the first time.
    if (index % 3 === 2) { for (const old of PACKETS.slice(0, index)) disturbed.decode(old); }
    return [...levels];
  });
  assertEquals(heard, expected);
  for (const sound of [whole, disturbed]) sound.close();
});
