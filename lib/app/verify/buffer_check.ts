import { AudioBuffer, type AudioChunk } from "../../audio/mod.ts";
import type { CheckResult } from "./check.ts";

const CHUNK_MS = 60;

/** 1,196 chunks leave the newest 1,000; too many bytes and too much sound leave what the bounds say. */
export function checkBuffer(
  _signal: AbortSignal,
  { maxChunks = 1_000 }: { readonly maxChunks?: number } = {},
): Promise<CheckResult> {
  const byCount = new AudioBuffer({ maxChunks });
  fill(byCount, 1_196, { sizeBytes: 100 });
  const byBytes = new AudioBuffer({ maxBytes: 10_485_760 });
  fill(byBytes, 150, { sizeBytes: 104_858 }); // 100 of them are 10 MiB and 40 bytes
  const byDuration = new AudioBuffer({ maxDurationMs: 60_000 });
  fill(byDuration, 1_100, { sizeBytes: 100 }); // 66 s
  const found = [byCount, byBytes, byDuration].map(({ stats: { chunks, evicted } }) =>
    `${chunks} + ${evicted.chunks + evicted.bytes + evicted.duration + evicted.budget}`
  );
  const wanted = ["1000 + 196", "99 + 51", "1000 + 100"];
  for (const buffer of [byCount, byBytes, byDuration]) buffer.close();
  return Promise.resolve({
    check: "the buffer's bounds, to the chunk",
    passed: found.join() === wanted.join(),
    measured: `${found.join(", ")} (held + dropped)`,
    limit: `${wanted.join(", ")}, by count, bytes, duration`,
  });
}

/** Puts `count` chunks in, held by one cursor. */
export function fill(
  buffer: AudioBuffer,
  count: number,
  { sizeBytes }: { readonly sizeBytes: number },
): void {
  buffer.cursor("check");
  for (let seq = 0; seq < count; seq++) {
    const chunk: AudioChunk = {
      seq,
      receivedMs: seq * CHUNK_MS,
      durationMs: CHUNK_MS,
      opus: new Uint8Array(sizeBytes),
    };
    buffer.push(chunk);
  }
}
