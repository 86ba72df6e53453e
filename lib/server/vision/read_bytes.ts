import type { Clock } from "../../lifecycle/mod.ts";

/** What came of a body: all of it, too much, too late, or not to its end. */
export type BytesRead =
  | { readonly type: "whole"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: "too_big" | "late" | "broken" };

/** Options of {@linkcode readBytes}. */
export interface ReadBytesOptions {
  /** The largest body that is kept. */
  readonly maxBytes: number;
  /** How much of a larger one is read and dropped: who is still sending does not read an answer. */
  readonly maxDroppedBytes: number;
  /** How long it may take, in ms. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  /** Gives it up. */
  readonly signal: AbortSignal;
}

/** Reads a body in bounds, into memory alone. Never rejects. */
export async function readBytes(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  { maxBytes, maxDroppedBytes, deadlineMs, clock, signal }: ReadBytesOptions,
): Promise<BytesRead> {
  if (body === null) return { type: "whole", bytes: new Uint8Array() };
  const reader = body.getReader();
  let end: "late" | "broken" | undefined;
  const stop = (why: "late" | "broken") => {
    end ??= why;
    reader.cancel().catch(() => {});
  };
  const onAbort = () => stop("broken");
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  const cancel = clock.schedule(deadlineMs, () => stop("late"));
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let sizeBytes = 0;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (end !== undefined) return { type: end };
      if (done) break;
      sizeBytes += value.byteLength;
      if (sizeBytes <= maxBytes) {
        parts.push(value);
        continue;
      }
      parts.length = 0;
      if (sizeBytes <= maxBytes + maxDroppedBytes) continue;
      await reader.cancel();
      break;
    }
  } catch {
    return { type: end ?? "broken" };
  } finally {
    cancel();
    signal.removeEventListener("abort", onAbort);
  }
  return sizeBytes > maxBytes ? { type: "too_big" } : { type: "whole", bytes: joined(parts, sizeBytes) };
}

function joined(parts: readonly Uint8Array<ArrayBuffer>[], sizeBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}
