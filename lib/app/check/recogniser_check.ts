import { delay } from "@std/async";
import { type AsrAdapter, type AsrConfig, Recognizer, type RecognizerEvent } from "../../asr/mod.ts";
import { AudioBuffer, OpusEncoder } from "../../audio/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import { systemClock } from "../../lifecycle/mod.ts";
import { tone } from "../tone.ts";
import { failedReport, type ServiceReport } from "./service_report.ts";

const SOUND_MS = 1_020;
const FRAME_MS = 60;
const FRAME_SAMPLES = FRAME_MS * 16;

/** Gives a recogniser a second of sound, at the pace of speech, the way a session does. */
export async function checkRecogniser(
  adapter: AsrAdapter,
  config: AsrConfig,
  signal: AbortSignal,
): Promise<ServiceReport> {
  const service = `asr.${config.provider}`;
  let openMs: number | undefined;
  let answerMs: number | undefined;
  const onEvent = (event: RecognizerEvent) => {
    if (event.type === "started") openMs = event.openMs;
    if (event.type === "ended") answerMs = event.finalMs;
  };
  const recognizer = new Recognizer(adapter, { ...config, clock: systemClock, retries: 0, onEvent });
  const buffer = new AudioBuffer();
  const encoder = new OpusEncoder({ sampleRateHz: 16_000 });
  try {
    const cursor = buffer.cursor("check");
    const utterance = recognizer.start({ language: config.language, cursor }, signal);
    const failed = utterance.result.then(() => false, () => true);
    const sound = tone(SOUND_MS);
    for (let seq = 0; seq < SOUND_MS / FRAME_MS; seq++) {
      const pcm = sound.subarray(seq * FRAME_SAMPLES, (seq + 1) * FRAME_SAMPLES);
      buffer.push({
        seq,
        timestampMs: seq * FRAME_MS,
        durationMs: FRAME_MS,
        opus: encoder.encode(pcm),
        pcm,
      });
      utterance.pump();
      // A service that has failed or answered wants no more.
      if (await Promise.race([failed.then(() => true), delay(FRAME_MS, { signal }).then(() => false)])) break;
    }
    utterance.finish();
    await utterance.result;
    return {
      service,
      ok: true,
      reachable: "yes",
      authorised: "yes",
      ...(openMs !== undefined && { openMs: Math.round(openMs) }),
      ...(answerMs !== undefined && { answerMs: Math.round(answerMs) }),
    };
  } catch (thrown) {
    const error = EarshotError.from(thrown, "asr.failed");
    if (signal.aborted) throw error;
    // One that takes whole utterances may not have been spoken to before the end of the sound.
    const { whole = false } = adapter.capabilities;
    return failedReport(service, error, {
      openMs: whole || openMs === undefined ? undefined : Math.round(openMs),
    });
  } finally {
    buffer.close();
    encoder.close();
  }
}
