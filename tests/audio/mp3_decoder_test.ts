import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { joinPcm, Mp3Decoder } from "../../lib/audio/mod.ts";
import { test } from "../support/test.ts";
import { TONE_MP3 } from "../support/tone_mp3.ts";
import { hearTone } from "../support/tones.ts";

test("Mp3Decoder gives mono at the rate of the frames, the same however the bytes are cut", async () => {
  const decoded = async (pieceBytes: number) => {
    using decoder = await Mp3Decoder.open();
    const parts: Int16Array[] = [];
    for (let at = 0; at < TONE_MP3.length; at += pieceBytes) {
      const { pcm, sampleRateHz } = decoder.decode(TONE_MP3.subarray(at, at + pieceBytes));
      if (pcm.length > 0) assertEquals(sampleRateHz, 24_000);
      parts.push(pcm);
    }
    return joinPcm(parts);
  };
  const whole = await decoded(TONE_MP3.length);
  const { hz, levelDb, durationMs } = hearTone(whole, 24_000);
  assertAlmostEquals(hz, 440, 30);
  assertAlmostEquals(levelDb, -15, 1);
  assertEquals(durationMs, 27 * 24);
  for (const pieceBytes of [1, 7, 144, 1_000]) assertEquals(await decoded(pieceBytes), whole);
});

test("Mp3Decoder gives sound with the first frame", async () => {
  using decoder = await Mp3Decoder.open();
  assertEquals(decoder.decode(TONE_MP3.subarray(0, 144)).pcm.length, 576);
});

test("Mp3Decoder lives through garbage, and writes no line about it", async () => {
  const { error } = console;
  const lines: unknown[] = [];
  Object.assign(console, { error: (...words: unknown[]) => lines.push(words) });
  try {
    using decoder = await Mp3Decoder.open();
    decoder.decode(TONE_MP3.subarray(0, 1_000));
    decoder.decode(Uint8Array.from({ length: 50_000 }, (_, index) => (index * 7_919) >> 3 & 0xff));
    decoder.decode(new TextEncoder().encode("<html>".repeat(1_000)));
    assert(decoder.decode(TONE_MP3).pcm.length > 20 * 576);
  } finally {
    Object.assign(console, { error });
  }
  assertEquals(lines, []);
});

test("Mp3Decoder is closed once, and then no more used", async () => {
  const decoder = await Mp3Decoder.open();
  decoder.close();
  decoder.close();
  assertThrows(() => decoder.decode(TONE_MP3), TypeError);
});
