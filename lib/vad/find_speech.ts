import type { Engine } from "../engine/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import { SpeechEvidence } from "./speech_evidence.ts";
import { VAD_FRAME_SAMPLES } from "./vad_framer.ts";

/** How many samples are judged before it is looked at what they say: about 1 s. */
const SAMPLES_AT_ONCE = 32 * VAD_FRAME_SAMPLES;

/** From here up are streams that no session uses. */
let nextStreamId = 2 ** 40;

/**
 * The sample from which on there may be speech in a recording, 16 kHz mono, were it only a whisper; `undefined` where
 * there is none. It is the first one where the engine fails, since then nobody can tell. Rejects with the signal's
 * reason.
 */
export async function findSpeech(
  engine: Pick<Engine, "detectSpeech" | "closeVadStream">,
  pcm: Int16Array,
  signal: AbortSignal,
): Promise<number | undefined> {
  const evidence = new SpeechEvidence();
  const streamId = nextStreamId++;
  const end = pcm.length - pcm.length % VAD_FRAME_SAMPLES;
  let quietFrames = 0;
  try {
    for (let at = 0; at < end && !evidence.found; at += SAMPLES_AT_ONCE) {
      const part = pcm.subarray(at, Math.min(end, at + SAMPLES_AT_ONCE));
      const [response] = await engine.detectSpeech([{ streamId, pcm: part }], { signal });
      for (const probability of response?.probabilities ?? []) {
        evidence.push(probability);
        if (!evidence.begun) quietFrames++;
      }
    }
    return evidence.found ? quietFrames * VAD_FRAME_SAMPLES : undefined;
  } catch (thrown) {
    signal.throwIfAborted();
    if (EarshotError.from(thrown).code === "canceled") throw thrown;
    return 0;
  } finally {
    engine.closeVadStream(streamId);
  }
}
