/** Holds chunks in buffers, as 35 sessions would, and prints what that costs. Needs `--expose-gc`. */
import { AudioBuffer } from "../../../lib/audio/mod.ts";

declare global {
  /** Given by `--expose-gc`. */
  var gc: () => void;
}

const SESSIONS = 35;
const CHUNKS = 1_000;
const SAMPLES = 960;
const OPUS_BYTES = 300;

async function residentBytes(): Promise<number> {
  for (let round = 0; round < 5; round++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return Deno.memoryUsage().rss;
}

const before = await residentBytes();
const buffers = Array.from({ length: SESSIONS }, () => new AudioBuffer());
const pcm = Int16Array.from({ length: SAMPLES }, (_, index) => index);
const opus = new Uint8Array(OPUS_BYTES).fill(1);
for (let seq = 0; seq < CHUNKS; seq++) {
  for (const buffer of buffers) {
    buffer.push({ seq, receivedMs: seq * 60, durationMs: 60, opus: opus.slice(), pcm: pcm.slice() });
  }
  await new Promise((resolve) => setTimeout(resolve, 0));
}
const after = await residentBytes();
const chunks = buffers.reduce((sum, { stats }) => sum + stats.chunks, 0);
const payloadBytes = chunks * (SAMPLES * 2 + OPUS_BYTES);
// deno-lint-ignore no-console -- its stdout is read by the bench
console.log(JSON.stringify({ chunks, payloadBytes, residentBytes: after - before }));
