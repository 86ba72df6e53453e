import { assertEquals } from "@std/assert";
import fc from "../support/fast_check.ts";
import {
  AudioBuffer,
  type AudioChunk,
  type AudioCursor,
  CHUNK_OVERHEAD_BYTES,
  MemoryBudget,
} from "../../lib/audio/mod.ts";
import { test } from "../support/test.ts";

const MAX_CHUNKS = 12;
const MAX_BYTES = 600;

/** The same behavior in its plainest form: one array, and per reader what it has read, released and lost. */
class Model {
  held: AudioChunk[] = [];
  pushed = 0;
  readonly readers: { cursor: AudioCursor; fromSeq: number; readSeq: number; lost: number }[] = [];

  push(chunk: AudioChunk): void {
    this.held.push(chunk);
    this.pushed++;
    const sum = () => this.held.reduce((bytes, { opus }) => bytes + opus.length, 0);
    while (this.held.length > MAX_CHUNKS || sum() > MAX_BYTES) {
      const gone = this.held.shift();
      for (const reader of this.readers) if (gone !== undefined && gone.seq >= reader.fromSeq) reader.lost++;
    }
    this.trim();
  }

  trim(): void {
    if (this.readers.length === 0) return;
    this.held = this.held.filter(({ seq }) => this.readers.some(({ fromSeq }) => seq >= fromSeq));
  }
}

const steps = fc.array(
  fc.record({
    action: fc.constantFrom(
      "push",
      "push",
      "push",
      "push",
      "read",
      "read",
      "release",
      "skip",
      "open",
      "close",
    ),
    reader: fc.nat(2),
    /** Where a release or a skip ends, from the newest chunk. */
    ahead: fc.integer({ min: -6, max: 3 }),
    sizeBytes: fc.integer({ min: 1, max: 120 }),
  }),
  { maxLength: 120 },
);

test("any pushes, reads and releases of several readers agree with a plain array", () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const budget = new MemoryBudget(1_000_000);
      const buffer = new AudioBuffer({
        maxChunks: MAX_CHUNKS,
        maxBytes: MAX_BYTES,
        account: budget.open("model"),
      });
      const model = new Model();
      for (const step of steps) {
        if (step.action === "push") {
          const chunk = {
            seq: model.pushed,
            receivedMs: 0,
            durationMs: 60,
            opus: new Uint8Array(step.sizeBytes),
          };
          buffer.push(chunk);
          model.push(chunk);
        } else if (step.action === "open") {
          if (model.readers.length === 3) continue;
          const fromSeq = model.held[0]?.seq ?? model.pushed;
          model.readers.push({ cursor: buffer.cursor("reader"), fromSeq, readSeq: fromSeq, lost: 0 });
        } else {
          const reader = model.readers[step.reader];
          if (reader === undefined) continue;
          if (step.action === "read") {
            const next = model.held.find(({ seq }) => seq >= Math.max(reader.readSeq, reader.fromSeq));
            assertEquals(reader.cursor.peek() === next && reader.cursor.next() === next, true);
            if (next !== undefined) reader.readSeq = next.seq + 1;
          } else if (step.action === "close") {
            reader.cursor.close();
            model.readers.splice(step.reader, 1);
            model.trim();
          } else {
            const seq = model.pushed + step.ahead;
            if (step.action === "skip") reader.cursor.skipTo(seq);
            else reader.cursor.release(seq - 1);
            reader.fromSeq = Math.max(reader.fromSeq, seq);
            model.trim();
          }
        }
        agree({ buffer, budget, model });
      }
      buffer.close();
      assertEquals(budget.chargedBytes, 0);
    }),
    { numRuns: 300 },
  );
});

function agree(all: { buffer: AudioBuffer; budget: MemoryBudget; model: Model }): void {
  const { buffer, budget, model } = all;
  const bytes = model.held.reduce((sum, { opus }) => sum + opus.length, 0);
  const { stats } = buffer;
  assertEquals([stats.chunks, stats.bytes, stats.durationMs], [
    model.held.length,
    bytes,
    model.held.length * 60,
  ]);
  assertEquals(budget.chargedBytes, bytes + CHUNK_OVERHEAD_BYTES * model.held.length);
  for (const { cursor, fromSeq, readSeq, lost } of model.readers) {
    const held = model.held.filter(({ seq }) => seq >= fromSeq);
    assertEquals(cursor.range(0, Infinity), held);
    assertEquals(cursor.pendingChunks, held.filter(({ seq }) => seq >= readSeq).length);
    assertEquals(cursor.lost, { chunks: lost, durationMs: lost * 60 });
  }
}
