import { readWavAsPcm16, resample, toFloat32, toPcm16 } from "../audio/mod.ts";
import { transcribe } from "../asr/mod.ts";
import { type Engine, ENGINE_SAMPLE_RATE_HZ } from "../engine/mod.ts";

/** Sound as a device hears it: 16 kHz mono. */
export interface Recording {
  /** The samples. */
  readonly pcm: Int16Array;
  /** How long it is, in s. */
  readonly audioSeconds: number;
}

/** What a recording says, and what finding that out took. */
export interface RecordingTranscript {
  /** The words; `""` when nothing is said. */
  readonly text: string;
  /** The time it took as a share of the recording's length. */
  readonly realTimeFactor: number;
}

/**
 * Reads a WAV file as a recording.
 *
 * @throws {EarshotError} `audio.invalid_wav`
 */
export function readRecording(wav: Uint8Array): Recording {
  return recordingOf(readWavAsPcm16(wav, ENGINE_SAMPLE_RATE_HZ));
}

/** Lets the embedded voice speak. Rejects with the engine's errors. */
export async function speakRecording(engine: Engine, text: string, signal: AbortSignal): Promise<Recording> {
  const { pcm, sampleRateHz } = await engine.speak(text, { signal });
  return recordingOf(toPcm16(resample(toFloat32(pcm), sampleRateHz, ENGINE_SAMPLE_RATE_HZ)));
}

/** Finds the words of a recording of any length. Rejects with the engine's errors. */
export async function transcribeRecording(
  engine: Engine,
  recording: Recording,
  signal: AbortSignal,
): Promise<RecordingTranscript> {
  const startedMs = performance.now();
  const { text } = await transcribe(engine, recording.pcm, signal);
  const seconds = (performance.now() - startedMs) / 1_000;
  return { text, realTimeFactor: recording.audioSeconds === 0 ? 0 : seconds / recording.audioSeconds };
}

function recordingOf(pcm: Int16Array): Recording {
  return { pcm, audioSeconds: pcm.length / ENGINE_SAMPLE_RATE_HZ };
}
