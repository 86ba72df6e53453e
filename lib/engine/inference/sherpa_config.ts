import { ENGINE_SAMPLE_RATE_HZ } from "../contract.ts";
import type { SherpaModel } from "../sherpa_model.ts";

/** The languages of SenseVoice; without one of them it detects the language. */
const SENSE_VOICE_LANGUAGES = ["zh", "en", "ja", "ko", "yue"];

/** The config of a model for sherpa-onnx. */
export function sherpaConfig(model: SherpaModel): object {
  return {
    featConfig: { sampleRate: ENGINE_SAMPLE_RATE_HZ, featureDim: 80 },
    modelConfig: {
      ...modelFiles(model),
      tokens: model.files["tokens"],
      numThreads: model.threads,
      provider: "cpu",
      debug: 0,
    },
    decodingMethod: "greedy_search",
    // Of a streaming model alone: a sentence ends with 1.2 s of silence after words, or after 20 s.
    enableEndpoint: 1,
    rule1MinTrailingSilence: 2.4,
    rule2MinTrailingSilence: 1.2,
    rule3MinUtteranceLength: 20,
  };
}

function modelFiles({ kind, files, language }: SherpaModel): object {
  const { model, encoder, decoder, joiner } = files;
  const [spoken = ""] = language.toLowerCase().split("-");
  switch (kind) {
    case "senseVoice": {
      const known = SENSE_VOICE_LANGUAGES.includes(spoken) ? spoken : "auto";
      return { senseVoice: { model, language: known, useInverseTextNormalization: 1 } };
    }
    case "paraformer":
      return { paraformer: { model } };
    case "whisper":
      // tailPaddings stays the default: with less silence at its end, it says short sentences twice.
      return { whisper: { encoder, decoder, language: spoken, task: "transcribe" } };
    case "moonshine":
      return { moonshine: { encoder, mergedDecoder: decoder } };
    case "zipformer":
      return { transducer: { encoder, decoder, joiner } };
    case "streamingParaformer":
      return { paraformer: { encoder, decoder } };
  }
}
