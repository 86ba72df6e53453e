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
  assertEquals([learned(3).passing("a"), learned(4).passing("a"), learned(4).passing("b")], [
    "no",
    "yes",
    "no",
  ]);
});

test("what is too loud, too quiet, too short or silent does not make it pass", () => {
  for (const db of [-20, -16]) assertEquals(learned(9, { db, durationMs: 2_000 }).passing("a"), "no");
  assertEquals(learned(9, { db: -18, durationMs: 500 }).passing("a"), "no");
  const voices = learned(3);
  voices.learn("a", undefined);
  assertEquals(voices.passing("a"), "no");
});

test("every piece passes of a voice that is known, and every 32nd is looked at", () => {
  const voices = learned(4);
  const passes = Array.from({ length: 65 }, () => voices.passing("a"));
  assertEquals(passes, [
    ...[...Array(31).fill("yes"), "looked at"],
    ...[...Array(31).fill("yes"), "looked at", "yes"],
  ]);
});

test("a voice that became louder is leveled again until it is steady", () => {
  const voices = learned(10);
  voices.learn("a", { db: -12, durationMs: 2_000 });
  for (let piece = 0; piece < 4; piece++) {
    assertEquals(voices.passing("a"), "no");
    voices.learn("a", RIGHT);
  }
  assertEquals(voices.passing("a"), "yes");
});

test("of ten thousand voices those that spoke last are remembered", () => {
  const voices = learned(4);
  for (let voice = 0; voice < 10_000; voice++) voices.learn(`${voice}`, RIGHT);
  assertEquals(voices.passing("a"), "no");
});
