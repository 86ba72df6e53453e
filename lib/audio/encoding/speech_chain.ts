import { Leveler, type LevelerOptions } from "../leveler.ts";
import { OpusDecoder } from "../opus_decoder.ts";
import { toFloat32 } from "../pcm.ts";
import { PeakLimiter } from "../peak_limiter.ts";
import { StreamResampler } from "../stream_resampler.ts";
import type { Voiced } from "../voiced_level.ts";
import { FramePacker, type FramePackerOptions, SPEECH_SAMPLE_RATE_HZ } from "./frame_packer.ts";
import { PieceJoiner } from "./piece_joiner.ts";

/** The largest sample that is encoded, of 1: decoded packets come out up to 2 dB above what went in. */
const CEILING = 0.65;

/** How a piece ended. */
export interface PieceEnd {
  /** The packets that became complete. */
  readonly packets: readonly Uint8Array[];
  /** Whether its first sample began a packet, and its last one was padded to the end of one. */
  readonly aligned: boolean;
  /** How loud the voiced parts came, if there were any. */
  readonly voiced: Voiced | undefined;
}

/** What sound of one rate passes: pieces are joined, then brought to 24 kHz. */
interface Source {
  readonly sampleRateHz: number;
  readonly joiner: PieceJoiner;
  readonly resampler: StreamResampler;
}

/**
 * The way of one answer from sound to packets, in this thread: level, join, resample, limit, frame, encode. What is left
 * of a piece goes into the first packet of the next one, unless it ends silently. Close it.
 */
export class SpeechChain {
  readonly #packer: FramePacker;
  readonly #limiter = new PeakLimiter({ sampleRateHz: SPEECH_SAMPLE_RATE_HZ, ceiling: CEILING });
  #leveler = new Leveler();
  /** Of the sound that the piece brought last; `undefined` before. */
  #pieceRateHz: number | undefined;
  #source: Source | undefined;
  #beganAligned = true;
  /** Of the ready packets that come. */
  #decoder: OpusDecoder | undefined;

  /** Opens an encoder. */
  constructor(options: FramePackerOptions) {
    this.#packer = new FramePacker(options);
  }

  /** How much work a packet is from now on: 0 to 10. */
  set complexity(complexity: number) {
    this.#packer.complexity = complexity;
  }

  /** Packets of another encoder were played after all that it has given: its next one begins a stream. */
  restart(): void {
    this.#packer.restart();
  }

  /** A piece begins. */
  begin(known: LevelerOptions = {}): void {
    this.#leveler = new Leveler(known);
    this.#pieceRateHz = undefined;
    this.#beganAligned = this.#packer.isAligned && this.#source === undefined;
    this.#source?.joiner.begin();
  }

  /** Takes sound of the piece and gives the packets that are complete. */
  push(pcm: Int16Array, sampleRateHz: number): readonly Uint8Array[] {
    const packets = this.#pieceRateHz === sampleRateHz ? [] : this.#endSound();
    this.#pieceRateHz = sampleRateHz;
    packets.push(...this.#join(this.#leveler.push(toFloat32(pcm), sampleRateHz), sampleRateHz));
    return packets;
  }

  /** The piece ends. */
  end(): PieceEnd {
    const { voiced } = this.#leveler;
    const packets = this.#endSound();
    const isSilent = this.#source?.joiner.isSilent ?? true;
    if (isSilent) packets.push(...this.finish());
    return { packets, aligned: this.#beganAligned && isSilent, voiced };
  }

  /** What is left, faded out and padded with silence; the answer may go on. */
  finish(): readonly Uint8Array[] {
    const packets = this.#drain();
    return [...packets, ...this.#packer.push(this.#limiter.flush()), ...this.#packer.pad()];
  }

  /** Takes ready packets of any duration, and gives them in that of this answer; the last ones are padded. */
  transcode(ready: readonly Uint8Array[], isLast: boolean): readonly Uint8Array[] {
    const packets = this.#decoder === undefined ? [...this.finish()] : [];
    this.#decoder ??= new OpusDecoder({ sampleRateHz: SPEECH_SAMPLE_RATE_HZ });
    for (const packet of ready) packets.push(...this.#packer.push(toFloat32(this.#decoder.decode(packet))));
    if (!isLast) return packets;
    this.#decoder.close();
    this.#decoder = undefined;
    return [...packets, ...this.#packer.pad()];
  }

  /** Frees what it holds outside of the garbage collector's reach. May be called twice. */
  close(): void {
    this.#packer.close();
    this.#decoder?.close();
    this.#decoder = undefined;
  }

  /** What the leveler still holds of the piece. */
  #endSound(): Uint8Array[] {
    return this.#pieceRateHz === undefined ? [] : this.#join(this.#leveler.end(), this.#pieceRateHz);
  }

  #join(samples: Float32Array, sampleRateHz: number): Uint8Array[] {
    const packets = this.#source?.sampleRateHz === sampleRateHz ? [] : this.#drain();
    this.#source ??= {
      sampleRateHz,
      joiner: new PieceJoiner(sampleRateHz),
      resampler: new StreamResampler(sampleRateHz, SPEECH_SAMPLE_RATE_HZ),
    };
    packets.push(...this.#pack(this.#source.resampler.push(this.#source.joiner.push(samples))));
    return packets;
  }

  /** Lets go of the source: what it holds is faded out. */
  #drain(): Uint8Array[] {
    if (this.#source === undefined) return [];
    const { joiner, resampler } = this.#source;
    this.#source = undefined;
    return [...this.#pack(resampler.push(joiner.flush())), ...this.#pack(resampler.flush())];
  }

  #pack(samples: Float32Array): Uint8Array[] {
    return this.#packer.push(this.#limiter.push(samples));
  }
}
