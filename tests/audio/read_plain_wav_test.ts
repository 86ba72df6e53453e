import { assertEquals, assertThrows } from "@std/assert";
import { readWavAsPcm16, writeWav } from "../../lib/audio/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { noise } from "../support/noise.ts";
import { test } from "../support/test.ts";

test("what writeWav writes is read back, whatever stands before it and however it is cut", () => {
  const pcm = noise(1_001, 30_000);
  const wav = writeWav(pcm, 16_000);
  assertEquals(readWavAsPcm16(wav), pcm);
  assertEquals(readWavAsPcm16(wav.subarray(0, wav.length - 301)), pcm.slice(0, 850));
  const list = Uint8Array.of(...new TextEncoder().encode("LIST"), 3, 0, 0, 0, 1, 2, 3, 0);
  assertEquals(readWavAsPcm16(Uint8Array.of(...wav.subarray(0, 12), ...list, ...wav.subarray(12))), pcm);
});

test("another rate, no sound and other bytes are refused", () => {
  const wav = writeWav(noise(100, 1_000), 8_000);
  for (const bytes of [wav, wav.subarray(0, 40), new Uint8Array(), new Uint8Array(100)]) {
    assertThrows(() => readWavAsPcm16(bytes), EarshotError, "Cannot read the sound");
  }
});
