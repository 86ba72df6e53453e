import { EarshotError } from "../../errors/mod.ts";
import { ENGINE_SAMPLE_RATE_HZ, type StreamingResult } from "../contract.ts";
import type { SherpaModel } from "../sherpa_model.ts";
import { toFloats } from "./pcm_floats.ts";
import type { NativeHandle, SherpaAddon, SherpaResult } from "./sherpa_addon.ts";
import { sherpaConfig } from "./sherpa_config.ts";

/** Silence after the last sound, in samples: a model lags behind its input by up to so much. */
const TAIL_SAMPLES = 0.66 * ENGINE_SAMPLE_RATE_HZ;

/** A piece of a stream. */
export interface StreamPiece {
  /** The stream, chosen by the caller. */
  readonly streamId: number;
  /** 16 kHz mono. */
  readonly pcm: Int16Array;
  /** It begins with this. */
  readonly start: boolean;
  /** It ends with this. */
  readonly finish: boolean;
}

/** A streaming model in sherpa-onnx, and its utterances. Runs on, and blocks, the thread that calls it. */
export class SherpaStreaming {
  readonly #addon: SherpaAddon;
  readonly #streams = new Map<number, NativeHandle>();
  #recognizer: NativeHandle | undefined;

  private constructor(addon: SherpaAddon, recognizer: NativeHandle) {
    this.#addon = addon;
    this.#recognizer = recognizer;
  }

  /** Loads the files; one that sherpa-onnx can make no sense of ends the process. Throws `engine.job_failed`. */
  static load(addon: SherpaAddon, model: SherpaModel): SherpaStreaming {
    try {
      return new SherpaStreaming(addon, addon.createOnlineRecognizer(sherpaConfig(model)));
    } catch (cause) {
      throw new EarshotError(
        "engine.job_failed",
        `Cannot load the ${model.kind} model: sherpa-onnx refused it`,
        {
          cause,
        },
      );
    }
  }

  /** Takes the next sound of a stream; one that failed is dropped. Throws `engine.job_failed`. */
  accept({ streamId, pcm, start, finish }: StreamPiece): StreamingResult {
    try {
      const recognizer = this.#recognizer;
      if (recognizer === undefined) throw new TypeError("the model was released");
      if (start) this.#streams.set(streamId, this.#addon.createOnlineStream(recognizer));
      const stream = this.#streams.get(streamId);
      if (stream === undefined) throw new TypeError("the stream was never begun");
      const result = this.#step(recognizer, stream, { pcm, finish });
      if (finish) this.#streams.delete(streamId);
      return result;
    } catch (cause) {
      this.#streams.delete(streamId);
      throw new EarshotError("engine.job_failed", "Cannot recognize the next sound: sherpa-onnx broke off", {
        cause,
      });
    }
  }

  /** Drops a stream; one that is not there is no fault. */
  closeStream(streamId: number): void {
    this.#streams.delete(streamId);
  }

  /** Drops the model and all streams; the garbage collector frees them. */
  // deno-lint-ignore require-await -- as every model is released
  async release(): Promise<void> {
    this.#streams.clear();
    this.#recognizer = undefined;
  }

  #step(
    recognizer: NativeHandle,
    stream: NativeHandle,
    { pcm, finish }: Pick<StreamPiece, "pcm" | "finish">,
  ): StreamingResult {
    const addon = this.#addon;
    const finals: string[] = [];
    const accept = (samples: Float32Array) =>
      addon.acceptWaveformOnline(stream, { samples, sampleRate: ENGINE_SAMPLE_RATE_HZ });
    if (pcm.length > 0) accept(toFloats(pcm));
    if (finish) {
      accept(new Float32Array(TAIL_SAMPLES));
      addon.inputFinished(stream);
    }
    while (addon.isOnlineStreamReady(recognizer, stream)) {
      addon.decodeOnlineStream(recognizer, stream);
      if (!addon.isEndpoint(recognizer, stream)) continue;
      finals.push(this.#text(recognizer, stream));
      addon.reset(recognizer, stream);
    }
    const rest = this.#text(recognizer, stream);
    if (finish) finals.push(rest);
    return { finals: finals.filter((text) => text !== ""), partial: finish ? "" : rest };
  }

  #text(recognizer: NativeHandle, stream: NativeHandle): string {
    const { text }: SherpaResult = JSON.parse(this.#addon.getOnlineStreamResultAsJson(recognizer, stream));
    return text.trim();
  }
}
