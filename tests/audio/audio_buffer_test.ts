import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { CHUNK_OVERHEAD_BYTES } from "../../lib/audio/chunk_log.ts";
import { AudioBuffer, type AudioBufferOptions, type AudioChunk, MemoryBudget } from "../../lib/audio/mod.ts";
import { noise } from "../support/noise.ts";
import { decodedPackets, packetChunks } from "../support/packets.ts";
import { assertSameSound } from "../support/same_sound.ts";
import { test } from "../support/test.ts";

function packet(seq: number, durationMs = 60, sizeBytes = 100): AudioChunk {
  return { seq, receivedMs: seq * durationMs, durationMs, opus: new Uint8Array(sizeBytes) };
}

/** How many chunks each buffer was filled with. */
const filled = new WeakMap<AudioBuffer, number>();

function fill(buffer: AudioBuffer, count: number, durationMs = 60): void {
  const from = filled.get(buffer) ?? 0;
  filled.set(buffer, from + count);
  for (let seq = from; seq < from + count; seq++) buffer.push(packet(seq, durationMs));
}

const NOT_EVICTED = { chunks: 0, bytes: 0, duration: 0, budget: 0 };

test("1,196 chunks in leave 1,000 and count 196", () => {
  const buffer = new AudioBuffer();
  const cursor = buffer.cursor("recognition");
  fill(buffer, 1_196);
  assertEquals(buffer.stats, {
    chunks: 1_000,
    bytes: 100_000,
    durationMs: 60_000,
    evicted: { ...NOT_EVICTED, chunks: 196 },
  });
  assertEquals(cursor.lost, { chunks: 196, durationMs: 196 * 60 });
  assertEquals(cursor.next()?.seq, 196);
});

test("60 s of short frames fit, unless the operator fixed the count", () => {
  const short = new AudioBuffer();
  fill(short, 3_100, 20);
  assertEquals(short.stats.chunks, 3_000);
  assertEquals(short.stats.durationMs, 60_000);
  const fixed = new AudioBuffer({ maxChunks: 1_000 });
  fill(fixed, 3_100, 20);
  assertEquals(fixed.stats.chunks, 1_000);
});

test("a longer frame among short ones does not shrink the room", () => {
  const buffer = new AudioBuffer();
  fill(buffer, 2_000, 20);
  buffer.push(packet(2_000, 60));
  assertEquals([buffer.stats.chunks, buffer.stats.evicted], [2_001, NOT_EVICTED]);
});

test("chunks that claim no duration are bounded all the same", () => {
  const buffer = new AudioBuffer();
  fill(buffer, 24_100, 0);
  assertEquals(buffer.stats.chunks, 24_000);
});

test("a duration that is none is refused, and spoils nothing", () => {
  const buffer = new AudioBuffer();
  for (const durationMs of [NaN, Infinity, -60]) {
    assertThrows(() => buffer.push(packet(0, durationMs)), RangeError, `lasts ${durationMs} ms`);
  }
  fill(buffer, 1_001);
  assertEquals([buffer.stats.chunks, buffer.stats.evicted.chunks], [1_000, 1]);
});

test("each bound evicts the oldest, says so, and is counted by its own name", () => {
  const causes: string[] = [];
  const onEvicted = (cause: string) => causes.push(cause);
  const byBytes = new AudioBuffer({ maxBytes: 250, onEvicted });
  fill(byBytes, 2);
  byBytes.push(packet(2, 60, 200));
  assertEquals(byBytes.stats, {
    chunks: 1,
    bytes: 200,
    durationMs: 60,
    evicted: { ...NOT_EVICTED, bytes: 2 },
  });
  const byDuration = new AudioBuffer({ maxDurationMs: 120, onEvicted });
  fill(byDuration, 2);
  byDuration.push(packet(2));
  assertEquals(byDuration.stats, {
    chunks: 2,
    bytes: 200,
    durationMs: 120,
    evicted: { ...NOT_EVICTED, duration: 1 },
  });
  assertEquals(causes, ["bytes", "bytes", "duration"]);
});

test("a chunk beyond the bound of its own leaves at once", () => {
  const buffer = new AudioBuffer({ maxBytes: 99 });
  buffer.push(packet(0));
  assertEquals([buffer.stats.chunks, buffer.stats.evicted.bytes], [0, 1]);
  buffer.push(packet(1, 60, 99));
  assertEquals([buffer.stats.chunks, buffer.stats.evicted.bytes], [1, 1]);
});

test("PCM counts as payload", () => {
  const buffer = new AudioBuffer();
  buffer.push({ ...packet(0), pcm: new Int16Array(960) });
  assertEquals(buffer.stats.bytes, 100 + 1_920);
});

test("numbers must follow each other", () => {
  const buffer = new AudioBuffer();
  buffer.push(packet(5));
  assertThrows(() => buffer.push(packet(7)), RangeError, "chunk 6 is next");
  assertThrows(() => buffer.push(packet(5)), RangeError);
  buffer.push(packet(6));
  assertThrows(() => buffer.push(packet(0)), RangeError);
  buffer.push(packet(7));
});

