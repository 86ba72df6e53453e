import { assertEquals } from "@std/assert";
import type { AudioChunk } from "../../lib/audio/mod.ts";
import { findSeam } from "../../lib/session/seam.ts";
import fc from "../support/fast_check.ts";
import { chunkOf } from "../support/chunks.ts";
import { test } from "../support/test.ts";

const CHUNK_MS = 60;
const SPEECH = 3_000;
const QUIET = 30;

/** Chunks by what they are, `#` speech and `.` quiet, from number 100 on. */
function sound(picture: string, make = decoded): readonly AudioChunk[] {
  return [...picture].map((what, index) => make(100 + index, what === "#"));
}

const decoded = (seq: number, loud: boolean) => chunkOf(seq, loud ? SPEECH : QUIET, CHUNK_MS);

/** As a device with DTX sends it: what is quiet is a packet of a byte or two. */
function undecoded(seq: number, loud: boolean): AudioChunk {
  return { seq, timestampMs: 0, durationMs: CHUNK_MS, opus: new Uint8Array(loud ? 80 : 1) };
}

/** `sound` with a bar where the seam is; without one where there is none. */
function cut(picture: string, { said, make }: { said?: number; make?: typeof decoded } = {}): string {
  const seamSeq = findSeam(sound(picture, make), said === undefined ? undefined : 100 + said);
  return seamSeq === undefined
    ? picture
    : `${picture.slice(0, seamSeq - 100)}|${picture.slice(seamSeq - 100)}`;
}

test("seam: in the pause before the word that is being said, with a little of the quiet", () => {
  assertEquals(cut("#####.........##"), "#####......|...##");
  // Nothing is quiet for long within a word: it is still being said.
  assertEquals(cut("#####.........##.."), "#####......|...##..");
  assertEquals(cut("#####.........##.##"), "#####......|...##.##");
  assertEquals(cut("#####.....#"), "#####..|...#");
});

test("seam: none where nobody speaks at the end, or nothing is held", () => {
  for (const picture of ["", ".", "......", "#####..........", "#####....##.....", ".....####....."]) {
    assertEquals(cut(picture), picture);
    assertEquals(cut(picture, { said: 4 }), picture);
  }
});

test("seam: without times, the longest pause is the end of what was recognised; a gap between words is none", () => {
  assertEquals(cut("###.....####.........##.....##"), "###.....####......|...##.....##");
  assertEquals(cut("####..####...###"), "####..####...###");
  // It may have begun before: what was recognised may be all that is heard here.
  assertEquals(cut("..........####"), "..........####");
  assertEquals(cut("..........####.....##"), "..........####..|...##");
});

test("seam: whatever there is to hear, it lies in quiet, and somebody speaks behind it", () => {
  fc.assert(fc.property(fc.stringMatching(/^[#.]{0,33}$/), (picture) => {
    const [before = "", after] = cut(picture).split("|");
    if (after === undefined) return;
    assertEquals([before.includes("#"), after[0], after.includes("#")], [true, ".", true]);
  }));
});

test("seam: none without times where speech never pauses", () => {
  assertEquals(cut("########.###########"), "########.###########");
});

test("seam: with times, in the pause after what was recognised, however short", () => {
  assertEquals(cut("####..####.###", { said: 3 }), "####|..####.###");
  assertEquals(cut("####..####.###", { said: 4 }), "####|..####.###");
  assertEquals(cut("..........####", { said: 5 }), ".......|...####");
  assertEquals(cut("#####.........##.....##", { said: 4 }), "#####......|...##.....##");
});

test("seam: times that are somewhat early leave nothing of a word behind, and late ones take nothing of the next", () => {
  assertEquals(cut("#####.........##", { said: 2 }), "#####......|...##");
  assertEquals(cut("#####.........######", { said: 15 }), "#####......|...######");
});

test("seam: with times, where speech never pauses, behind what was recognised", () => {
  assertEquals(cut("########.###########", { said: 14 }), "########.######|#####");
  // What was recognised is not held any more.
  assertEquals(cut("########.###########", { said: -5 }), "########.###########");
});

test("seam: sound that was not decoded is quiet where its device says so; otherwise nobody knows", () => {
  assertEquals(cut("#####.........##", { make: undecoded }), "#####......|...##");
  assertEquals(cut("#####.........##", { said: 4, make: undecoded }), "#####......|...##");
  assertEquals(cut("################", { make: undecoded }), "################");
  assertEquals(cut("################", { said: 9, make: undecoded }), "################");
});
