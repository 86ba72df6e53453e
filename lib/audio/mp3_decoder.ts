import { EarshotError } from "../errors/mod.ts";
import { toPcm16 } from "./pcm.ts";

/** What MP3 was decoded to: mono, 16 bit. */
export interface Mp3Sound {
  readonly pcm: Int16Array<ArrayBuffer>;
  /** As the frames say it; 0 where there is no sound yet. */
  readonly sampleRateHz: number;
}

/** Options of {@linkcode Mp3Decoder.open}. */
export interface Mp3DecoderOptions {
  readonly channels?: "left" | "mixed";
}

/** What is used of the package. */
interface Mpg123 {
  readonly ready: Promise<void>;
  decode(bytes: Uint8Array): {
    readonly channelData: readonly Float32Array[];
    readonly samplesDecoded: number;
    readonly sampleRate: number;
  };
  free(): void;
}

/**
 * Decodes one stream of MP3, in pieces of any size; what is no frame becomes noise or nothing, so look with
 * {@linkcode isMp3} before. Its memory (0.3 MB) lies outside of the garbage collector's reach: close it.
 *
 * @example
 * ```ts
 * import { Mp3Decoder } from "./mod.ts";
 *
 * using decoder = await Mp3Decoder.open();
 * console.assert(decoder.decode(new Uint8Array(0)).pcm.length === 0);
 * ```
 */
export class Mp3Decoder implements Disposable {
  #mpg123: Mpg123 | undefined;
  readonly #isMixed: boolean;

  private constructor(mpg123: Mpg123, isMixed: boolean) {
    this.#mpg123 = mpg123;
    this.#isMixed = isMixed;
  }

  /**
   * Loads libmpg123 with the first one. `channels`: of stereo the left one, which mono sound is on as well and which does for
   * speech, or both mixed. Default: `left`.
   */
  static async open({ channels = "left" }: Mp3DecoderOptions = {}): Promise<Mp3Decoder> {
    // Computed, so that only those load it whose voices speak MP3.
    const module: { readonly MPEGDecoder: new (options: { readonly enableGapless: boolean }) => Mpg123 } =
      await import(new URL("./mpg123.ts", import.meta.url).href);
    // Gapless playback would hold back what comes first until the encoder's delay is known.
    const mpg123 = new module.MPEGDecoder({ enableGapless: false });
    await mpg123.ready;
    return new Mp3Decoder(mpg123, channels === "mixed");
  }

  /** The samples of the frames that are whole with these bytes. */
  decode(bytes: Uint8Array): Mp3Sound {
    const mpg123 = this.#mpg123;
    if (mpg123 === undefined) throw new TypeError("Cannot decode: the decoder is closed");
    const { channelData: [left, right = left], samplesDecoded, sampleRate } = silently(() =>
      mpg123.decode(bytes)
    );
    if (left === undefined) throw new EarshotError("audio.decode", "Cannot decode MP3: it has no channel");
    const samples = left.subarray(0, samplesDecoded);
    const mono = this.#isMixed && right !== left
      ? samples.map((sample, at) => (sample + (right?.[at] ?? sample)) / 2)
      : samples;
    return { pcm: toPcm16(mono), sampleRateHz: sampleRate };
  }

  /** Frees its memory. May be called twice. */
  close(): void {
    this.#mpg123?.free();
    this.#mpg123 = undefined;
  }

  /** The same. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** The package writes a line for each frame that it cannot read, which another host would fill the log with. */
function silently<T>(decode: () => T): T {
  const { error } = console;
  Object.assign(console, { error: () => {} });
  try {
    return decode();
  } finally {
    Object.assign(console, { error });
  }
}
