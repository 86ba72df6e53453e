import {
  type AudioChunk,
  joinPcm,
  lostOpusPacket,
  OggOpusMuxer,
  StreamResampler,
  toFloat32,
  toPcm16,
} from "../audio/mod.ts";
import { EarshotError } from "../errors/mod.ts";

/** What sessions decode to, in Hz. */
const SESSION_RATE_HZ = 16_000;

/** What firmware puts into a packet, in ms: a service that has no wish of its own is sent each at once. */
export const PACKET_MS = 60;

const MOST_MS = 200;

const NOTHING: readonly Uint8Array[] = [];
const NO_SOUND = new Int16Array(0);

/** Puts chunks into the pieces that a service wants. */
export interface SoundFramer {
  /** Takes a chunk and gives the pieces that are full. */
  push(chunk: AudioChunk): readonly Uint8Array[];
  /** The rest, if there is any. */
  flush(): readonly Uint8Array[];
}

/** Options of a {@linkcode PcmFramer}. */
export interface PcmFramerOptions {
  /** How long a piece sounds at least, in ms; only the last one may be shorter. */
  readonly leastMs: number;
  /** How long one sounds at most, in ms. Default: 200 ms, which is more than a packet, and no service minds. */
  readonly mostMs?: number;
  /** Samples a second. */
  readonly sampleRateHz?: number;
  /** Little-endian 16-bit integers, or 32-bit floats. */
  readonly encoding?: "s16le" | "f32le";
}

/**
 * Mono PCM in pieces. What waits for a piece to be full is late: a service that ends sentences counts the silence in what
 * it was sent.
 */
export class PcmFramer implements SoundFramer {
  readonly #least: number;
  readonly #most: number;
  readonly #encoding: "s16le" | "f32le";
  readonly #resampler: StreamResampler | undefined;
  #rest = NO_SOUND;

  /** Starts with an empty piece. */
  constructor(
    {
      leastMs,
      mostMs = Math.max(leastMs, MOST_MS),
      sampleRateHz = SESSION_RATE_HZ,
      encoding = "s16le",
    }: PcmFramerOptions,
  ) {
    this.#least = Math.round(leastMs * sampleRateHz / 1_000);
    this.#most = Math.round(mostMs * sampleRateHz / 1_000);
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
    const rest = this.#rest.length === 0 ? [] : [this.#encode(this.#rest)];
    this.#rest = NO_SOUND;
    return [...pieces, ...rest];
  }

  #add(pcm: Int16Array): readonly Uint8Array[] {
    const all = this.#rest.length === 0 ? pcm : joinPcm([this.#rest, pcm]);
    const pieces: Uint8Array[] = [];
    let at = 0;
    for (; all.length - at >= this.#least; at = Math.min(all.length, at + this.#most)) {
      pieces.push(this.#encode(all.subarray(at, at + this.#most)));
    }
    this.#rest = at === all.length ? NO_SOUND : all.slice(at);
    return pieces;
  }

  /** A copy: the caller may hold it. */
  #encode(pcm: Int16Array): Uint8Array {
    if (this.#encoding === "f32le") return new Uint8Array(toFloat32(pcm).buffer);
    return new Uint8Array(pcm.slice().buffer);
  }
}

/** The device's own Opus packets in an Ogg stream; nothing is decoded. */
export class OggFramer implements SoundFramer {
  readonly #muxer: OggOpusMuxer;
  #begun = false;
  #ended = false;

  /** A piece is one page of `leastMs` or more; the first has the stream's head before it. */
  constructor({ leastMs }: Pick<PcmFramerOptions, "leastMs">) {
    this.#muxer = new OggOpusMuxer({ pageMs: leastMs });
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

/** Pieces of `leastMs` or more in the encoding that the config of a service names: the device's packets in Ogg, or PCM. */
export function openFramer(encoding: "opus" | "pcm", leastMs: number): SoundFramer {
  return encoding === "opus" ? new OggFramer({ leastMs }) : new PcmFramer({ leastMs });
}