test("two cursors read the same chunks; one leaves when both have released it", () => {
  const buffer = new AudioBuffer();
  const [recognition, voiceprint] = [buffer.cursor("recognition"), buffer.cursor("voiceprint")];
  fill(buffer, 3);
  const chunk = recognition.next();
  assertEquals(chunk?.seq, 0);
  assertStrictEquals(voiceprint.next(), chunk);
  assertEquals([recognition.next()?.seq, recognition.next()?.seq, recognition.next()], [1, 2, undefined]);
  recognition.release(1);
  assertEquals(buffer.stats.chunks, 3);
  assertEquals(recognition.range(0, Infinity).map(({ seq }) => seq), [2]);
  assertEquals(voiceprint.range(0, Infinity).map(({ seq }) => seq), [0, 1, 2]);
  voiceprint.release(0);
  assertEquals(buffer.stats.chunks, 2);
  voiceprint.close();
  assertEquals(buffer.stats.chunks, 1);
  recognition.close();
  assertEquals(buffer.stats.chunks, 1);
  assertEquals(recognition.lost, { chunks: 0, durationMs: 0 });
});

test("an evicted chunk is gone from both cursors, lost only to the one that had not released it", () => {
  const buffer = new AudioBuffer({ maxChunks: 3 });
  const [recognition, voiceprint] = [buffer.cursor("recognition"), buffer.cursor("voiceprint")];
  fill(buffer, 3);
  assertEquals(recognition.next()?.seq, 0);
  recognition.release(0);
  assertEquals(recognition.next()?.seq, 1);
  fill(buffer, 2);
  assertEquals(recognition.lost, { chunks: 1, durationMs: 60 });
  assertEquals(voiceprint.lost, { chunks: 2, durationMs: 120 });
  assertEquals([recognition.peek()?.seq, voiceprint.peek()?.seq], [2, 2]);
  assertEquals([recognition.pendingChunks, voiceprint.pendingChunks], [3, 3]);
});

test("peek stays, range is inclusive and clips at both ends", () => {
  const buffer = new AudioBuffer();
  const cursor = buffer.cursor("recognition");
  assertEquals([cursor.peek(), cursor.pendingChunks, cursor.range(0, Infinity)], [undefined, 0, []]);
  fill(buffer, 5);
  assertStrictEquals(cursor.peek(), cursor.peek());
  assertEquals(cursor.pendingChunks, 5);
  assertEquals(cursor.range(1, 3).map(({ seq }) => seq), [1, 2, 3]);
  assertEquals(cursor.range(-3, 0).map(({ seq }) => seq), [0]);
  assertEquals(cursor.range(4, 99).map(({ seq }) => seq), [4]);
  assertEquals(cursor.range(3, 1), []);
  assertEquals(cursor.peek()?.seq, 0);
});

test("a cursor may skip into the future, never back", () => {
  const buffer = new AudioBuffer();
  fill(buffer, 2);
  const cursor = buffer.cursor("turn");
  cursor.skipTo(4);
  assertEquals(buffer.stats.chunks, 0);
  fill(buffer, 2);
  assertEquals([cursor.peek(), cursor.pendingChunks, buffer.stats.chunks], [undefined, 0, 0]);
  fill(buffer, 2);
  cursor.skipTo(1);
  cursor.release(-1);
  assertEquals(cursor.range(0, Infinity).map(({ seq }) => seq), [4, 5]);
  assertEquals(cursor.next()?.seq, 4);
});

test("a cursor starts at the oldest chunk that is held", () => {
  const buffer = new AudioBuffer({ maxChunks: 2 });
  fill(buffer, 5);
  const cursor = buffer.cursor("late");
  assertEquals(cursor.next()?.seq, 3);
  assertEquals(cursor.lost.chunks, 0);
});

test("closing closes the cursors, and nothing opens afterward", () => {
  const buffer = new AudioBuffer();
  const cursor = buffer.cursor("recognition");
  fill(buffer, 3);
  buffer.close();
  buffer.close();
  cursor.close();
  assertEquals([cursor.next(), cursor.range(0, Infinity), cursor.pendingChunks], [undefined, [], 0]);
  assertEquals(buffer.stats.chunks, 0);
  assertThrows(() => buffer.push(packet(3)), TypeError, "the buffer is closed");
  assertThrows(() => buffer.cursor("late"), TypeError);
});

test("stats are a snapshot", () => {
  const buffer = new AudioBuffer({ maxChunks: 1 });
  const { stats } = buffer;
  fill(buffer, 2);
  assertEquals([stats.chunks, stats.evicted.chunks], [0, 0]);
  assert(buffer.stats.evicted.chunks === 1);
});

const SOUND = packetChunks(noise(10 * 960, 8_000));

