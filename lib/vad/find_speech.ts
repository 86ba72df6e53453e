import { SpeechEvidence } from "./speech_evidence.ts";
import type { VadBatcher } from "./vad_batcher.ts";
import { VAD_FRAME_SAMPLES, VadFramer } from "./vad_framer.ts";

/** How many frames are judged before it is looked at what they say: about 1 s. */
const FRAMES_AT_ONCE = 32;

/**
 * The sample from which on there may be speech in a recording, 16 kHz mono, were it only a whisper; `undefined` where
 * there is none. It is the first one where the engine fails, since then nobody can tell. Rejects with the signal's
 * reason.
 */
export async function findSpeech(
  batcher: VadBatcher,
  pcm: Int16Array,
  signal: AbortSignal,
): Promise<number | undefined> {
  const evidence = new SpeechEvidence();
  const frames = new VadFramer().push({ seq: 0, receivedMs: 0, durationMs: 0, opus: new Uint8Array(), pcm });
  let failed = false;
  let quietFrames = 0;
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
      if (!evidence.begun) quietFrames++;
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
      stream.flush();
      await judged.promise;
    }
    if (failed) return 0;
    return evidence.found ? quietFrames * VAD_FRAME_SAMPLES : undefined;
  } finally {
    stream.close();
    signal.removeEventListener("abort", onAbort);
  }
}
