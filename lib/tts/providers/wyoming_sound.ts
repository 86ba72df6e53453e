import { z } from "zod";
import { checkReply, serviceError, type ServiceName, type WyomingEvent } from "../../service/mod.ts";
import type { SpeechSound } from "../contract.ts";

/** How many bytes become one stretch of sound at most: 0.7 s at 22 kHz. */
const PIECE_BYTES = 32_768;
/** The most that a text may become, in s, besides a second for each of its characters. */
const MAX_SOUND_S = 900;

const format = z.looseObject({
  rate: z.int().min(4_000).max(192_000),
  width: z.int(),
  channels: z.int(),
});

/** The sound of one connection: samples of 16 bits, mono, of a rate that may change with each sentence. */
export class WyomingSound {
  readonly #service: ServiceName;
  /** Half a sample, which the next chunk completes. */
  #half: number | undefined;
  #leftS = MAX_SOUND_S;
  #said = "";

  constructor(service: ServiceName) {
    this.#service = service;
  }

  /** The text that was sent. */
  get said(): string {
    return this.#said;
  }

  /** More text was sent. */
  allow(text: string): void {
    this.#said += text;
    this.#leftS += text.length;
  }

  /** A sentence begins: half a sample of the one before is no part of it. */
  begin(): void {
    this.#half = undefined;
  }

  /**
   * The samples of an `audio-chunk`.
   *
   * @throws {EarshotError} `tts.protocol` for sound of another kind, or without end
   */
  read({ data, payload }: WyomingEvent): readonly SpeechSound[] {
    const { rate: sampleRateHz, width, channels } = checkReply(this.#service, data, format);
    if (width !== 2 || channels !== 1) {
      throw serviceError(this.#service, "protocol", {
        detail: `it sends sound of ${8 * width} bits and ${channels} channels: have it send 16 bits, mono`,
      });
    }
    this.#leftS -= payload.length / 2 / sampleRateHz;
    if (this.#leftS < 0) {
      throw serviceError(this.#service, "protocol", { detail: "it sends sound without end" });
    }
    const sounds: SpeechSound[] = [];
    for (let at = 0; at < payload.length; at += PIECE_BYTES) {
      const pcm = this.#samples(payload.subarray(at, at + PIECE_BYTES));
      if (pcm.length > 0) sounds.push({ pcm, sampleRateHz });
    }
    return sounds;
  }

  #samples(bytes: Uint8Array): Int16Array {
    const whole = new Uint8Array(bytes.length + (this.#half === undefined ? 0 : 1));
    if (this.#half !== undefined) whole[0] = this.#half;
    whole.set(bytes, whole.length - bytes.length);
    this.#half = whole.length % 2 === 0 ? undefined : whole.at(-1);
    const view = new DataView(whole.buffer);
    const pcm = new Int16Array(whole.length >> 1);
    for (let i = 0; i < pcm.length; i++) pcm[i] = view.getInt16(2 * i, true);
    return pcm;
  }
}
