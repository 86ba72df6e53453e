import { EarshotError } from "../../errors/mod.ts";
import { raceSignal } from "../../lifecycle/mod.ts";
import { toFloat32 } from "../pcm.ts";
import { type Voiced, voicedLevelOf } from "../voiced_level.ts";
import type { VoiceLevels } from "../voice_levels.ts";
import { decoderReset } from "./decoder_reset.ts";
import { haveDeviceShape } from "./device_shape.ts";
import type {
  EncodingReply,
  EncodingSettings,
  EncodingWork,
  PieceBegin,
  StreamJob,
} from "./encoding_jobs.ts";
import type { Passing, SteadyVoices } from "./steady_voices.ts";

/** How much sound one job has at most, in ms, so that answers take turns. */
const JOB_MS = 300;
/** How much of the first sound of a piece is looked at before the first job, in seconds. */
const LOOK_AHEAD_S = 4;
/** How many ready packets one job has at most. */
const JOB_PACKETS = 16;
/** Rates of sound that can be encoded, in Hz. */
const RATES_HZ = { lowest: 1_000, highest: 384_000 } as const;

/** Sound of a piece: mono, of any length. */
export interface EncodableSound {
  readonly pcm: Int16Array;
  readonly sampleRateHz: number;
}

/** How a piece ended. */
export interface EncodedPieceEnd {
  /** The packets that became complete with its end. */
  readonly packets: readonly Uint8Array<ArrayBuffer>[];
  /** Whether all of its packets have its sound alone, so that they can be kept and played by themselves. */
  readonly aligned: boolean;
}

/** Packets of another encoder, on their way to a device. */
export interface ReadyPackets {
  readonly packets: readonly Uint8Array<ArrayBuffer>[];
  /** Whether another stream begins with them. */
  readonly begins: boolean;
}

/** What a {@linkcode SpeechEncoder} needs of the Worker that it lives in. */
export interface EncodingLane {
  /** How loud the voiced parts are of packets that begin a stream. */
  measure(packets: readonly Uint8Array[]): Promise<Voiced | undefined>;
  /** Does one job; the buffers of `transfer` are handed over. */
  readonly run: (job: StreamJob, transfer: readonly ArrayBuffer[]) => Promise<EncodingReply>;
  /** How much work a packet is now. */
  readonly complexity: () => number;
  /** The stream has ended, and no job of it runs; whether the Worker has an encoder for it. */
  readonly ended: (encoder: { readonly isOpen: boolean }) => void;
}

/** Options of a {@linkcode SpeechEncoder}. */
export interface SpeechEncoderOptions extends EncodingSettings {
  readonly streamId: number;
  readonly levels: VoiceLevels;
  readonly steady: SteadyVoices;
  readonly lane: EncodingLane;
  /** Ends it: what runs is given up. */
  readonly signal: AbortSignal;
}

/**
 * Encodes the sound of one answer, piece by piece, in a Worker: 24 kHz mono Opus, every piece equally loud, by one encoder. One
 * call at a time; a caller that waits for each call holds back the voice as far as the device does. After a call
 * that failed, or the end of the signal, every further one fails in the same way. Close it.
 */
export class SpeechEncoder {
  readonly #options: SpeechEncoderOptions;
  /** Once a job has opened the encoder. */
  #isOpen = false;
  /** The voice of the piece that is under way. */
  #voice: string | undefined;
  /** What the next job begins. */
  #begin: PieceBegin | undefined;
  /** Whose packets were given last: its own, or those of another encoder. */
  #last: "own" | "others" | undefined;
  /** Whether its encoder has to begin anew, and has nothing that is left of the piece before. */
  #restarts = false;
  /** Whether a packet was put before the first one of the piece. */
  #isLed = false;
  #job: Promise<unknown> | undefined;
  #error: EarshotError | undefined;
  readonly #gone = new AbortController();
  readonly #onAbort = () => this.#fail(EarshotError.from(this.#options.signal.reason, "canceled"));

