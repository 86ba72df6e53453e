import { EarshotError } from "../../errors/mod.ts";
import { OpusDecoder } from "../opus_decoder.ts";
import { isStereoOpusPacket, isWellFramedOpusPacket } from "../opus_framing.ts";
import { opusPacketDurationMs } from "../opus_packet.ts";
import { OggPacketAssembler } from "./ogg_packets.ts";
import type { OggPage } from "./ogg_pages.ts";
import { isOpusTags, type OpusHead } from "./opus_head.ts";
import { OpusPiece } from "./opus_piece.ts";

/** Ogg counts Opus in samples of 48 kHz (RFC 7845, section 4). */
const GRANULE_RATE_HZ = 48_000;
/** The most that a stream leaves out at its start where that is only its encoder's delay, in samples of 48 kHz: 20 ms. */
const MAX_DELAY = 960;

/** How much sound is given at once of what has come, in samples of 48 kHz: 5 s. */
const MOST_AT_ONCE = 5 * GRANULE_RATE_HZ;

/** One Opus stream of a file: what lies between its head and its last page. */
export class OpusLink {
  readonly serial: number;
  readonly channels: 1 | 2;
  /** Whether its last page has come. */
  ended = false;
  /** Whether one of its packets could be decoded, or was taken as it is. */
  decoded = false;
  readonly #gain: number;
  readonly #sampleRateHz: number;
  /** Ogg's samples for one of ours. */
  readonly #granules: number;
  readonly #packets: OggPacketAssembler;
  /** Opened by the first packet that is decoded. */
  #decoder: OpusDecoder | undefined;
  /** Whether its packets sound alike wherever they are decoded: mono, neither raised nor cut, all taken so far. */
  #isPlain: boolean;
  /** Whether it has given packets. */
  #begun = false;
  /** The packets that were taken last: a decoder that goes on from there has to know them. */
  #taken: readonly Uint8Array[] = [];
  /** Samples of Ogg that are still left out at the start. */
  #skip: number;
  /** Where the stream was after the page before. */
  #granule: number | undefined;
  #undecodable = 0;
  #packetMs = 20;

  /** Begins behind the page that has its head. */
  constructor(
    { serial, sequence }: OggPage,
    { channels, preSkip, gain, sampleRateHz }: OpusHead & { readonly sampleRateHz: number },
  ) {
    this.serial = serial;
    this.channels = channels;
    this.#gain = gain;
    this.#sampleRateHz = sampleRateHz;
    this.#granules = GRANULE_RATE_HZ / sampleRateHz;
    this.#skip = preSkip;
    this.#isPlain = channels === 1 && gain === 1 && preSkip <= MAX_DELAY;
    this.#packets = new OggPacketAssembler((sequence + 1) >>> 0);
  }

  /**
   * What a page of the stream says; `undefined` where nothing of it is heard. It holds until the next page is read. Once
   * packets of it were taken, it comes with that of the pages that `next` has at hand.
   */
  read(page: OggPage, next: () => OggPage | undefined = () => undefined): OpusPiece | undefined {
    let { packets, end } = this.#push(page);
    if (this.#taken.length > 0) {
      let granules = granulesOf(packets);
      // What has no duration ends it as well.
      while (this.#isPlain && !this.ended && this.#packets.lost === 0 && granules < MOST_AT_ONCE) {
        const more = next();
        if (more === undefined) break;
        const { packets: those, end: endOfThose } = this.#push(more);
        packets = packets.concat(those);
        if (endOfThose !== undefined) end = granules + endOfThose;
        granules += granulesOf(those);
      }
    }
    const piece = new OpusPiece(this.channels, () => this.#decode(packets, end), this.#ready(packets, end));
    if (packets.length > 0) this.#begun = true;
    return piece.opus === undefined && piece.samples.length === 0 ? undefined : piece;
  }

  /** The packets that end on a page, and of its last page where they end, in samples of 48 kHz. */
  #push(page: OggPage): { packets: Uint8Array[]; end: number | undefined } {
    this.ended = page.last;
    const lostBefore = this.#packets.lost;
    const packets = this.#packets.push(page).filter((packet) => !isOpusTags(packet));
    const isWhole = this.#packets.lost === lostBefore;
    const known = isWhole ? this.#granule ?? (page.last ? 0 : undefined) : undefined;
    this.#granule = page.granule ?? this.#granule;
    const isEnd = page.last && page.granule !== undefined && known !== undefined;
    return { packets, end: isEnd ? page.granule - known : undefined };
  }

  /** Frees its memory, and gives how many parts of it were lost. */
  close(): number {
    this.#decoder?.close();
    this.#decoder = undefined;
    return this.#packets.lost + this.#undecodable;
  }

  /** The packets of a page, where they can be had as they are; those beyond the end of the stream are left out. */
  #ready(packets: readonly Uint8Array[], end = Infinity): ConstructorParameters<typeof OpusPiece>[2] {
    this.#isPlain &&= this.#packets.lost === 0 &&
      packets.every((packet) => !isStereoOpusPacket(packet) && isWellFramedOpusPacket(packet));
    if (!this.#isPlain) return undefined;
    const heard: Uint8Array[] = [];
    let granules = 0;
    for (const packet of packets) {
      if (granules >= end) break;
      heard.push(packet);
      granules += (opusPacketDurationMs(packet) ?? NaN) * GRANULE_RATE_HZ / 1_000;
    }
    // What has no duration, or nothing to hear, is for the decoder.
    if (!(Math.min(granules, end) - this.#skip >= this.#granules)) return undefined;
    return {
      packets: heard,
      begins: !this.#begun,
      durationMs: granules * 1_000 / GRANULE_RATE_HZ,
      onTaken: (taken) => {
        this.#skip = 0;
        this.decoded = true;
        this.#taken = taken;
      },
    };
  }

  /** The samples of a page, interleaved. */
  #decode(packets: readonly Uint8Array[], end = Infinity): Float32Array {
    // What comes after them is no beginning for another decoder.
    if (packets.length > 0) this.#isPlain = false;
    for (const packet of this.#taken) this.#decodePacket(packet);
    this.#taken = [];
    const pcm = packets.map((packet) => this.#decodePacket(packet));
    const whole = pcm.reduce((sum, { length }) => sum + length, 0) / this.channels;
    const skip = Math.round(this.#skip / this.#granules);
    const from = Math.min(skip, whole);
    this.#skip = (skip - from) * this.#granules;
    const through = Math.max(from, Math.min(whole, Math.round(end / this.#granules)));
    return this.#join(pcm).subarray(from * this.channels, through * this.channels);
  }

  #decodePacket(packet: Uint8Array): Int16Array {
    this.#decoder ??= new OpusDecoder({ sampleRateHz: this.#sampleRateHz, channels: this.channels });
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

/** How long packets sound, in samples of 48 kHz; NaN where one does not say it. */
function granulesOf(packets: readonly Uint8Array[]): number {
  let durationMs = 0;
  for (const packet of packets) durationMs += opusPacketDurationMs(packet) ?? NaN;
  return durationMs * GRANULE_RATE_HZ / 1_000;
}
