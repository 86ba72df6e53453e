import type { ByteReader } from "./byte_reader.ts";
import {
  PIECE_BYTES,
  type ReadSoundOptions,
  type SoundFile,
  type SoundPiece,
  unreadableSound,
} from "./sound_file.ts";
import { isId, type WaveChunk, WaveChunks, type WaveContainer } from "./wave_chunks.ts";
import { FORMAT_BYTES, readWaveFormat, type WaveFormat } from "./wave_format.ts";
import { decodeWaveSamples } from "./wave_samples.ts";

/** Recorders put pictures and sheets of remarks before the sound, never as much as this. */
const MAX_BYTES_BEFORE_SOUND = 256 * 2 ** 20;
/** A size that counts the header too announces this much that is not there, at most. */
const USUAL_HEADER_BYTES = 64;
/** What can follow the sound. A greater size is that of sound which looks like letters. */
const MAX_TRAILER_BYTES = 256 * 2 ** 20;

/** Sound in chunks, as it lies in a file. */
interface WaveSound extends ReadSoundOptions {
  readonly chunks: WaveChunks;
  readonly format: WaveFormat;
  /** The chunk whose content comes next. */
  readonly data: WaveChunk;
}

/**
 * Opens a WAVE file at its beginning: PCM of 8 to 32 bits, floats, A-law or mu-law, any channels, whatever comes
 * before the sound, the sound in one chunk or several. Sizes may be wrong: sound that is there is read.
 *
 * @throws {EarshotError} `audio.invalid_wav`, saying what is wrong and what would be right
 */
export async function openWaveFile(
  reader: ByteReader,
  container: WaveContainer,
  options: ReadSoundOptions,
): Promise<SoundFile> {
  const chunks = new WaveChunks(reader, container);
  await chunks.begin();
  let format: WaveFormat | undefined;
  for (let chunk = await chunks.next(); chunk !== undefined; chunk = await chunks.next()) {
    if (chunk.id === "data") {
      if (format === undefined) throw unreadableSound("its sound comes before its format description");
      const { sampleRateHz, encoding } = format;
      const pieces = readPieces(reader, { ...options, chunks, format, data: chunk });
      return { sampleRateHz, float: encoding === "float", pieces };
    }
    let readBytes = 0;
    if (chunk.id === "ds64" && container === "RF64") readBytes = await chunks.readLongSizes(chunk);
    if (chunk.id === "fmt ") {
      readBytes = Math.min(chunk.announcedBytes, FORMAT_BYTES);
      const bytes = await reader.take(readBytes);
      if (bytes.length < readBytes) throw unreadableSound("it ends inside its format description");
      format = readWaveFormat(bytes, { littleEndian: container !== "RIFX", file: options.file });
    }
    if (reader.position + chunk.announcedBytes > MAX_BYTES_BEFORE_SOUND) {
      throw unreadableSound(
        `its chunk ${JSON.stringify(chunk.id)} announces more than a file can have before its sound`,
      );
    }
    await chunks.skipRest(chunk, readBytes);
  }
  throw unreadableSound(format === undefined ? "it has no format description" : "it has no sound");
}

async function* readPieces(reader: ByteReader, sound: WaveSound): AsyncGenerator<SoundPiece> {
  // A recorder that was paused may begin a chunk each time, and players play all of them.
  for (let data: WaveChunk | undefined = sound.data; data !== undefined;) {
    data = yield* readChunk(reader, { ...sound, data });
  }
}

/** The sound of one chunk; returns the next chunk with sound. */
async function* readChunk(
  reader: ByteReader,
  sound: WaveSound,
): AsyncGenerator<SoundPiece, WaveChunk | undefined> {
  const { chunks, format, data, remark } = sound;
  const headerBytes = reader.position;
  const frameBytes = format.channels * format.sampleBytes;
  const mostBytes = PIECE_BYTES - PIECE_BYTES % frameBytes;
  let leftBytes = data.announcedBytes === 0 && !await isEmpty(reader, chunks)
    ? Infinity
    : data.announcedBytes;
  while (true) {
    while (leftBytes >= frameBytes) {
      const bytes = await reader.takeWhole(frameBytes, Math.min(leftBytes, mostBytes));
      if (bytes.length === 0) break;
      leftBytes -= bytes.length;
      yield { channels: format.channels, samples: decodeWaveSamples(bytes, format) };
    }
    if (!Number.isFinite(leftBytes)) return undefined;
    if (leftBytes >= frameBytes) {
      reportEnd(leftBytes - await reader.skip(frameBytes));
      return undefined;
    }
    if (!await goesOn(reader, { ...sound, leftBytes })) {
      await chunks.skipRest(data, data.announcedBytes - leftBytes);
      return await nextSound(chunks);
    }
    leftBytes = Infinity;
  }

  /** Of what is missing, a little is no loss but a header that was counted. */
  function reportEnd(missingBytes: number): void {
    if (missingBytes <= Math.max(USUAL_HEADER_BYTES, frameBytes) || missingBytes === headerBytes) return;
    const seconds = missingBytes / frameBytes / format.sampleRateHz;
    remark?.(`it is cut short: its header says ${seconds.toFixed(1)} s more than there are`);
  }
}

/** The next chunk with sound after one that was read; `undefined` when there is none. */
async function nextSound(chunks: WaveChunks): Promise<WaveChunk | undefined> {
  for (let chunk = await chunks.next(); chunk !== undefined && isChunk(chunk); chunk = await chunks.next()) {
    if (chunk.id === "RIFF") return undefined; // another file
    if (chunk.id === "data") return chunk;
    await chunks.skipRest(chunk, 0);
  }
  return undefined;
}

/** Whether a sound of size 0 is none: where a program ended before it wrote the size, sound follows. */
async function isEmpty(reader: ByteReader, chunks: WaveChunks): Promise<boolean> {
  const head = await reader.peek(chunks.headBytes);
  return head.length < chunks.headBytes || isChunk(chunks.readHead(head));
}

/** Whether what follows the announced sound is sound as well: neither the end nor a chunk. */
async function goesOn(
  reader: ByteReader,
  { chunks, data, leftBytes, remark }: WaveSound & { readonly leftBytes: number },
): Promise<boolean> {
  const padding = chunks.paddingBehind(data.announcedBytes);
  const behind = leftBytes + padding;
  const bytes = await reader.peek(behind + chunks.headBytes);
  if (bytes.length < behind + chunks.headBytes) return false;
  // Some programs leave out the padding.
  const heads = [behind, leftBytes].map((at) => chunks.readHead(bytes.subarray(at, at + chunks.headBytes)));
  if (heads.some(({ id }) => id === "RIFF")) remark?.("another WAV follows in the same file: it is not read");
  if (heads.some(isChunk)) return false;
  // Zeros may be no more than the rest of a block of the disk.
  if (bytes.some((byte) => byte !== 0)) remark?.("it has more sound than its header says: all of it is read");
  return true;
}

/** Whether a head may be that of a chunk: letters, and a size that a remark can have; sound may be longer. */
function isChunk({ id, announcedBytes }: WaveChunk): boolean {
  return isId(id) && announcedBytes <= MAX_TRAILER_BYTES || id === "RIFF" || id === "data";
}
