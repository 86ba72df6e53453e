import { assert, assertEquals } from "@std/assert";
import { LevelMeter, QUIETEST_LEVEL_DB } from "../../lib/audio/mod.ts";
import fc from "../support/fast_check.ts";
import { test } from "../support/test.ts";

/** A square wave, whose level is that of its samples. */
const square = (samples: number, level: number, offset = 0) =>
  Int16Array.from({ length: samples }, (_, index) => offset + (index % 2 === 0 ? level : -level));

test("a window's level is how far it lies below full scale, in dB", () => {
  for (const [level, db] of [[32_767, 0], [16_384, 6], [3_277, 20], [328, 40], [33, 60], [1, 90]] as const) {
    assertEquals([...new LevelMeter().push(square(640, level))], [db, db], `${level}`);
  }
});

test("digital silence is the quietest there is, and an offset makes nothing louder", () => {
  assertEquals([...new LevelMeter().push(new Int16Array(320))], [QUIETEST_LEVEL_DB]);
  assertEquals([...new LevelMeter().push(new Int16Array(320).fill(12_000))], [QUIETEST_LEVEL_DB]);
  assertEquals([...new LevelMeter().push(square(320, 328, 10_000))], [40]);
  assertEquals([...new LevelMeter().push(new Int16Array(320).fill(-32_768))], [QUIETEST_LEVEL_DB]);
});

test("each window stands for itself", () => {
  const pcm = new Int16Array(960);
  pcm.set(square(320, 3_277), 320);
  assertEquals([...new LevelMeter().push(pcm)], [QUIETEST_LEVEL_DB, 20, QUIETEST_LEVEL_DB]);
});

test("windows of another length are measured where they are asked for", () => {
  const pcm = new Int16Array(200);
  pcm.set(square(100, 328), 100);
  assertEquals([...new LevelMeter({ windowSamples: 100 }).push(pcm)], [QUIETEST_LEVEL_DB, 40]);
});

test("in whatever pieces sound comes, its levels are the same, each given with the piece that completes it", () => {
  const sample = fc.integer({ min: -32_768, max: 32_767 });
  const pieces = fc.array(fc.record({ length: fc.nat(1_000), from: sample, to: sample }), { maxLength: 8 });
  fc.assert(fc.property(pieces, (pieces) => {
    const sounds = pieces.map(({ length, from, to }) =>
      Int16Array.from({ length }, (_, index) => index % 3 === 0 ? from : to)
    );
    const meter = new LevelMeter();
    const levels: number[] = [];
    let samples = 0;
    for (const sound of sounds) {
      samples += sound.length;
      levels.push(...meter.push(sound));
      assertEquals(levels.length, Math.floor(samples / 320));
    }
    const whole = Int16Array.from(sounds.flatMap((sound) => [...sound]));
    assertEquals(levels, [...new LevelMeter().push(whole)]);
    assert(levels.every((level) => level >= 0 && level <= QUIETEST_LEVEL_DB));
  }));
});
