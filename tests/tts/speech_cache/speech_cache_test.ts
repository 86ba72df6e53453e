import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { SpeechCache } from "../../../lib/tts/mod.ts";
import { withTempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";
import { keyOf, packetsOf } from "./packets_of.ts";

const MIB = 2 ** 20;
const filesIn = (dir: string) => [...Deno.readDirSync(dir)].map(({ name }) => name).sort();

test("a piece is found by voice, cut, language and words, and by nothing else", () => {
  const cache = new SpeechCache({ maxBytes: MIB });
  const packets = packetsOf(3);
  cache.keeper(keyOf("Hello."))(packets);
  assertEquals(cache.piece(keyOf("Hello.")), packets);
  for (const other of [{ print: "other" }, { frameMs: 20 }, { language: "de" }, { text: "Hello" }]) {
    assertEquals(cache.piece(keyOf("Hello.", other)), undefined);
  }
  assertEquals(cache.stats.lookups.piece, { hits: 1, misses: 4 });
});

test("memory stays within its bytes: what was not played for the longest goes, and is counted", () => {
  const packets = packetsOf(20);
  const one = new SpeechCache({ maxBytes: MIB });
  one.keeper(keyOf("a"))(packets);
  const { bytes } = one.stats.memory;
  const cache = new SpeechCache({ maxBytes: 2 * bytes });
  for (const text of ["a", "b"]) cache.keeper(keyOf(text))(packets);
  assertEquals(cache.stats.memory, { bytes: 2 * bytes, evicted: 0 });
  cache.piece(keyOf("a"));
  cache.keeper(keyOf("c"))(packets);
  assertEquals(cache.stats.memory, { bytes: 2 * bytes, evicted: 1 });
  assertEquals(["a", "b", "c"].map((text) => cache.piece(keyOf(text)) !== undefined), [true, false, true]);
  // The same again takes no further room; one that is too large takes nobody's place.
  cache.keeper(keyOf("c"))(packets);
  cache.keeper(keyOf("d"))([...packets, ...packets, ...packets]);
  assertEquals(cache.stats.memory, { bytes: 2 * bytes, evicted: 2 });
});

test("without room nothing is held", () => {
  const cache = new SpeechCache({ maxBytes: 0 });
  cache.keeper(keyOf("a"))(packetsOf(1));
  assertEquals([cache.piece(keyOf("a")), cache.stats.memory.bytes], [undefined, 0]);
});

test("a drop takes every piece, those on their way included, and leaves sentences", async () => {
  const cache = new SpeechCache({ maxBytes: MIB });
  const packets = packetsOf(2);
  cache.keeper(keyOf("a"))(packets);
  const onItsWay = cache.keeper(keyOf("b"));
  await cache.keepSentence(keyOf("Hello."), packets);
  cache.dropPieces();
  onItsWay(packets);
  assertEquals([cache.piece(keyOf("a")), cache.piece(keyOf("b"))], [undefined, undefined]);
  assertEquals(await cache.sentence(keyOf("Hello.")), packets);
  cache.keeper(keyOf("b"))(packets);
  assertEquals(cache.piece(keyOf("b")), packets);
});

test("pieces never reach the disk; sentences do, under a name without words", async () => {
  await withTempDir(async (dir) => {
    const disk = { dir: join(dir, "speech"), maxBytes: MIB };
    const cache = new SpeechCache({ maxBytes: MIB, disk });
    const packets = packetsOf(40);
    cache.keeper(keyOf("Piece"))(packets);
    assertEquals(await cache.sentence(keyOf("Hello.")), undefined);
    await cache.keepSentence(keyOf("Hello."), packets);
    const files = filesIn(disk.dir);
    assertEquals(files.length, 1);
    assert(/^[0-9a-f]{64}\.opus$/.test(files[0] ?? ""), files[0]);
    const next = new SpeechCache({ maxBytes: MIB, disk });
    assertEquals(await next.sentence(keyOf("Hello.")), packets);
    assertEquals(await next.sentence(keyOf("Piece")), undefined);
    // From then on it is at hand.
    await Deno.remove(join(disk.dir, files[0] ?? ""));
    assertEquals(await next.sentence(keyOf("Hello.")), packets);
    assertEquals(next.stats.lookups.sentence, { hits: 2, misses: 1 });
  });
});

test("the disk stays within its bytes: what was not played for the longest goes, also at the start", async () => {
  await withTempDir(async (dir) => {
    const packets = packetsOf(20);
    const wide = new SpeechCache({ maxBytes: 0, disk: { dir, maxBytes: MIB } });
    await wide.keepSentence(keyOf("a"), packets);
    const { bytes } = wide.stats.disk;
    const maxBytes = Math.floor(2.5 * bytes);
    const cache = new SpeechCache({ maxBytes: 0, disk: { dir, maxBytes } });
    await cache.keepSentence(keyOf("b"), packets);
    assert(await cache.sentence(keyOf("a")) !== undefined);
    await cache.keepSentence(keyOf("c"), packets);
    assertEquals(await cache.sentence(keyOf("b")), undefined);
    assert(cache.stats.disk.bytes <= maxBytes, String(cache.stats.disk.bytes));
    assertEquals([cache.stats.disk.evicted, filesIn(dir).length], [1, 2]);

    const [oldest = "", newest = ""] = filesIn(dir);
    await Deno.utime(join(dir, oldest), 1, 1);
    await Deno.utime(join(dir, newest), 2, 2);
    const narrow = new SpeechCache({ maxBytes: 0, disk: { dir, maxBytes: bytes } });
    await narrow.sentence(keyOf("anything"));
    assertEquals([narrow.stats.disk.evicted, filesIn(dir)], [1, [newest]]);
    // Larger than all of the room.
    await narrow.keepSentence(keyOf("d"), [...packets, ...packets]);
    assertEquals(filesIn(dir), [newest]);
  });
});

test("a damaged file counts as absent, is removed, and can be made anew", async () => {
  await withTempDir(async (dir) => {
    const disk = { dir, maxBytes: MIB };
    const packets = packetsOf(30);
    const damages: ((bytes: Uint8Array) => Uint8Array)[] = [
      (bytes) => bytes.slice(0, bytes.length - 1),
      (bytes) => bytes.slice(0, bytes.length / 2),
      (bytes) => bytes.with(bytes.length / 2 | 0, (bytes[bytes.length / 2 | 0] ?? 0) ^ 1),
      (bytes) => bytes.with(3, 0),
      () => new Uint8Array(0),
      () => new TextEncoder().encode("<html>"),
      () => new Uint8Array(3 * MIB),
    ];
    for (const [index, damage] of damages.entries()) {
      await new SpeechCache({ maxBytes: 0, disk }).keepSentence(keyOf("a"), packets);
      const [file = ""] = filesIn(dir);
      await Deno.writeFile(join(dir, file), damage(await Deno.readFile(join(dir, file))));
      const cache = new SpeechCache({ maxBytes: 0, disk: { dir, maxBytes: 8 * MIB } });
      assertEquals(await cache.sentence(keyOf("a")), undefined, String(index));
      assertEquals(
        [cache.stats.disk.damaged, cache.stats.disk.bytes, filesIn(dir)],
        [1, 0, []],
        String(index),
      );
    }
    // Packets of another duration than its name promises.
    const cache = new SpeechCache({ maxBytes: 0, disk });
    await cache.keepSentence(keyOf("a", { frameMs: 20 }), packets);
    assertEquals(await cache.sentence(keyOf("a", { frameMs: 20 })), undefined);
  });
});

test("what a process left half-written goes, and what is not ours stays", async () => {
  await withTempDir(async (dir) => {
    const draft = `${"a".repeat(64)}.opus.${crypto.randomUUID()}.part`;
    for (const name of [draft, "notes.txt", "speech.opus"]) await Deno.writeTextFile(join(dir, name), "x");
    const cache = new SpeechCache({ maxBytes: 0, disk: { dir, maxBytes: 1 } });
    await cache.sentence(keyOf("a"));
    assertEquals([filesIn(dir), cache.stats.disk.bytes], [["notes.txt", "speech.opus"], 0]);
  });
});

test("a directory that cannot be used costs nothing but the disk", async () => {
  await withTempDir(async (dir) => {
    const path = join(dir, "file");
    await Deno.writeTextFile(path, "x");
    const cache = new SpeechCache({ maxBytes: MIB, disk: { dir: path, maxBytes: MIB } });
    const packets = packetsOf(2);
    assertEquals(await cache.sentence(keyOf("a")), undefined);
    await cache.keepSentence(keyOf("a"), packets);
    assertEquals([await cache.sentence(keyOf("a")), cache.stats.disk.unwritten], [packets, 1]);
  });
});