/** A buffer with an account, which must always be charged what the buffer holds. */
function accounted(options: Omit<AudioBufferOptions, "account"> & { readonly capBytes?: number } = {}) {
  const budget = new MemoryBudget(options.capBytes ?? 10_000_000);
  const buffer = new AudioBuffer({ ...options, account: budget.open("test") });
  const assertExact = () => {
    const { bytes, chunks } = buffer.stats;
    assertEquals(budget.chargedBytes, bytes + chunks * CHUNK_OVERHEAD_BYTES);
  };
  return { budget, buffer, assertExact };
}

test("a chunk is decoded and charged once, whoever asks, and credited with its sound when it leaves", () => {
  const { budget, buffer, assertExact } = accounted();
  const [one, two] = [buffer.cursor("one"), buffer.cursor("two")];
  // Chunks are marked with what was found in them: each test has its own.
  const chunks = SOUND.map((chunk) => ({ ...chunk }));
  for (const chunk of chunks) buffer.push(chunk);
  const packetBytes = buffer.stats.bytes;
  const decoded = chunks.map((chunk) => one.decode(chunk));
  assertSameSound(decoded, decodedPackets(SOUND));
  assertEquals(buffer.stats.bytes, packetBytes + 10 * 1_920);
  for (const [seq, chunk] of chunks.entries()) {
    assertStrictEquals(two.decode(chunk), decoded[seq]);
    assertStrictEquals(buffer.setPcm(chunk, chunk.pcm ?? new Int16Array(0)), decoded[seq]);
  }
  assertEquals(buffer.stats.bytes, packetBytes + 10 * 1_920);
  assertExact();
  one.release(4);
  two.release(6);
  assertEquals(buffer.stats.chunks, 5);
  assertExact();
  buffer.close();
  assertEquals(budget.chargedBytes, 0);
});

test("sound that was decoded elsewhere is kept and charged once, the first that comes", () => {
  const { buffer, assertExact } = accounted();
  const chunk: AudioChunk = packet(0);
  buffer.push(chunk);
  const [first, second] = [new Int16Array(960), new Int16Array(2_000)];
  for (const pcm of [first, second]) buffer.setPcm(chunk, pcm);
  assertStrictEquals(buffer.decode(chunk), first);
  assertEquals(buffer.stats.bytes, 100 + 1_920);
  assertExact();
  buffer.close();
});

test("a chunk that was released or evicted is decoded for whoever still has it, at no charge", () => {
  const { budget, buffer, assertExact } = accounted({ maxChunks: 8 });
  const cursor = buffer.cursor("recognition");
  const chunks = SOUND.map((chunk) => ({ ...chunk }));
  for (const chunk of chunks) buffer.push(chunk);
  cursor.release(4);
  const held = buffer.stats;
  assertSameSound(chunks.slice(0, 5).map((chunk) => cursor.decode(chunk)), decodedPackets(SOUND.slice(0, 5)));
  assertEquals(buffer.stats, held);
  assertExact();
  buffer.close();
  const [first, , , , , sixth = packet(5)] = chunks;
  assertEquals(buffer.decode(first ?? packet(0)).length, 960); // it has its sound
  assertThrows(() => buffer.decode(sixth), TypeError, "closed");
  buffer.setPcm(sixth, new Int16Array(960));
  assertEquals(budget.chargedBytes, 0);
});

test("the oldest leave for sound as for chunks, which may be the one that was decoded", () => {
  const causes: string[] = [];
  const { buffer, assertExact } = accounted({ maxBytes: 5_000, onEvicted: (cause) => causes.push(cause) });
  const cursor = buffer.cursor("recognition");
  const chunks = Array.from({ length: 10 }, (_, seq) => packet(seq));
  for (const chunk of chunks) buffer.push(chunk);
  for (const chunk of chunks.slice(8)) buffer.setPcm(chunk, new Int16Array(960));
  assertEquals([buffer.stats.bytes, buffer.stats.chunks, causes.length], [4_840, 10, 0]);
  buffer.setPcm(chunks[0] ?? packet(0), new Int16Array(960));
  assertEquals([buffer.stats.bytes, buffer.stats.chunks], [4_740, 9]);
  assertEquals([causes, cursor.lost.chunks], [["bytes"], 1]);
  assertExact();
  buffer.close();
});

test("the process-wide cap takes sound back as well, and what is charged stays exact", () => {
  const { budget, buffer, assertExact } = accounted({ capBytes: 20_000 });
  const cursor = buffer.cursor("recognition");
  const chunks = SOUND.map((chunk) => ({ ...chunk }));
  for (const chunk of chunks) buffer.push(chunk);
  for (const chunk of chunks) {
    assertEquals(cursor.decode(chunk).length, 960);
    assertExact();
    assert(budget.chargedBytes <= 20_000);
  }
  const { evicted } = buffer.stats;
  assert(evicted.budget > 0 && cursor.lost.chunks === evicted.budget);
  buffer.close();
  assertEquals(budget.chargedBytes, 0);
});
