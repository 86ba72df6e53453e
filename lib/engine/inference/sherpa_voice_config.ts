import type { SherpaVoice } from "../sherpa_voice.ts";

/** The config of a voice for sherpa-onnx. */
export function sherpaVoiceConfig(voice: SherpaVoice): object {
  return {
    model: {
      ...modelFiles(voice),
      numThreads: voice.threads,
      provider: "cpu",
      debug: 0,
    },
    ruleFsts: voice.files.rules.join(","),
    // After each sentence it can be stopped.
    maxNumSentences: 1,
  };
}

function modelFiles({ kind, files }: SherpaVoice): object {
  const { tokens, espeakDir: dataDir = "", parts: { model, vocoder, voices } } = files;
  const common = { tokens, dataDir, lexicon: files.lexicons.join(",") };
  switch (kind) {
    case "vits":
      return { vits: { ...common, model } };
    case "matcha":
      return { matcha: { ...common, acousticModel: model, vocoder } };
    case "kokoro":
      return { kokoro: { ...common, model, voices } };
    case "kitten":
      return { kitten: { tokens, dataDir, model, voices } };
  }
}
