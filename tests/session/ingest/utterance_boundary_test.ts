import { assert, assertEquals } from "@std/assert";
import { type AudioChunk, loudnessOf } from "../../../lib/audio/mod.ts";
import { findBoundary } from "../../../lib/session/ingest/utterance_boundary.ts";
import fc from "../../support/fast_check.ts";
import { chunkOf, chunksOf } from "../../support/chunks.ts";
import { noise } from "../../support/noise.ts";
import { speechClips, speechMissing } from "../../support/speech.ts";
import { test } from "../../support/test.ts";

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
  return { seq, receivedMs: 0, durationMs: CHUNK_MS, opus: new Uint8Array(loud ? 80 : 1) };
}

/** `sound` with a bar where the seam is; without one where there is none. */
function cut(picture: string, { said, make }: { said?: number; make?: typeof decoded } = {}): string {
  const boundarySeq = findBoundary(sound(picture, make), said === undefined ? undefined : 100 + said);
  return boundarySeq === undefined
    ? picture
    : `${picture.slice(0, boundarySeq - 100)}|${picture.slice(boundarySeq - 100)}`;
}

test("boundary: in the pause before the word that is being said, with a little of the quiet", () => {
  assertEquals(cut("#####.........##"), "#####....|.....##");
  // Nothing is quiet for long within a word: it is still being said.
  assertEquals(cut("#####.........##.."), "#####....|.....##..");
  assertEquals(cut("#####.........##.##"), "#####....|.....##.##");
  assertEquals(cut("#####.....#"), "#####|.....#");
});

test("boundary: none where nobody speaks at the end, or nothing is held", () => {
  for (const picture of ["", ".", "......", "#####..........", "#####....##.....", ".....####....."]) {
    assertEquals(cut(picture), picture);
    assertEquals(cut(picture, { said: 4 }), picture);
  }
});

test("boundary: without times, the longest pause is the end of what was recognized; a gap between words is none", () => {
  assertEquals(cut("###.....####.........##.....##"), "###.....####....|.....##.....##");
  assertEquals(cut("####..####...###"), "####..####...###");
  // It may have begun before: what was recognized may be all that is heard here.
  assertEquals(cut("..........####"), "..........####");
  assertEquals(cut("..........####.....##"), "..........####|.....##");
});

test("boundary: whatever there is to hear, it lies in quiet, and somebody speaks behind it", () => {
  fc.assert(fc.property(fc.stringMatching(/^[#.]{0,33}$/), (picture) => {
    const [before = "", after] = cut(picture).split("|");
    if (after === undefined) return;
    assertEquals([before.includes("#"), after[0], after.includes("#")], [true, ".", true]);
  }));
});

test("boundary: none without times where speech never pauses", () => {
  assertEquals(cut("########.###########"), "########.###########");
});

test("boundary: with times, in the pause after what was recognized, however short", () => {
  assertEquals(cut("####..####.###", { said: 3 }), "####|..####.###");
  assertEquals(cut("####..####.###", { said: 4 }), "####|..####.###");
  assertEquals(cut("..........####", { said: 5 }), ".....|.....####");
  assertEquals(cut("#####.........##.....##", { said: 4 }), "#####....|.....##.....##");
});

test("boundary: times that are somewhat early leave nothing of a word behind, and late ones take nothing of the next", () => {
  assertEquals(cut("#####.........##", { said: 2 }), "#####....|.....##");
  assertEquals(cut("#####.........######", { said: 15 }), "#####....|.....######");
});

test("boundary: with times, where speech never pauses, behind what was recognized", () => {
  assertEquals(cut("########.###########", { said: 14 }), "########.######|#####");
  // What was recognized is not held any more.
  assertEquals(cut("########.###########", { said: -5 }), "########.###########");
});

test("boundary: sound that was not decoded is quiet where its device says so; otherwise nobody knows", () => {
  assertEquals(cut("#####.........##", { make: undecoded }), "#####....|.....##");
  assertEquals(cut("#####.........##", { said: 4, make: undecoded }), "#####....|.....##");
  assertEquals(cut("################", { make: undecoded }), "################");
  assertEquals(cut("################", { said: 9, make: undecoded }), "################");
});

const SAMPLES_PER_MS = 16;
/** How much sound is held. */
const HELD_CHUNKS = 33;

/** A clip from its first to its last sound. */
function spoken({ pcm }: { readonly pcm: Int16Array }): Int16Array {
  const levels = chunksOf(pcm, 20).map(({ pcm }) => loudnessOf(pcm));
  const leastDb = Math.max(...levels) - 30;
  const isLoud = (levelDb: number) => levelDb > leastDb;
  return pcm.subarray(levels.findIndex(isLoud) * 320, (levels.findLastIndex(isLoud) + 1) * 320);
}

/** `before`, a pause, and `after`, with noise behind all of it. */
function joined(
  before: Int16Array,
  after: Int16Array,
  room: { pauseMs: number; amplitude: number },
): Int16Array {
  const afterAt = before.length + room.pauseMs * SAMPLES_PER_MS;
  const sound = noise(afterAt + after.length, room.amplitude);
  for (const [at, pcm] of [[0, before], [afterAt, after]] as const) {
    for (const [index, sample] of pcm.entries()) sound[at + index] = (sound[at + index] ?? 0) + sample;
  }
  return sound;
}

test("boundary: between people's sentences, never within one; in all but a loud room it is found", () => {
  const clips = speechClips();
  const found = new Map<number, [count: number, of: number]>();
  // Noise of no, -59, -49 and -40 dB to full scale.
  for (const amplitude of [0, 60, 200, 600]) {
    for (const pauseMs of [400, 700]) {
      for (const [index, clip] of clips.entries()) {
        const next = clips[(index + 1) % clips.length] ?? clip;
        const before = spoken(clip).subarray(-3_000 * SAMPLES_PER_MS);
        const after = spoken(next).subarray(0, 2_000 * SAMPLES_PER_MS);
        const chunks = chunksOf(joined(before, after, { pauseMs, amplitude }));
        const saidThroughSeq = Math.floor(before.length / SAMPLES_PER_MS / CHUNK_MS);
        const afterSeq = (before.length / SAMPLES_PER_MS + pauseMs) / CHUNK_MS;
        for (let spokenMs = CHUNK_MS; spokenMs <= 900; spokenMs += 2 * CHUNK_MS) {
          const lastSeq = Math.floor(afterSeq + spokenMs / CHUNK_MS);
          const held = chunks.slice(Math.max(0, lastSeq + 1 - HELD_CHUNKS), lastSeq + 1);
          for (const said of [undefined, saidThroughSeq]) {
            const [count, of] = found.get(amplitude) ?? [0, 0];
            const boundarySeq = findBoundary(held, said);
            found.set(amplitude, [count + (boundarySeq === undefined ? 0 : 1), of + 1]);
            if (boundarySeq === undefined) continue;
            const where =
              `${clip.file}, ${next.file}, ${pauseMs} ms, noise ${amplitude}, after ${spokenMs} ms`;
            assert(boundarySeq >= saidThroughSeq, `heard twice: ${where}`);
            assert(boundarySeq <= afterSeq, `cut: ${where}`);
          }
        }
      }
    }
  }
  for (const [amplitude, [count, of]] of found) {
    assert(count >= of * (amplitude > 200 ? 0.5 : 0.98), `noise ${amplitude}: found ${count} of ${of}`);
  }
}, { ignore: speechMissing() });
