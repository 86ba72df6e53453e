import { toPcm16 } from "../pcm.ts";
import { StreamResampler } from "../stream_resampler.ts";
import { ByteReader } from "./byte_reader.ts";
import { ChannelMixer } from "./channel_mixer.ts";
import { describeForeignFile, MAGIC_BYTES } from "./file_kind.ts";
import { FloatScale } from "./float_scale.ts";
import { OGG_MAGIC, openOggOpusFile } from "./ogg_opus_file.ts";
import { type ReadSoundOptions, type SoundFile, type SoundPiece, unreadableSound } from "./sound_file.ts";
import { waveContainerOf } from "./wave_chunks.ts";
import { openWaveFile } from "./wave_file.ts";

/** What sound of any file becomes. */
export interface ReadPcmOptions extends ReadSoundOptions {
  /** Samples a second. Default 16000. */
  readonly sampleRateHz?: number;
}

/**
 * Reads a file of sound as 16-bit mono of one rate, in pieces: WAVE (RIFF, RIFX, RF64, Wave64) or Ogg Opus. It reads as
 * far as it is iterated, and holds no more than a few pieces however long the sound is.
 *
 * @throws {EarshotError} `audio.invalid_wav`, before the first piece unless all of the sound is broken; and what
 *   `bytes` throws
 */
export async function* readSound(
  bytes: AsyncIterable<Uint8Array>,
  options: ReadPcmOptions = {},
): AsyncGenerator<Int16Array<ArrayBuffer>> {
  const { sampleRateHz = 16_000, remark } = options;
  const reader = new ByteReader(bytes);
  try {
    const sound = await openSoundFile(reader, options);
    const resampler = new StreamResampler(sound.sampleRateHz, sampleRateHz);
    const mixer = new ChannelMixer(sound.sampleRateHz, remark);
    for await (const piece of scaledPieces(sound, remark)) {
      const samples = resampler.push(mixer.push(piece));
      if (samples.length > 0) yield toPcm16(samples);
    }
    for (const samples of [resampler.push(mixer.flush()), resampler.flush()]) {
      if (samples.length > 0) yield toPcm16(samples);
    }
  } finally {
    await reader.close();
  }
}

/**
 * Opens a file of sound by its first bytes, whatever it is called.
 *
 * @throws {EarshotError} `audio.invalid_wav`, which names what it is and how to convert it
 */
export async function openSoundFile(reader: ByteReader, options: ReadSoundOptions): Promise<SoundFile> {
  const magic = await reader.peek(MAGIC_BYTES);
  const container = waveContainerOf(magic);
  if (container !== undefined) return await openWaveFile(reader, container, options);
  if (String.fromCharCode(...magic.subarray(0, OGG_MAGIC.length)) === OGG_MAGIC) {
    return await openOggOpusFile(reader, options);
  }
  throw unreadableSound(describeForeignFile(magic, options.file));
}

/** The pieces of a file, its floats from -1 to 1. */
async function* scaledPieces(
  sound: SoundFile,
  remark: ((remark: string) => void) | undefined,
): AsyncGenerator<SoundPiece> {
  if (!sound.float) return yield* sound.pieces;
  const scale = new FloatScale(remark);
  for await (const piece of sound.pieces) yield* scale.push(piece);
  yield* scale.flush();
}
