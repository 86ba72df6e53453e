import { assertEquals } from "@std/assert";
import { SteadyVoices } from "../../../lib/audio/encoding/steady_voices.ts";
import { test } from "../../support/test.ts";

const RIGHT = { db: -18.5, durationMs: 2_000 };

function learned(pieces: number, piece = RIGHT): SteadyVoices {
  const voices = new SteadyVoices();
  for (let index = 0; index < pieces; index++) voices.learn("a", piece);
  return voices;
}

test("a voice passes once four pieces in a row were as loud as they should be", () => {
  assertEquals([learned(3).mayPass("a"), learned(4).mayPass("a"), learned(4).mayPass("b")], [
    false,
    true,
    false,
  ]);
});

test("what is too loud, too quiet, too short or silent does not make it pass", () => {
  for (const db of [-20, -16]) assertEquals(learned(9, { db, durationMs: 2_000 }).mayPass("a"), false);
  assertEquals(learned(9, { db: -18, durationMs: 500 }).mayPass("a"), false);
  const voices = learned(3);
  voices.learn("a", undefined);
  assertEquals(voices.mayPass("a"), false);
});

test("every sixteenth piece is looked at, and the others pass, also before it has been", () => {
  const voices = learned(4);
  const passes = Array.from({ length: 33 }, () => voices.mayPass("a"));
  assertEquals(passes, [...Array(15).fill(true), false, ...Array(15).fill(true), false, true]);
});

test("a voice that became louder is leveled again until it is steady", () => {
  const voices = learned(10);
  voices.learn("a", { db: -12, durationMs: 2_000 });
  for (let piece = 0; piece < 4; piece++) {
    assertEquals(voices.mayPass("a"), false);
    voices.learn("a", RIGHT);
  }
  assertEquals(voices.mayPass("a"), true);
});

test("of ten thousand voices those that spoke last are remembered", () => {
  const voices = learned(4);
  for (let voice = 0; voice < 10_000; voice++) voices.learn(`${voice}`, RIGHT);
  assertEquals(voices.mayPass("a"), false);
});
