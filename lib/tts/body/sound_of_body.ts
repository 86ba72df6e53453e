import {
  ByteReader,
  Mp3Decoder,
  mp3MagicBytes,
  readContainedSound,
  readStreamedSound,
} from "../../audio/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import { jsonOf, openaiMeaning, readOpenaiFault, serviceError, type ServiceName } from "../../service/mod.ts";
import type { SpeechSound } from "../contract.ts";
import { soundMs } from "../sound_length.ts";
import { bodyKindOf, HEAD_BYTES } from "./body_kind.ts";
import { unpacked } from "./unpacked.ts";

/** How much of an error is read, in bytes. */
const MAX_ERROR_BYTES = 65_536;
/** The most that one text may become, in bytes: 11 minutes of samples at 24 kHz. */
const MAX_BODY_BYTES = 32 * 2 ** 20;
/** The same once it is decoded, in s. */
const MAX_SOUND_S = 900;
/** How many bytes become one stretch of sound at most: 0.7 s at 24 kHz. */
const PIECE_BYTES = 32_768;
/** What Opus is decoded to, in Hz: what devices play. */
const OPUS_RATE_HZ = 24_000;
/** What no voice has less or more of, in Hz. */
const MIN_RATE_HZ = 4_000;
const MAX_RATE_HZ = 192_000;

/** Options of {@linkcode soundOfBody}. */
export interface SoundOfBodyOptions {
  /** Named in errors. */
  readonly service: ServiceName;
  /** The Content-Type of the answer. Default: none. */
  readonly contentType?: string | null | undefined;
  /**
   * Samples a second of sound without a header, where the Content-Type does not say it (`rate=`). Default: none, and
   * such sound is refused.
   */
  readonly sampleRateHz?: number;
  /**
   * What an error in JSON says that is in the service's own shape: `nothing` where it made nothing of the text,
   * `undefined` where it is none of its. Default: none is.
   */
  readonly faultOf?: (json: unknown) => EarshotError | "nothing" | undefined;
}

/**
 * The sound of an answer's body, whatever it is: WAV, also with a header for every chunk, Ogg Opus, MP3, or samples
 * (s16le, mono); also compressed with gzip. It is judged by its first bytes, then by its Content-Type, never by what was
 * asked for. An empty body gives no sound. It is read no faster than the caller takes it.
 *
 * @throws {EarshotError} what the service says where the body is an error, `tts.protocol` where it is nothing that is
 *   read here or does not end, and what `bytes` throws
 */
export async function* soundOfBody(
  bytes: AsyncIterable<Uint8Array>,
  options: SoundOfBodyOptions,
): AsyncGenerator<SpeechSound, void> {
  const { service } = options;
  let seconds = 0;
  for await (const sound of soundOf(bytes, options)) {
    const lengthMs = soundMs(sound);
    if (lengthMs === 0) continue;
    if (sound.sampleRateHz < MIN_RATE_HZ || sound.sampleRateHz > MAX_RATE_HZ) {
      throw serviceError(service, "protocol", { detail: `it sends sound of ${sound.sampleRateHz} Hz` });
    }
    seconds += lengthMs / 1_000;
    if (seconds > MAX_SOUND_S) {
      throw serviceError(service, "protocol", { detail: "it sends sound without end" });
    }
    yield sound;
  }
}

