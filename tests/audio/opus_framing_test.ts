import { assertEquals } from "@std/assert";
import {
  isStereoOpusPacket,
  isWellFramedOpusPacket,
  OpusDecoder,
  opusPacketDurationMs,
} from "../../lib/audio/mod.ts";
import fc from "../support/fast_check.ts";
import { OPUS_MANNERS, opusPackets } from "../support/opus_streams.ts";
import { test } from "../support/test.ts";
import { tone } from "../support/levels.ts";

/** Bytes that look like packets more often than chance has it: all codes, and few frames. */
const packetLike = fc.tuple(
  fc.integer({ min: 0, max: 255 }),
  fc.oneof(fc.constant([]), fc.tuple(fc.integer({ min: 0, max: 255 }))),
  fc.array(fc.oneof(fc.constantFrom(0, 1, 2, 3, 251, 252, 255), fc.integer({ min: 0, max: 255 })), {
    maxLength: 40,
  }),
).map(([toc, count, rest]) => Uint8Array.from([toc, ...count, ...rest]));

test("a packet is well framed exactly where a decoder takes it", () => {
  const decoder = new OpusDecoder({ sampleRateHz: 24_000 });
  try {
    fc.assert(
      fc.property(packetLike, (packet) => {
        let decodes = true;
        try {
          decoder.decode(packet);
        } catch {
          decodes = false;
        }
        assertEquals(isWellFramedOpusPacket(packet) && opusPacketDurationMs(packet) !== undefined, decodes);
      }),
      { numRuns: 20_000 },
    );
  } finally {
    decoder.close();
  }
});

test("what encoders make is well framed, mono or stereo", () => {
  const sound = tone(24_000, { sampleRateHz: 24_000 });
  for (const manner of Object.values(OPUS_MANNERS)) {
    for (const channels of [1, 2] as const) {
      for (const packet of opusPackets(sound, { ...manner, channels })) {
        assertEquals([isWellFramedOpusPacket(packet)], [true]);
        if (channels === 1) assertEquals(isStereoOpusPacket(packet), false);
      }
    }
  }
});
