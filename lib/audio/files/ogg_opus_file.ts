import { EarshotError } from "../../errors/mod.ts";
import { OpusDecoder } from "../opus_decoder.ts";
import { opusPacketDurationMs } from "../opus_packet.ts";
import type { ByteReader } from "./byte_reader.ts";
import { convertWith } from "./convert_command.ts";
import { OggPacketAssembler } from "./ogg_packets.ts";
import { type OggPage, OggPageReader } from "./ogg_pages.ts";
import { isOpusHead, isOpusTags, type OpusHead, otherCodecOf, readOpusHead } from "./opus_head.ts";
import { type ReadSoundOptions, type SoundFile, type SoundPiece, unreadableSound } from "./sound_file.ts";

/** What Opus is decoded to unless another rate is asked for. */
const RATE_HZ = 16_000;
/** Ogg counts Opus in samples of 48 kHz (RFC 7845, section 4). */
const GRANULE_RATE_HZ = 48_000;

/** What Ogg begins with. */
export const OGG_MAGIC = "OggS";

/**
 * Opens an Ogg Opus file at its beginning (RFC 7845): mono or stereo, one stream after the other, also beside streams
 * of another kind. Pages that are damaged or missing cost what is on them.
 *
 * @throws {EarshotError} `audio.invalid_wav`, saying what is wrong and what would be right
 */
export async function openOggOpusFile(reader: ByteReader, options: ReadSoundOptions): Promise<SoundFile> {
  const pages = new OggPageReader(reader);
  let codec: string | undefined;
  let found = false;
  for (let page = await pages.next(); page?.first === true; page = await pages.next()) {
    const [packet = new Uint8Array(0)] = page.parts;
    if (isOpusHead(packet)) {
      const { opusRateHz: sampleRateHz = RATE_HZ } = options;
      const link = new OpusLink(page, { ...readOpusHead(packet, options.file), sampleRateHz });
      return { sampleRateHz, float: false, pieces: readPieces(pages, link, options) };
    }
    codec ??= otherCodecOf(packet);
    found = true;
  }
  if (!found) throw unreadableSound("it is an Ogg whose beginning is damaged or missing: get it anew");
  throw unreadableSound(`it is ${codec ?? "an Ogg without Opus"}; ${convertWith(options.file)}`);
}

async function* readPieces(
  pages: OggPageReader,
  first: OpusLink,
  { file, remark, opusRateHz: sampleRateHz = RATE_HZ }: ReadSoundOptions,
): AsyncGenerator<SoundPiece> {
  let link = first;
  let lost = 0;
  let decoded = false;
  /** Whether a stream of which nothing was read yet may only be another one beside this. */
  let heads = true;
  try {
    for (let page = await pages.next(); page !== undefined; page = await pages.next()) {
      const [packet = new Uint8Array(0)] = page.parts;
      if (page.first && !heads && isOpusHead(packet)) {
        const head = readOpusHead(packet, file);
        lost += link.close();
        link = new OpusLink(page, { ...head, sampleRateHz });
      }
      heads = page.first;
      if (page.first || page.serial !== link.serial) continue;
      const samples = link.decode(page);
      decoded ||= link.decoded;
      if (samples.length > 0) yield { channels: link.channels, samples };
    }
  } finally {
    lost += link.close();
  }
  if (!decoded && lost > 0) throw unreadableSound("none of its Opus packets can be decoded");
  if (lost > 0) remark?.(`${lost} parts of it are damaged or missing: the rest is read`);
  if (!link.ended) remark?.("it is cut short: its last page is missing");
}

/** One Opus stream of the file: what lies between its head and its last page. */
class OpusLink {
  readonly serial: number;
  readonly channels: 1 | 2;
  /** Whether its last page has come. */
  ended = false;
  /** Whether one of its packets could be decoded. */
  decoded = false;
  readonly #gain: number;
  readonly #sampleRateHz: number;
  /** Ogg's samples for one of ours. */
  readonly #granules: number;
  readonly #decoder: OpusDecoder;
  readonly #packets: OggPacketAssembler;
  /** Samples that are still left out at the start. */
  #skip: number;
  /** Where the stream was after the page before. */
  #granule: number | undefined;
  #undecodable = 0;
  #packetMs = 20;

  constructor(
    { serial, sequence }: OggPage,
    { channels, preSkip, gain, sampleRateHz }: OpusHead & { readonly sampleRateHz: number },
  ) {
    this.serial = serial;
    this.channels = channels;
    this.#gain = gain;
    this.#sampleRateHz = sampleRateHz;
    this.#granules = GRANULE_RATE_HZ / sampleRateHz;
    this.#skip = Math.round(preSkip / this.#granules);
    this.#packets = new OggPacketAssembler((sequence + 1) >>> 0);
    this.#decoder = new OpusDecoder({ sampleRateHz, channels });
  }

  /** What a page of the stream says, interleaved. */
  decode(page: OggPage): Float32Array {
    this.ended = page.last;
    const lostBefore = this.#packets.lost;
    const packets = this.#packets.push(page).filter((packet) => !isOpusTags(packet));
    const pcm = packets.map((packet) => this.#decodePacket(packet));
    const whole = pcm.reduce((sum, { length }) => sum + length, 0) / this.channels;
    const known = this.#packets.lost === lostBefore
      ? this.#granule ?? (page.last ? 0 : undefined)
      : undefined;
    this.#granule = page.granule ?? this.#granule;
    const from = Math.min(this.#skip, whole);
    this.#skip -= from;
    const through = page.last && page.granule !== undefined && known !== undefined
      ? Math.max(from, Math.min(whole, Math.round((page.granule - known) / this.#granules)))
      : whole;
    return this.#join(pcm).subarray(from * this.channels, through * this.channels);
  }

  /** Frees its memory, and gives how many parts of it were lost. */
  close(): number {
    this.#decoder.close();
    return this.#packets.lost + this.#undecodable;
  }

  #decodePacket(packet: Uint8Array): Int16Array {
    const durationMs = opusPacketDurationMs(packet);
    try {
      const pcm = this.#decoder.decode(packet);
      this.decoded = true;
      this.#packetMs = durationMs ?? this.#packetMs;
      return pcm;
    } catch (thrown) {
      if (EarshotError.from(thrown).code !== "audio.decode") throw thrown;
      this.#undecodable++;
      return new Int16Array(Math.round(this.#packetMs * this.#sampleRateHz / 1_000) * this.channels);
    }
  }

  #join(pcm: readonly Int16Array[]): Float32Array {
    const samples = new Float32Array(pcm.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    const scale = this.#gain / 32_768;
    for (const packet of pcm) {
      for (let i = 0; i < packet.length; i++) samples[at + i] = (packet[i] ?? 0) * scale;
      at += packet.length;
    }
    return samples;
  }
}
