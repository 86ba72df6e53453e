import { SpeechEvidence } from "./speech_evidence.ts";
import type { VadBatcher } from "./vad_batcher.ts";
import { VadFramer } from "./vad_framer.ts";

/** How many frames are judged before it is looked at what they say: about 1 s. */
const FRAMES_AT_ONCE = 32;

/**
 * Whether there may be speech in a recording, 16 kHz mono, were it only a whisper; `true` where the engine fails, since
 * then nobody can tell. Rejects with the signal's reason.
 */
export async function findSpeech(
  batcher: VadBatcher,
  pcm: Int16Array,
  signal: AbortSignal,
): Promise<boolean> {
  const evidence = new SpeechEvidence();
  const frames = new VadFramer().push({ seq: 0, receivedMs: 0, durationMs: 0, opus: new Uint8Array(), pcm });
  let failed = false;
  let waiting = 0;
  let judged = Promise.withResolvers<void>();
  const count = (frames: number) => {
    waiting -= frames;
    if (waiting === 0) judged.resolve();
  };
  const onAbort = () => judged.reject(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener("abort", onAbort, { once: true });
  const stream = batcher.open({
    onFrame: (_frame, probability) => {
      evidence.push(probability);
      count(1);
    },
    onFailed: (_error, frames) => {
      failed = true;
      count(frames.length);
    },
  });
  try {
    for (let at = 0; at < frames.length && !evidence.found && !failed; at += FRAMES_AT_ONCE) {
      const some = frames.slice(at, at + FRAMES_AT_ONCE);
      waiting = some.length;
      judged = Promise.withResolvers();
      for (const frame of some) stream.write(frame);
      await judged.promise;
    }
    return evidence.found || failed;
  } finally {
    stream.close();
    signal.removeEventListener("abort", onAbort);
  }
}
