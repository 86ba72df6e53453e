import { assert, assertEquals, assertLess, assertNotEquals, assertThrows } from "@std/assert";
import fc from "../support/fast_check.ts";
import {
  OpusDecoder,
  OpusEncoder,
  opusHasVoice,
  opusPacketDurationMs,
  SILENT_OPUS_PACKET,
} from "../../lib/audio/mod.ts";
import { syllables } from "../../lib/device/load/mod.ts";
import { libopus } from "../../lib/audio/libopus.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { test } from "../support/test.ts";

const RATE_HZ = 16_000;

function tone(samples: number, sampleRateHz = RATE_HZ, offset = 0): Int16Array {
  return Int16Array.from(
    { length: samples },
    (_, i) => 10_000 * Math.sin(2 * Math.PI * 440 * (i + offset) / sampleRateHz),
  );
}

function power(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

function encoder(options: Partial<ConstructorParameters<typeof OpusEncoder>[0]> = {}) {
  const opus = new OpusEncoder({ sampleRateHz: RATE_HZ, ...options });
  return { opus, [Symbol.dispose]: () => opus.close() };
}

function decoder(options: ConstructorParameters<typeof OpusDecoder>[0] = {}) {
  const opus = new OpusDecoder(options);
  return { opus, [Symbol.dispose]: () => opus.close() };
}

test("what was encoded sounds the same, packet by packet", () => {
  using coded = encoder();
  using heard = decoder();
  for (let frame = 0; frame < 10; frame++) {
    const pcm = tone(960, RATE_HZ, frame * 960);
    const packet = coded.opus.encode(pcm);
    assertEquals(opusPacketDurationMs(packet), 60);
    assertLess(packet.length, pcm.byteLength / 8);
    const decoded = heard.opus.decode(packet);
    assertEquals(decoded.length, 960);
    if (frame > 1) assertLess(Math.abs(power(decoded) / power(pcm) - 1), 0.1);
  }
});

test("every duration and rate of Opus decodes to exactly its samples", () => {
  for (const sampleRateHz of [8_000, 16_000, 24_000, 48_000]) {
    using coded = encoder({ sampleRateHz });
    using heard = decoder({ sampleRateHz });
    for (const durationMs of [2.5, 5, 10, 20, 40, 60, 80, 100, 120]) {
      const samples = durationMs * sampleRateHz / 1_000;
      const packet = coded.opus.encode(tone(samples, sampleRateHz));
      assertEquals(opusPacketDurationMs(packet), durationMs);
      assertEquals(heard.opus.decode(packet).length, samples);
    }
  }
});

test("stereo packets come out of a mono decoder as mono", () => {
  using coded = encoder({ channels: 2 });
  using heard = decoder();
  const packet = coded.opus.encode(tone(1_920));
  assertEquals(heard.opus.decode(packet).length, 960);
});

test("DTX turns silence into packets of a few bytes, which decode", () => {
  using coded = encoder({ dtx: true });
  using heard = decoder();
  const sizes = Array.from({ length: 20 }, () => {
    const packet = coded.opus.encode(new Int16Array(960));
    assertEquals(heard.opus.decode(packet).length, 960);
    return packet.length;
  });
  assertLess(Math.min(...sizes), 4);
});

test("a corrupt packet raises audio.decode and the next good one decodes", () => {
  using coded = encoder();
  using heard = decoder();
  const good = coded.opus.encode(tone(960));
  for (
    const bad of [new Uint8Array(0), Uint8Array.of(0x03), Uint8Array.of(0xff, 0x3f), good.subarray(0, 0)]
  ) {
    const error = assertThrows(() => heard.opus.decode(bad), EarshotError);
    assertEquals(error.code, "audio.decode");
    assertEquals(heard.opus.decode(good).length, 960);
  }
});

test("whatever bytes come: samples of the announced duration, or audio.decode", () => {
  using heard = decoder();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (packet) => {
      const durationMs = opusPacketDurationMs(packet);
      try {
        assertEquals(heard.opus.decode(packet).length, (durationMs ?? NaN) * RATE_HZ / 1_000);
      } catch (thrown) {
        assert(thrown instanceof EarshotError);
        assertEquals(thrown.code, "audio.decode");
      }
    }),
    { numRuns: 3_000 },
  );
});

test("a packet larger than any Opus packet is refused before it is copied", () => {
  using heard = decoder();
  const error = assertThrows(() => heard.opus.decode(new Uint8Array(1_000_000)), EarshotError);
  assertEquals(error.code, "audio.decode");
});

test("PCM of a length that no packet has is audio.encode", () => {
  using coded = encoder();
  assertEquals(assertThrows(() => coded.opus.encode(new Int16Array(961)), EarshotError).code, "audio.encode");
  assertEquals(assertThrows(() => coded.opus.encode(new Int16Array(0)), EarshotError).code, "audio.encode");
});

test("settings that Opus does not have are refused", () => {
  assertThrows(() => new OpusDecoder({ sampleRateHz: 44_100 }), RangeError);
  assertThrows(() => new OpusEncoder({ sampleRateHz: 44_100 }), RangeError);
});

test("20,000 decoders and encoders opened and closed take no more memory than the first", () => {
  const open = () => {
    const coded = new OpusEncoder({ sampleRateHz: RATE_HZ });
    const heard = new OpusDecoder();
    coded.close();
    heard.close();
    heard.close();
    return heard;
  };
  const closed = open();
  assertThrows(() => closed.decode(Uint8Array.of(0)), TypeError);
  const beforeBytes = libopus().memoryBytes;
  for (let i = 0; i < 20_000; i++) open();
  assertEquals(libopus().memoryBytes, beforeBytes);
});

test("a thousand decoders at once do not disturb each other when the memory grows", () => {
  using coded = encoder();
  const packet = coded.opus.encode(tone(960));
  const decoders = Array.from({ length: 1_000 }, () => new OpusDecoder());
  for (const one of decoders) assertEquals(one.decode(packet).length, 960);
  for (const one of decoders) one.close();
});

test("whether an encoder has heard voice is read from its packets, but not where another coder made them", () => {
  const voices = (pcm: Int16Array, frameMs: number) => {
    using coded = encoder();
    const samples = frameMs * RATE_HZ / 1_000;
    const packets = Array.from(
      { length: Math.floor(pcm.length / samples) },
      (_, index) => coded.opus.encode(pcm.subarray(index * samples, (index + 1) * samples)),
    );
    return packets.filter((packet) => opusHasVoice(packet)).length / packets.length;
  };
  for (const frameMs of [20, 60]) {
    assert(voices(syllables(), frameMs) > 0.5, `voice in ${frameMs} ms`);
    assertEquals(voices(new Int16Array(16_000), frameMs), 0);
  }
  assertEquals(opusHasVoice(SILENT_OPUS_PACKET), false);
  const bytes = [[], [0x58, 0xff], [0xf8, 0xff, 0xff, 0xff], [0x5b, 0x01, 0xff, 0xff]];
  const told = bytes.map((packet) => opusHasVoice(Uint8Array.from(packet)));
  assertEquals(told, [false, false, undefined, undefined]);
});

test("the complexity is chosen, and one that Opus does not have is refused", () => {
  const packetsAt = (complexity: number) => {
    using coded = encoder({ complexity, bitrateBps: 24_000 });
    return [0, 1, 2, 3].map((frame) => coded.opus.encode(tone(960, RATE_HZ, frame * 960)));
  };
  assertNotEquals(packetsAt(0), packetsAt(10));
  assertThrows(() => encoder({ complexity: 11 }), RangeError);
});
