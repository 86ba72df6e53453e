import {
  ByteReader,
  type EncodableSound,
  isMp3,
  Mp3Decoder,
  mp3MagicBytes,
  readStreamedSound,
  SPEECH_SAMPLE_RATE_HZ,
} from "../../../audio/mod.ts";
import { EarshotError } from "../../../errors/mod.ts";

/** How much of a file is read at once, in bytes: a third of a second of MP3. */
const PIECE_BYTES = 8_192;
/** How much of an MP3 may pass without any sound, in bytes: the rest is none either. */
const MOST_SILENT_BYTES = 4 * 2 ** 20;
/** What a tag before the first frame has at its beginning. */
const TAG_HEAD_BYTES = 10;

/** How a file is read. */
export interface MusicSoundOptions {
  /** How much sound it gives at most, in ms. */
  readonly maxMs: number;
  readonly signal: AbortSignal;
}

/**
 * The sound of a file of MP3, WAV or Ogg Opus, read no further than it is taken, a few pieces at a time. Leaving the loop
 * closes the file, and so does the signal.
 *
 * @throws {EarshotError} `tool.music` where there is no sound in it, or no more that can be read; `canceled`
 */
export async function* musicSound(
  path: string,
  { maxMs, signal }: MusicSoundOptions,
): AsyncGenerator<EncodableSound, void> {
  let leftMs = maxMs;
  let heard = false;
  try {
    for await (const sound of decoded(bytesOf(path, signal), signal)) {
      heard = true;
      const { pcm, sampleRateHz } = sound;
      const most = Math.floor(leftMs * sampleRateHz / 1_000);
      if (pcm.length > most) yield { pcm: pcm.subarray(0, most), sampleRateHz };
      if (pcm.length >= most) return;
      leftMs -= pcm.length * 1_000 / sampleRateHz;
      yield sound;
    }
  } catch (thrown) {
    if (signal.aborted) throw EarshotError.from(signal.reason, "canceled");
    throw new EarshotError("tool.music", "Cannot play music: its file cannot be read", { cause: thrown });
  }
  if (!heard) throw new EarshotError("tool.music", "Cannot play music: there is no sound in its file");
}

async function* bytesOf(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted();
  using file = await Deno.open(path);
  for (;;) {
    signal.throwIfAborted();
    const piece = new Uint8Array(PIECE_BYTES);
    const bytes = await file.read(piece);
    if (bytes === null) return;
    yield piece.subarray(0, bytes);
  }
}

async function* decoded(
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<EncodableSound, void> {
  const reader = new ByteReader(bytes);
  try {
    await skipTags(reader);
    const head = await reader.peek(mp3MagicBytes(await reader.peek(4)));
    if (isMp3(head) || !isContainer(head)) yield* mp3Sound(reader);
    else yield* readStreamedSound(restOf(reader), { opusRateHz: SPEECH_SAMPLE_RATE_HZ });
  } finally {
    signal.aborted ? void reader.close().catch(() => {}) : await reader.close();
  }
}

async function* mp3Sound(reader: ByteReader): AsyncGenerator<EncodableSound, void> {
  using decoder = await Mp3Decoder.open({ channels: "mixed" });
  let silentBytes = 0;
  for await (const piece of restOf(reader)) {
    const sound = decoder.decode(piece);
    silentBytes = sound.pcm.length > 0 ? 0 : silentBytes + piece.length;
    if (silentBytes > MOST_SILENT_BYTES) {
      throw new EarshotError("audio.decode", "Cannot decode MP3: it has no frame");
    }
    if (sound.pcm.length > 0) yield sound;
  }
}

async function* restOf(reader: ByteReader): AsyncGenerator<Uint8Array> {
  for (let piece = await reader.takeWhole(1, PIECE_BYTES); piece.length > 0;) {
    yield piece.slice();
    piece = await reader.takeWhole(1, PIECE_BYTES);
  }
}

/** Tags with pictures may be megabytes; they are stepped over. */
async function skipTags(reader: ByteReader): Promise<void> {
  for (;;) {
    const head = await reader.peek(TAG_HEAD_BYTES);
    if (head.length < TAG_HEAD_BYTES || String.fromCharCode(...head.subarray(0, 3)) !== "ID3") return;
    const sizeBytes = head.subarray(6).reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0);
    const footerBytes = ((head[5] ?? 0) & 0x10) === 0 ? 0 : TAG_HEAD_BYTES;
    await reader.skip(TAG_HEAD_BYTES + sizeBytes + footerBytes);
  }
}

/** Whether bytes begin as WAV of any kind or Ogg does. */
function isContainer(head: Uint8Array): boolean {
  return /^(?:RIFF|RIFX|RF64|riff|OggS)/.test(String.fromCharCode(...head.subarray(0, 4)));
}
