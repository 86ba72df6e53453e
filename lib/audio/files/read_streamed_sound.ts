import { toPcm16 } from "../pcm.ts";
import { ByteReader } from "./byte_reader.ts";
import { ChannelMixer } from "./channel_mixer.ts";
import type { UndecodedOpus } from "./opus_piece.ts";
import { openSoundFile } from "./read_sound.ts";
import type { ReadSoundOptions } from "./sound_file.ts";
import { separateWaves } from "./separate_waves.ts";

/** A stretch of sound, mono. */
export interface StreamedSound {
  readonly pcm: Int16Array<ArrayBuffer>;
  readonly sampleRateHz: number;
  /** The packets, where it came as such; who takes them asks for no samples. */
  readonly opus?: UndecodedOpus | undefined;
}

/**
 * Reads what a program writes while it speaks, as 16-bit mono at its own rate, piece by piece as it comes: WAVE, also
 * with a header for every chunk, or Ogg Opus, which is decoded when `pcm` is read, at the latest with the next
 * pull. It reads no further than it is iterated.
 *
 * @throws {EarshotError} `audio.invalid_wav`, and what `bytes` throws
 */
export async function* readStreamedSound(
  bytes: AsyncIterable<Uint8Array>,
  options: ReadSoundOptions = {},
): AsyncGenerator<StreamedSound, void> {
  for await (const wave of separateWaves(bytes)) yield* readOne(wave, options);
}

async function* readOne(
  bytes: AsyncIterable<Uint8Array>,
  options: ReadSoundOptions,
): AsyncGenerator<StreamedSound, void> {
  yield* readContainedSound(new ByteReader(bytes), options);
}

/** The same of one file, from a reader, which is closed at the end. */
export async function* readContainedSound(
  reader: ByteReader,
  options: ReadSoundOptions = {},
): AsyncGenerator<StreamedSound, void> {
  try {
    const { sampleRateHz, pieces } = await openSoundFile(reader, options);
    const mixer = new ChannelMixer(sampleRateHz, options.remark);
    for await (const piece of pieces) {
      if (piece.opus !== undefined) {
        const sound = new OpusSound(sampleRateHz, piece.opus, () => toPcm16(mixer.push(piece)));
        yield sound;
        sound.settle();
        continue;
      }
      const samples = mixer.push(piece);
      if (samples.length > 0) yield { pcm: toPcm16(samples), sampleRateHz };
    }
    const rest = mixer.flush();
    if (rest.length > 0) yield { pcm: toPcm16(rest), sampleRateHz };
  } finally {
    await reader.close();
  }
}

/** Sound that is not decoded before somebody needs its samples. */
class OpusSound implements StreamedSound {
  readonly sampleRateHz: number;
  readonly opus: UndecodedOpus;
  readonly #decode: () => Int16Array<ArrayBuffer>;
  #pcm: Int16Array<ArrayBuffer> | undefined;

  constructor(sampleRateHz: number, opus: UndecodedOpus, decode: () => Int16Array<ArrayBuffer>) {
    this.sampleRateHz = sampleRateHz;
    this.opus = opus;
    this.#decode = decode;
  }

  get pcm(): Int16Array<ArrayBuffer> {
    return this.#pcm ??= this.#decode();
  }

  settle(): void {
    if (!this.opus.isTaken) void this.pcm;
  }
}