async function* soundOf(
  bytes: AsyncIterable<Uint8Array>,
  { service, contentType, sampleRateHz, faultOf }: SoundOfBodyOptions,
): AsyncGenerator<SpeechSound, void> {
  const reader = new ByteReader(bounded(unpacked(bytes, service), service));
  const type = contentType ?? "";
  try {
    const head = await reader.peek(HEAD_BYTES);
    // A sample can look like a frame of MP3; two frames in a row are no samples.
    const kind = bodyKindOf(await reader.peek(Math.max(HEAD_BYTES, mp3MagicBytes(head))), type);
    switch (kind) {
      case "empty":
        return;
      case "wav":
        return yield* containedSound(readStreamedSound(piecesOf(reader)), service);
      case "ogg":
        return yield* containedSound(readContainedSound(reader, { opusRateHz: OPUS_RATE_HZ }), service);
      case "mp3":
        return yield* mp3Sound(reader);
      case "pcm": {
        const rateHz = rateOf(type) ?? sampleRateHz;
        if (rateHz !== undefined) return yield* samples(reader, rateHz);
        throw serviceError(service, "protocol", {
          detail: "it sends bytes that are no sound as it is read here",
        });
      }
      case "foreign":
        throw serviceError(service, "protocol", { detail: `it sends sound that is not read here (${type})` });
      case "events":
        throw serviceError(service, "protocol", { detail: "it sends events where sound is due" });
      case "error": {
        const body = new TextDecoder().decode(await reader.take(MAX_ERROR_BYTES));
        const json = jsonOf(body);
        const fault = json === undefined ? undefined : faultOf?.(json);
        if (fault === "nothing") return;
        throw fault ?? errorOfBody(service, body);
      }
    }
  } finally {
    await reader.close();
  }
}

async function* containedSound(
  sounds: AsyncIterable<SpeechSound>,
  service: ServiceName,
): AsyncGenerator<SpeechSound, void> {
  try {
    yield* sounds;
  } catch (thrown) {
    if (!(thrown instanceof EarshotError) || thrown.code !== "audio.invalid_wav") throw thrown;
    throw serviceError(service, "protocol", { detail: thrown.message, cause: thrown });
  }
}

async function* mp3Sound(reader: ByteReader): AsyncGenerator<SpeechSound, void> {
  using decoder = await Mp3Decoder.open();
  for await (const piece of piecesOf(reader)) {
    const sound = decoder.decode(piece);
    if (sound.pcm.length > 0) yield sound;
  }
}

/** Half a sample at the end of a chunk is carried; at the end of all it is dropped. */
async function* samples(reader: ByteReader, sampleRateHz: number): AsyncGenerator<SpeechSound, void> {
  for (;;) {
    const bytes = await reader.takeWhole(2, PIECE_BYTES);
    if (bytes.length === 0) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const pcm = new Int16Array(bytes.length / 2);
    for (let i = 0; i < pcm.length; i++) pcm[i] = view.getInt16(2 * i, true);
    yield { pcm, sampleRateHz };
  }
}

/** What the reader has, piece by piece, each of which holds for itself. */
export async function* piecesOf(reader: ByteReader): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  for (;;) {
    const bytes = await reader.takeWhole(1, PIECE_BYTES);
    if (bytes.length === 0) return;
    yield bytes.slice();
  }
}

async function* bounded(
  bytes: AsyncIterable<Uint8Array>,
  service: ServiceName,
): AsyncGenerator<Uint8Array, void> {
  let sizeBytes = 0;
  for await (const piece of bytes) {
    sizeBytes += piece.length;
    if (sizeBytes > MAX_BODY_BYTES) {
      throw serviceError(service, "protocol", { detail: "it sends sound without end" });
    }
    if (piece.length > 0) yield piece;
  }
}

/** `audio/pcm;rate=22050`, `audio/L16; rate=16000`. */
function rateOf(contentType: string): number | undefined {
  const rate = /;\s*rate\s*=\s*"?(\d+)/i.exec(contentType)?.[1];
  return rate === undefined ? undefined : Number(rate);
}

/** What a body says that is no sound, as OpenAI and those like it say it. */
export function errorOfBody(service: ServiceName, body: string): EarshotError {
  const fault = jsonOf(body) === undefined ? undefined : readOpenaiFault(body);
  if (fault === undefined || `${fault.message}${fault.code}${fault.type}` === "") {
    return serviceError(service, "protocol", { detail: "it sends text where sound is due" });
  }
  return serviceError(service, ...openaiMeaning(fault, service.family));
}
