import { assert, assertEquals } from "@std/assert";
import { OggOpusMuxer, opusPacketDurationMs } from "../../../lib/audio/mod.ts";
import {
  preparePacket,
  prepareSilence,
  prepareSound,
  stamped,
} from "../../../lib/device/load/prepared_sound.ts";
import { stampNowMs, stampsIn, syllables, withoutTail } from "../../../lib/device/load/mod.ts";
import { decodeFrame } from "../../../lib/protocol/mod.ts";
import { test } from "../../support/test.ts";

/** What a server finds in a client's frame of less than 64 KiB. */
function unmasked(frame: Uint8Array): Uint8Array {
  const at = (frame[1] ?? 0) === 0xfe ? 8 : 6;
  const mask = frame.subarray(at - 4, at);
  return frame.slice(at).map((byte, index) => byte ^ (mask[index & 3] ?? 0));
}

test("a stamp survives framing and masking in every version, behind the packet's first byte", () => {
  for (const frameVersion of [1, 2, 3] as const) {
    const packets = prepareSound(syllables(), { frameMs: 60, frameVersion });
    assert(packets.length > 30);
    for (const [seq, packet] of packets.entries()) {
      assert(packet.stampAt > 0, "a packet of speech has room");
      const before = packet.frame.slice();
      const stamp = { device: 7, seq, sentMs: stampNowMs() };
      const message = unmasked(stamped(packet, stamp));
      assertEquals(stampsIn(message), [stamp]);
      assertEquals(packet.frame, before, "others share it");
      const { payload } = decodeFrame(frameVersion, message);
      assertEquals(payload[0], decodeFrame(frameVersion, unmasked(before)).payload[0]);
      assertEquals(opusPacketDurationMs(payload), 60);
    }
  }
});

test("long packets, whose frames have a longer header, are stamped as well", () => {
  const packet = preparePacket(new Uint8Array(300), 1);
  const stamp = { device: 1, seq: 2, sentMs: 3.5 };
  assertEquals(stampsIn(unmasked(stamped(packet, stamp))), [stamp]);
});

test("all stamps of a page of Ogg are found", () => {
  const muxer = new OggOpusMuxer({ pageMs: 180 });
  const [packet] = prepareSound(syllables(), { frameMs: 60, frameVersion: 1 });
  assert(packet !== undefined);
  const pages = [0, 1, 2].map((seq) =>
    muxer.push(unmasked(stamped(packet, { device: 0x0102ea45, seq, sentMs: seq + 0.25 })), 60)
  );
  const page = pages.find((page) => page !== undefined) ?? new Uint8Array();
  const found = stampsIn(page).map(({ seq, sentMs }) => [seq, sentMs]);
  assertEquals(found, [[0, 0.25], [1, 1.25], [2, 2.25]]);
});

test("what has no room for a stamp goes out as it is, and noise holds no stamp", () => {
  for (const packet of [Uint8Array.of(8), new Uint8Array(20), Uint8Array.of(3, ...new Uint8Array(40))]) {
    const prepared = preparePacket(packet, 1);
    assertEquals(prepared.stampAt, 0);
    assertEquals(stamped(prepared, { device: 0, seq: 0, sentMs: 0 }), prepared.frame);
  }
  for (let round = 0; round < 200; round++) {
    assertEquals(stampsIn(crypto.getRandomValues(new Uint8Array(round))), []);
    assertEquals(stampsIn(new Uint8Array(round).fill(0xea)), []);
  }
});

test("silence is mostly packets of a byte or two, as firmware sends it", () => {
  const silence = prepareSilence({ frameMs: 60, frameVersion: 1 }).map(({ frame }) => unmasked(frame));
  assertEquals(silence.length, 100);
  assert(silence.filter(({ length }) => length <= 3).length > 75);
  assert(silence.every((packet) => opusPacketDurationMs(packet) === 60));
});

test("the silence at the end of a recording is no part of what is said", () => {
  const pcm = new Int16Array(16_000);
  pcm.fill(3_000, 1_600, 8_000);
  pcm.fill(20, 8_000);
  assertEquals(withoutTail(pcm).length, 8_000);
  assertEquals(withoutTail(new Int16Array(16_000)).length, 0);
  assertEquals(withoutTail(new Int16Array()).length, 0);
});
