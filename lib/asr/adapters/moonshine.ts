import { type Engine, ENGINE_SAMPLE_RATE_HZ } from "../../engine/mod.ts";
import type { AsrAdapter, AsrCapabilities, AsrOpenOptions, AsrStream } from "../contract.ts";
import { hearSegment } from "../hear_segment.ts";
import { requireLanguage } from "../language.ts";
import { SegmentedStream } from "../segmented_stream.ts";

/** The embedded recognizer: Moonshine tiny in the engine process. It hears English, segment by segment. */
export class MoonshineAdapter implements AsrAdapter {
  readonly name = "moonshine";
  readonly capabilities: AsrCapabilities = {
    streaming: false,
    partials: false,
    endpointing: false,
    encodings: ["pcm16"],
    sampleRatesHz: [ENGINE_SAMPLE_RATE_HZ],
    marksNoise: true,
    languages: ["en"],
  };
  readonly #engine: Engine;

  /** The engine stays its owner's. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Opens a stream; the engine hears of it with the first segment. Rejects with `asr.language`. */
  // deno-lint-ignore require-await -- rejects rather than throws
  async open({ language, audio }: AsrOpenOptions, signal: AbortSignal): Promise<AsrStream> {
    requireLanguage(this, language);
    return new SegmentedStream({
      audio,
      signal,
      recognize: (pcm, { ahead }) =>
        hearSegment(pcm, async (part) => {
          const { text } = await this.#engine.recognize(part, { signal, ifFree: ahead, flow: audio.source });
          return { text };
        }),
    });
  }
}
