import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { OpusEncoder } from "../../../lib/audio/mod.ts";
import { RecentSound } from "../../../lib/session/rooms/recent_sound.ts";
import { isSame } from "../../../lib/session/rooms/same_sound.ts";
import { levelOfRow, voiceLevelDb } from "../../../lib/session/rooms/voice_level.ts";
import { noise } from "../../support/noise.ts";
import { test } from "../../support/test.ts";
import { clips, hear, HZ, inRoom } from "./hearing.ts";

const spoken = clips();

test("isSame: what two devices hear of one voice is one, up to 1.5 s apart and 10 dB fainter", () => {
  assert(spoken.length >= 3);
  for (const [index, clip] of spoken.entries()) {
    const fromMs = [0, 120, -400, 1_500, -1_500][index % 5] ?? 0;
    const sounds = { one: hear(inRoom(clip, -20), 5_000), other: hear(inRoom(clip, -30), 5_000 + fromMs) };
    assertEquals(isSame({ sound: sounds.one }, { sound: sounds.other }), true, `clip ${index}`);
    assertEquals(isSame({ sound: sounds.other }, { sound: sounds.one }), true, `clip ${index}`);
  }
});

test("isSame: two voices are two, whether one is faintly heard in the other or not", () => {
  let mistaken = 0;
  for (const [index, clip] of spoken.entries()) {
    const other = spoken[(index + 1) % spoken.length] ?? clip;
    const both = inRoom(other, -22).map((sample, at) => sample + (inRoomOf(clip)[at] ?? 0));
    for (const sound of [hear(inRoom(other, -22), 5_100), hear(both, 5_100)]) {
      if (isSame({ sound: hear(inRoom(clip, -20), 5_000), text: "a" }, { sound, text: "b" })) mistaken++;
    }
  }
  assert(mistaken <= spoken.length / 5, `${mistaken} of ${2 * spoken.length}`);
});

const faint = new Map<Int16Array, Int16Array>();
function inRoomOf(clip: Int16Array): Int16Array {
  const sound = faint.get(clip) ?? inRoom(clip, -36);
  faint.set(clip, sound);
  return sound;
}

test("isSame: without sound the words decide, and without either nobody knows", () => {
  const [nothing, short] = [hear(new Int16Array(0)), hear(noise(HZ / 5, 3_000))];
  for (const sound of [nothing, short]) {
    assertEquals(isSame({ sound, text: "turn on the light" }, { sound, text: "Turn on the lights!" }), true);
    assertEquals(isSame({ sound, text: "turn on the light" }, { sound, text: "what time is it" }), false);
    assertEquals(isSame({ sound, text: "turn on the light" }, { sound }), undefined);
  }
});

test("voiceLevelDb: the same voice so much fainter is so much fainter, however long the pauses are", () => {
  const levelsOf = (pcm: Int16Array) => hear(pcm).rows.map(levelOfRow);
  for (const clip of spoken) {
    const loud = voiceLevelDb(levelsOf(inRoom(clip, -20))) ?? 0;
    assertAlmostEquals(loud - (voiceLevelDb(levelsOf(inRoom(clip, -30))) ?? 0), 10, 1);
    const longer = Int16Array.from([...noise(HZ, 12), ...inRoom(clip, -20), ...noise(HZ, 12)]);
    assertAlmostEquals(voiceLevelDb(levelsOf(longer)) ?? 0, loud, 1);
  }
  assertEquals(voiceLevelDb([]), undefined);
  assertEquals(voiceLevelDb(Array<number>(100).fill(-80)), undefined);
});

test("RecentSound: it is as loud as it was said, and what is old or gone counts no more", () => {
  const [clip] = spoken;
  assert(clip !== undefined);
  const sound = inRoom(clip, -25);
  using encoder = new Closing(new OpusEncoder({ sampleRateHz: HZ }));
  const recent = new RecentSound();
  const quieter = new RecentSound();
  using other = new Closing(new OpusEncoder({ sampleRateHz: HZ }));
  for (let index = 0; index < Math.floor(sound.length / 960); index++) {
    const pcm = sound.subarray(index * 960, (index + 1) * 960);
    const opus = encoder.it.encode(pcm);
    const packet = { receivedMs: index * 60, durationMs: 60 };
    recent.push({ ...packet, opus });
    quieter.push({ ...packet, opus: other.it.encode(pcm.map((sample) => sample / 4)) });
  }
  const levelDb = recent.levelDb(3_000);
  assert(levelDb !== undefined);
  assertAlmostEquals(quieter.levelDb(3_000) ?? 0, levelDb - 12, 1.5);
  assertEquals(recent.levelDb(7_000), undefined);
  recent.push({ receivedMs: 3_000, durationMs: 60, opus: Uint8Array.of(255, 255, 255) });
  recent.levelDb(3_000); // what is no sound is no fault of anybody
  recent.clear();
  assertEquals(recent.levelDb(3_000), undefined);
});

class Closing<T extends { close(): void }> implements Disposable {
  constructor(readonly it: T) {}

  [Symbol.dispose](): void {
    this.it.close();
  }
}
