import { z } from "zod";
import {
  type Engine,
  ENGINE_SAMPLE_RATE_HZ,
  isStreaming,
  SHERPA_KIND_NAMES,
  type SherpaKind,
} from "../../engine/mod.ts";
import { kindOfKnown, KNOWN_MODELS, nearestName } from "../../models/mod.ts";
import type { AsrAdapter, AsrCapabilities, AsrOpenOptions, AsrStream } from "../contract.ts";
import { HearingAsrStream } from "../hearing_asr_stream.ts";
import { hearSegment } from "../hear_segment.ts";
import { requireLanguage } from "../language.ts";
import { SegmentedStream } from "../segmented_stream.ts";
import { readSenseVoiceTags } from "./sense_voice_tags.ts";

/** The `asr.sherpa` block. */
export const sherpaConfig = z.strictObject({
  kind: z.enum(SHERPA_KIND_NAMES).optional()
    .describe(
      "what a model of your own is; zipformer and streamingParaformer hear while the user speaks. Of a known model it " +
        "is known",
    ),
  model: z.string().min(1).describe("the name of a known model, or of one in models.custom"),
  threads: z.int().min(1).max(64).default(1)
    .describe("threads of one recognition; more make one faster and all together slower"),
}).transform(({ kind, ...rest }, { addIssue }) => {
  const found = kind ?? kindOfKnown(rest.model);
  if (found !== undefined) return { ...rest, kind: found };
  addIssue({ code: "custom", path: ["model"], message: unknownModel(rest.model) });
  return z.NEVER;
});

/** The checked block. */
export type SherpaConfig = z.output<typeof sherpaConfig>;

/** A model that the user brought, in the engine process. */
export class SherpaAdapter implements AsrAdapter {
  readonly name = "sherpa";
  readonly capabilities: AsrCapabilities;
  readonly #engine: Engine;

  /** The engine stays its owner's, and has the model. */
  constructor(engine: Engine, { kind }: Pick<SherpaConfig, "kind">) {
    const streaming = isStreaming({ kind });
    this.#engine = engine;
    this.capabilities = {
      streaming,
      partials: streaming,
      // Our own detector costs the engine next to nothing, and ends an utterance sooner.
      endpointing: false,
      encodings: ["pcm16"],
      sampleRatesHz: [ENGINE_SAMPLE_RATE_HZ],
      marksNoise: true,
      languages: languagesOf(kind),
    };
  }

  /** Opens a stream. Rejects with `asr.language`, and `engine.busy` when too many are open. */
  // deno-lint-ignore require-await -- rejects rather than throws
  async open({ language, audio, onWritable }: AsrOpenOptions, signal: AbortSignal): Promise<AsrStream> {
    requireLanguage(this, language);
    if (this.capabilities.streaming) {
      return new HearingAsrStream({
        stream: this.#engine.openStream(audio.source),
        signal,
        onWritable,
      });
    }
    return new SegmentedStream({
      audio,
      signal,
      recognize: (pcm, { ahead }) =>
        hearSegment(pcm, async (part) => {
          const { text, language, tags = "" } = await this.#engine.recognize(part, {
            signal,
            ifFree: ahead,
            flow: audio.source,
          });
          return { ...readSenseVoiceTags(`${tags}${text}`), ...(language !== undefined && { language }) };
        }),
    });
  }
}

/** What is wrong with a model of which not even the kind is told. */
function unknownModel(name: string): string {
  const names = Object.keys(KNOWN_MODELS);
  const nearest = nearestName(name, names);
  const meant = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  return `must be a known model (${
    names.join(", ")
  }), or one in models.custom with its kind beside it.${meant}`;
}

/** SenseVoice hears five; of the others nobody can tell without knowing the very model. */
function languagesOf(kind: SherpaKind): AsrCapabilities["languages"] {
  return kind === "senseVoice" ? ["zh", "yue", "en", "ja", "ko"] : "any";
}
