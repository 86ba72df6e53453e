import {
  type AudioChunk,
  lostOpusPacket,
  OggOpusMuxer,
  StreamResampler,
  toFloat32,
  toPcm16,
} from "../audio/mod.ts";
import { EarshotError } from "../errors/mod.ts";

/** What sessions decode to, in Hz. */
const SESSION_RATE_HZ = 16_000;

const NOTHING: readonly Uint8Array[] = [];

/** Puts chunks into the pieces that a service wants. */
export interface SoundFramer {
  /** Takes a chunk and gives the pieces that are full. */
  push(chunk: AudioChunk): readonly Uint8Array[];
  /** The rest, if there is any. */
  flush(): readonly Uint8Array[];
}

/** Options of a {@linkcode PcmFramer}. */
export interface PcmFramerOptions {
  /** How long a piece sounds, in ms. */
  readonly frameMs: number;
  /** Samples a second. */
  readonly sampleRateHz?: number;
  /** Little-endian 16-bit integers, or 32-bit floats. */
  readonly encoding?: "s16le" | "f32le";
}

/** Mono PCM in pieces of one length; the last one may be shorter. */
export class PcmFramer implements SoundFramer {
  readonly #frame: Int16Array<ArrayBuffer>;
  readonly #encoding: "s16le" | "f32le";
  readonly #resampler: StreamResampler | undefined;
  #filled = 0;

  /** Starts with an empty piece. */
  constructor({ frameMs, sampleRateHz = SESSION_RATE_HZ, encoding = "s16le" }: PcmFramerOptions) {
    this.#frame = new Int16Array(Math.round(frameMs * sampleRateHz / 1_000));
    this.#encoding = encoding;
    if (sampleRateHz !== SESSION_RATE_HZ) {
      this.#resampler = new StreamResampler(SESSION_RATE_HZ, sampleRateHz);
    }
  }

  /** Throws `asr.failed` for a chunk that was not decoded. */
  push({ pcm, seq }: AudioChunk): readonly Uint8Array[] {
    if (pcm === undefined) {
      throw new EarshotError("asr.failed", `Cannot recognize chunk ${seq}: it was not decoded`);
    }
    return this.#add(this.#resampler === undefined ? pcm : toPcm16(this.#resampler.push(toFloat32(pcm))));
  }

  /** The last piece. */
  flush(): readonly Uint8Array[] {
    const pieces = this.#resampler === undefined ? [] : this.#add(toPcm16(this.#resampler.flush()));
    const rest = this.#filled === 0 ? [] : [this.#encode(this.#frame.subarray(0, this.#filled))];
    this.#filled = 0;
    return [...pieces, ...rest];
  }

  #add(pcm: Int16Array): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < pcm.length;) {
      const part = pcm.subarray(at, at + this.#frame.length - this.#filled);
      this.#frame.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < this.#frame.length) break;
      pieces.push(this.#encode(this.#frame));
      this.#filled = 0;
    }
    return pieces;
  }

  /** A copy: the caller may hold it. */
  #encode(pcm: Int16Array<ArrayBuffer>): Uint8Array {
    if (this.#encoding === "f32le") return new Uint8Array(toFloat32(pcm).buffer);
    return new Uint8Array(pcm.slice().buffer);
  }
}

/** The device's own Opus packets in an Ogg stream; nothing is decoded. */
export class OggFramer implements SoundFramer {
  readonly #muxer: OggOpusMuxer;
  #begun = false;
  #ended = false;

  /** A piece is one page of `frameMs`; the first has the stream's head before it. */
  constructor({ frameMs }: { readonly frameMs: number }) {
    this.#muxer = new OggOpusMuxer({ pageMs: frameMs });
  }

  /** A packet that was lost counts as one in which nothing was sent, so that time goes on. */
  push({ opus, durationMs }: AudioChunk): readonly Uint8Array[] {
    const head = this.#head(); // numbered before any page of sound
    const page = this.#muxer.push(opus.length === 0 ? lostOpusPacket(durationMs) : opus, durationMs);
    return page === undefined ? head : [...head, page];
  }

  /** The page that ends the stream; nothing where nothing was heard. */
  flush(): readonly Uint8Array[] {
    if (!this.#begun || this.#ended) return [];
    this.#ended = true;
    return [this.#muxer.end()];
  }

  #head(): readonly Uint8Array[] {
    if (this.#begun) return NOTHING;
    this.#begun = true;
    return [this.#muxer.head(SESSION_RATE_HZ)];
  }
}

/** Pieces of `frameMs` in the encoding that the config of a service names: the device's packets in Ogg, or PCM. */
export function openFramer(encoding: "opus" | "pcm", frameMs: number): SoundFramer {
  return encoding === "opus" ? new OggFramer({ frameMs }) : new PcmFramer({ frameMs });
}