  /** Use `SpeechEncoders.open`. */
  constructor(options: SpeechEncoderOptions) {
    this.#options = options;
    if (options.signal.aborted) this.#onAbort();
    else options.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Begins a piece. The level of a voice is learned by its name: what makes it louder should be part of that. */
  piece({ voice }: { readonly voice: string }): void {
    if (this.#voice !== undefined) throw new TypeError("Cannot begin a piece: the one before has not ended");
    this.#voice = voice;
    this.#isLed = false;
    this.#begin = { known: this.#options.levels.known(voice), atHand: undefined };
  }

  /**
   * Encodes sound of the piece, and gives the packets that became complete: none as long as the level of a new voice is
   * not known. The buffer of `pcm` is handed over where `pcm` has all of it: it is empty afterward.
   *
   * @throws {EarshotError} `lifecycle.*` (retryable), `canceled`, `audio.encode`
   */
  async write(sound: EncodableSound): Promise<readonly Uint8Array<ArrayBuffer>[]> {
    const packets: Uint8Array<ArrayBuffer>[] = [];
    for await (const part of this.encode(sound)) packets.push(...part);
    return packets;
  }

  /** The same for long sound: gives packets as they are there, and encodes no further than they are taken. */
  async *encode({ pcm, sampleRateHz }: EncodableSound): AsyncGenerator<readonly Uint8Array<ArrayBuffer>[]> {
    if (this.#voice === undefined) throw new TypeError("Cannot encode sound: no piece has begun");
    const { lowest, highest } = RATES_HZ;
    if (!Number.isInteger(sampleRateHz) || sampleRateHz < lowest || sampleRateHz > highest) {
      throw new EarshotError("audio.encode", `Cannot encode sound of ${sampleRateHz} Hz`);
    }
    const jobSamples = Math.ceil(sampleRateHz * JOB_MS / 1_000);
    if (pcm.length <= jobSamples) {
      if (pcm.length > 0) yield await this.#encode(owned(pcm), sampleRateHz);
      return;
    }
    if (this.#begin !== undefined) {
      const atHand = pcm.subarray(0, sampleRateHz * LOOK_AHEAD_S);
      this.#begin = { ...this.#begin, atHand: voicedLevelOf(toFloat32(atHand), sampleRateHz) };
    }
    for (let at = 0; at < pcm.length; at += jobSamples) {
      yield await this.#encode(pcm.slice(at, at + jobSamples), sampleRateHz);
    }
  }

  /** Ends the piece. A silent end is padded to a whole packet; any other goes on with the next piece, or `finish`. */
  async endPiece(): Promise<EncodedPieceEnd> {
    const voice = this.#voice;
    if (voice === undefined) throw new TypeError("Cannot end a piece: none has begun");
    const { packets, aligned, voiced } = await this.#run({ type: "end" });
    this.#voice = undefined;
    if (voiced !== undefined) this.#options.levels.learn(voice, voiced);
    this.#options.steady.learn(voice, voiced);
    return { packets, aligned: aligned && !this.#isLed };
  }

  /** What is left of the pieces that ended, faded out and padded with silence. More may come after it. */
  async finish(): Promise<readonly Uint8Array<ArrayBuffer>[]> {
    // Nothing is left then, and what was never opened need not be.
    if (this.#restarts && this.#error === undefined) return [];
    return (await this.#run({ type: "finish" })).packets;
  }

  /**
   * Whether the next piece of a voice need not be encoded: it is as loud by itself as every piece should be, as far as is
   * known. To be asked once a piece: now and then one is to be given to {@linkcode SpeechEncoder.lookAt}.
   */
  passing(voice: string): Passing {
    return this.#options.steady.passing(voice);
  }

  /**
   * Learns how loud a voice is by ready packets that begin a piece: they are decoded besides, and nobody waits for that.
   * Where it fails nothing is learned.
   */
  lookAt(voice: string, packets: readonly Uint8Array[]): void {
    const { lane, steady } = this.#options;
    lane.measure(packets).then((voiced) => steady.learn(voice, voiced), () => {});
  }

  /** Whether packets can be played as they are, by their shape. */
  haveShape(packets: readonly Uint8Array[]): boolean {
    return haveDeviceShape(packets, this.#options.frameDurationMs);
  }

  /**
   * What has to be played before ready packets of the right shape, between two pieces: what is left of the piece before, and
   * silence that makes the device's decoder forget it. Afterward the packets are to be played.
   *
   * @throws {EarshotError} as {@linkcode SpeechEncoder.write}
   */
  async beforeReady({ packets: [first], begins }: ReadyPackets): Promise<readonly Uint8Array<ArrayBuffer>[]> {
    if (this.#voice !== undefined) throw new TypeError("Cannot take ready packets: a piece has not ended");
    if (this.#error !== undefined) throw this.#error;
    if (first === undefined) return [];
    const left = this.#isOpen ? await this.finish() : [];
    const follows = this.#last === "own" || this.#last === "others" && begins;
    this.#last = "others";
    this.#restarts = true;
    return follows ? [...left, ...this.#reset(first)] : left;
  }

  /**
   * Brings ready packets, of one sentence and of any duration, into that of this answer, between two pieces; what is left of the
   * piece before comes first. They keep their level.
   */
  async transcode(ready: readonly Uint8Array[]): Promise<readonly Uint8Array<ArrayBuffer>[]> {
    if (this.#voice !== undefined) throw new TypeError("Cannot take ready packets: a piece has not ended");
    const packets: Uint8Array<ArrayBuffer>[] = [];
    for (let at = 0; at < ready.length; at += JOB_PACKETS) {
      const part = ready.slice(at, at + JOB_PACKETS);
      const isLast = at + JOB_PACKETS >= ready.length;
      packets.push(...(await this.#run({ type: "transcode", packets: part, isLast })).packets);
    }
    return packets;
  }

  /** Lets go of its encoder; a call that runs fails with `canceled`. May be called twice. */
  close(): void {
    this.#fail(new EarshotError("canceled", "Cannot encode: the answer has ended"));
  }

  async #encode(
    pcm: Int16Array<ArrayBuffer>,
    sampleRateHz: number,
  ): Promise<readonly Uint8Array<ArrayBuffer>[]> {
    const { packets } = await this.#run({ type: "sound", pcm, sampleRateHz }, [pcm.buffer]);
    return packets;
  }

  async #run(work: EncodingWork, transfer: readonly ArrayBuffer[] = []): Promise<EncodingReply> {
    if (this.#error !== undefined) throw this.#error;
    if (this.#job !== undefined) throw new TypeError("Cannot encode: a call has not ended");
    const { streamId, lane, frameDurationMs, bitrateBps } = this.#options;
    const settings = this.#isOpen ? undefined : { frameDurationMs, bitrateBps };
    const begin = this.#begin;
    const restarts = this.#restarts && this.#isOpen;
    this.#isOpen = true;
    this.#begin = undefined;
    this.#restarts = false;
    const complexity = lane.complexity();
    const job = lane.run({ ...work, streamId, settings, begin, restarts, complexity }, transfer);
    this.#job = job;
    try {
      return this.#led(await raceSignal(job, this.#gone.signal));
    } catch (error) {
      this.#fail(EarshotError.from(error));
      throw this.#error;
    } finally {
      this.#job = undefined;
    }
  }

  /** The same, and before its first packet after those of another encoder what makes a decoder forget them. */
  #led(reply: EncodingReply): EncodingReply {
    const [first] = reply.packets;
    if (first === undefined) return reply;
    const follows = this.#last === "others";
    this.#last = "own";
    if (!follows) return reply;
    this.#isLed = true;
    return { ...reply, packets: [...this.#reset(first), ...reply.packets] };
  }

  #reset(next: Uint8Array): readonly Uint8Array<ArrayBuffer>[] {
    const reset = decoderReset(next, this.#options.frameDurationMs);
    return reset === undefined ? [] : [reset];
  }

  /** Nothing further is done; the Worker is told once no job of this stream can reach it any more. */
  #fail(error: EarshotError): void {
    if (this.#error !== undefined) return;
    const { signal, lane } = this.#options;
    this.#error = error;
    signal.removeEventListener("abort", this.#onAbort);
    this.#gone.abort(error);
    const ended = () => lane.ended({ isOpen: this.#isOpen });
    if (this.#job === undefined) ended();
    else this.#job.then(ended, ended);
  }
}

/** Samples in a buffer of their own, without a copy where they have one. */
function owned(pcm: Int16Array): Int16Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength, length } = pcm;
  const isWhole = buffer instanceof ArrayBuffer && byteLength === buffer.byteLength;
  return isWhole ? new Int16Array(buffer, byteOffset, length) : pcm.slice();
}
