import { joinPcm, readSound, type ReadSoundOptions, resample, toFloat32, toPcm16 } from "../audio/mod.ts";
import { transcribe, type TranscriptSegment } from "../asr/mod.ts";
import { type Engine, ENGINE_SAMPLE_RATE_HZ } from "../engine/mod.ts";
import { EarshotError } from "../errors/mod.ts";

/** What is held as a whole, at most: a device says it at the speed of speech anyway. */
const MAX_RECORDING_SECONDS = 3_600;

/** Sound as a device hears it: 16 kHz mono. */
export interface Recording {
  /** The samples. */
  readonly pcm: Int16Array;
  /** How long it is, in s. */
  readonly audioSeconds: number;
}

/**
 * Reads a file of sound, of at most an hour, as a recording.
 *
 * @throws {EarshotError} `audio.invalid_wav`, and what `bytes` throws
 */
export async function readRecording(
  bytes: AsyncIterable<Uint8Array>,
  options: ReadSoundOptions = {},
): Promise<Recording> {
  const pieces: Int16Array[] = [];
  let samples = 0;
  for await (const piece of readSound(bytes, { ...options, sampleRateHz: ENGINE_SAMPLE_RATE_HZ })) {
    samples += piece.length;
    if (samples > MAX_RECORDING_SECONDS * ENGINE_SAMPLE_RATE_HZ) {
      throw new EarshotError(
        "audio.invalid_wav",
        `Cannot say the sound: it is longer than ${MAX_RECORDING_SECONDS} s; give a shorter one`,
      );
    }
    pieces.push(piece);
  }
  return recordingOf(joinPcm(pieces));
}

/** Lets the embedded voice speak. Rejects with the engine's errors. */
export async function speakRecording(
  engine: Pick<Engine, "speak">,
  text: string,
  signal: AbortSignal,
): Promise<Recording> {
  const { pcm, sampleRateHz } = await engine.speak(text, { signal });
  return recordingOf(toPcm16(resample(toFloat32(pcm), sampleRateHz, ENGINE_SAMPLE_RATE_HZ)));
}

/** How a file of sound is transcribed. */
export interface TranscribeSoundOptions extends ReadSoundOptions {
  /** Gives it up. */
  readonly signal: AbortSignal;
  /** Told how much sound was read so far, in s, whenever some was. */
  readonly onRead?: (audioSeconds: number) => void;
}

/**
 * Finds the words of a file of sound of any length, and gives those of each part when they are final. It reads no
 * further than it hears. Rejects with `audio.invalid_wav`, with what `bytes` throws, and with the recognizer's errors.
 */
export function transcribeSound(
  recognizer: Pick<Engine, "recognize">,
  bytes: AsyncIterable<Uint8Array>,
  { signal, onRead, ...options }: TranscribeSoundOptions,
): AsyncGenerator<TranscriptSegment> {
  const pieces = readSound(bytes, { ...options, sampleRateHz: ENGINE_SAMPLE_RATE_HZ });
  return transcribe(recognizer, onRead === undefined ? pieces : counted(pieces, onRead), signal);
}

async function* counted(
  pieces: AsyncIterable<Int16Array>,
  onRead: (audioSeconds: number) => void,
): AsyncGenerator<Int16Array> {
  let samples = 0;
  for await (const piece of pieces) {
    samples += piece.length;
    onRead(samples / ENGINE_SAMPLE_RATE_HZ);
    yield piece;
  }
}

function recordingOf(pcm: Int16Array): Recording {
  return { pcm, audioSeconds: pcm.length / ENGINE_SAMPLE_RATE_HZ };
}
