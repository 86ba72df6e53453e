import { assertEquals } from "@std/assert";
import { isMp3, mp3MagicBytes } from "../../lib/audio/mod.ts";
import { test } from "../support/test.ts";
import { TONE_MP3 } from "../support/tone_mp3.ts";

test("isMp3 knows a tag and frames, and tells samples from them by the next frame", () => {
  assertEquals(isMp3(new TextEncoder().encode("ID3\u0004")), true);
  assertEquals(mp3MagicBytes(TONE_MP3), 144 + 2);
  assertEquals(isMp3(TONE_MP3.subarray(0, 16)), true);
  assertEquals(isMp3(TONE_MP3), true);
  const alone = Uint8Array.from(TONE_MP3.subarray(0, 200));
  alone.fill(0, 144);
  assertEquals(isMp3(alone), false);
});

test("isMp3 refuses what is no frame of layer III", () => {
  for (
    const bytes of [
      [],
      [0xff],
      [0xff, 0xff, 0x90, 0], // -1, and layer I
      [0xff, 0xf1, 0x50, 0x80], // AAC
      [0xff, 0xea, 0x50, 0], // a version that does not exist
      [0xff, 0xfb, 0x00, 0], // a free bit rate
      [0xff, 0xfb, 0xf0, 0], // no bit rate
      [0xff, 0xfb, 0x9c, 0], // no sample rate
      [0x7b, 0x22, 0x65, 0x72],
    ]
  ) assertEquals(isMp3(Uint8Array.from(bytes)), false, `${bytes}`);
});
