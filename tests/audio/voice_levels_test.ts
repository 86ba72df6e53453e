import { assertEquals } from "@std/assert";
import { VoiceLevels } from "../../lib/audio/voice_levels.ts";
import { test } from "../support/test.ts";

test("a voice is learned from its pieces, and what hardly sounds teaches nothing", () => {
  const levels = new VoiceLevels();
  assertEquals(levels.known("a"), undefined);
  levels.learn("a", { db: -30, durationMs: 100 });
  assertEquals(levels.known("a"), undefined);
  levels.learn("a", { db: -20, durationMs: 2_000 });
  levels.learn("a", { db: -22, durationMs: 2_000 });
  assertEquals(levels.known("a"), { db: -21, durationMs: 3_000 });
  levels.learn("a", { db: -35, durationMs: 2_000 });
  assertEquals(levels.known("a"), { db: -35, durationMs: 2_000 });
});

test("of ten thousand voices the 256 that spoke last are remembered", () => {
  const levels = new VoiceLevels();
  for (let voice = 0; voice < 10_000; voice++) {
    levels.learn("first", { db: -20, durationMs: 1_000 });
    levels.learn(`${voice}`, { db: -25, durationMs: 1_000 });
  }
  assertEquals([levels.size, levels.known("first")?.db, levels.known("9000")], [256, -20, undefined]);
  assertEquals(levels.known("9999")?.db, -25);
});
