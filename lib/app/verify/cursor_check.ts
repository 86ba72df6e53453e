import { AudioBuffer } from "../../audio/mod.ts";
import { fill } from "./buffer_check.ts";
import type { CheckResult } from "./check.ts";

/** Recognition and voiceprint read the same sound after the oldest was dropped, and both know what they lost. */
export function checkCursors(
  _signal: AbortSignal,
  { release = false }: { readonly release?: boolean } = {},
): Promise<CheckResult> {
  const buffer = new AudioBuffer();
  const recognition = buffer.cursor("recognition");
  const voiceprint = buffer.cursor("voiceprint");
  fill(buffer, 1_196, { sizeBytes: 100 });
  if (release) voiceprint.skipTo(500);
  const lost = [recognition.lost.chunks, voiceprint.lost.chunks];
  const heard = recognition.range(0, Infinity);
  const again = voiceprint.range(0, Infinity);
  const same = heard.length === again.length && heard.every((chunk, index) => chunk === again[index]);
  buffer.close();
  return Promise.resolve({
    check: "both cursors after the oldest was dropped",
    passed: lost.join() === "196,196" && same && heard.length === 1_000,
    measured: `${heard.length} and ${again.length} chunks, ${same ? "the same" : "NOT the same"}; lost ${
      lost.join(" and ")
    }`,
    limit: "1000 and 1000 chunks, the same; lost 196 and 196",
  });
}
