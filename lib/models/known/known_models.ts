import { KNOWN_VOICE_MODELS } from "./known_voice_models.ts";

/** One file of a known model. */
export interface KnownFile {
  /** Its name in the publisher's repository, and on this machine. */
  readonly name: string;
  /** Its size in bytes, rounded where there is no sha256. */
  readonly sizeBytes: number;
  /**
   * What its content at {@linkcode KnownModel.revision} hashes to, in hex, where several public projects that pin that
   * revision agree; without it the publisher's own word counts when it is fetched first.
   */
  readonly sha256?: string;
}

/** Kinds of known recognizers. */
export type KnownRecognizerKind = "senseVoice" | "streamingParaformer" | "zipformer" | "whisper";

/** Kinds of known voices. */
export type KnownVoiceKind = "kokoro";

/** A model that others publish, ready for sherpa-onnx. */
export interface KnownModel {
  /** One line for a list. */
  readonly description: string;
  /** What sherpa-onnx calls such a model; `kokoro` is a voice. */
  readonly kind: KnownRecognizerKind | KnownVoiceKind;
  /** The license of the weights. */
  readonly license: string;
  /** The languages that it recognizes or speaks (BCP 47); of many only those that matter most here. */
  readonly languages: readonly string[];
  /** How many more it recognizes. */
  readonly moreLanguages?: number;
  /** Of a voice: who speaks unless the config names another one of its speakers. */
  readonly speaker?: string;
  /** The publisher's repository on Hugging Face. */
  readonly repo: string;
  /** The one state of it that is fetched. */
  readonly revision: string;
  /** Where the same files stand on ModelScope. */
  readonly modelScope?: { readonly repo: string; readonly revision: string };
  /** Its files, by the part that each plays. */
  readonly files: Readonly<Record<string, KnownFile>>;
}

/** Known models by name. */
export type KnownModels = Readonly<Record<string, KnownModel>>;

/** Whisper's list of tokens is the same for every size. */
const WHISPER_TOKENS = {
  sizeBytes: 816_730,
  sha256: "b34b360dbb493e781e479794586d661700670d65564001f23024971d1f2fa126",
} as const;

/** Every model that `earshot models pull NAME` fetches from its publisher. */
export const KNOWN_MODELS: KnownModels = {
  "sense-voice": {
    description: "SenseVoice small, int8",
    kind: "senseVoice",
    license: "FunASR Model License 1.1",
    languages: ["zh", "yue", "en", "ja", "ko"],
    repo: "csukuangfj/sherpa-onnx-sense-voice-zh-en-ja-ko-yue-2024-07-17",
    revision: "2365baeacb507f821a0c8120fcee3d484dba7a07",
    modelScope: {
      repo: "pengzhendong/sherpa-onnx-sense-voice-zh-en-ja-ko-yue",
      revision: "73eca47697f980daa3d16112404174b6b950b514",
    },
    files: {
      model: {
        name: "model.int8.onnx",
        sizeBytes: 239_233_841,
        sha256: "c71f0ce00bec95b07744e116345e33d8cbbe08cef896382cf907bf4b51a2cd51",
      },
      tokens: {
        name: "tokens.txt",
        sizeBytes: 315_894,
        sha256: "f449eb28dc567533d7fa59be34e2abca8784f771850c78a47fb731a31429a1dc",
      },
    },
  },
  "paraformer-zh-en": {
    description: "Streaming Paraformer, bilingual, int8",
    kind: "streamingParaformer",
    license: "Apache-2.0",
    languages: ["zh", "en"],
    repo: "csukuangfj/sherpa-onnx-streaming-paraformer-bilingual-zh-en",
    revision: "8e40c43232a1c5c66c82111efc5820d3accca11b",
    files: {
      encoder: {
        name: "encoder.int8.onnx",
        sizeBytes: 165_462_184,
        sha256: "81a70226a8934e6ed92aa1d4fc486b428b5398e2f2619ed4897b7294cab90e9a",
      },
      decoder: {
        name: "decoder.int8.onnx",
        sizeBytes: 71_664_561,
        sha256: "f3cca9f77bb9d93c8fcbfb63ae617b6b1ee96818df3aa3b151c40658fe38594f",
      },
      tokens: {
        name: "tokens.txt",
        sizeBytes: 75_756,
        sha256: "59aba8873a2ed1e122c25fee421e25f283b63290efbde85c1f01a853d83cb6e6",
      },
    },
  },
  "zipformer-zh-en": {
    description: "Streaming Zipformer, bilingual, int8",
    kind: "zipformer",
    license: "Apache-2.0",
    languages: ["zh", "en"],
    repo: "csukuangfj/sherpa-onnx-streaming-zipformer-bilingual-zh-en-2023-02-20",
    revision: "98590b7ed6443e77b714204da2757d75e1a642f4",
    files: {
      encoder: {
        name: "encoder-epoch-99-avg-1.int8.onnx",
        sizeBytes: 181_895_032,
        sha256: "8fa764187a261844f859d7143ebaa563af5d10adfece4c18a8f414c88cba2a9b",
      },
      // int8 makes the decoder hardly smaller.
      decoder: {
        name: "decoder-epoch-99-avg-1.onnx",
        sizeBytes: 13_876_452,
        sha256: "2e3b5ec371f8899ee6acd829fd753ba45772df57a91bdf37cde3136354e7db7d",
      },
      joiner: {
        name: "joiner-epoch-99-avg-1.int8.onnx",
        sizeBytes: 3_228_404,
        sha256: "1ed689c5ed19dbaa725d9d191bb4822b5f4855a39e1ffd28cbc1f340d25b2ee0",
      },
      tokens: {
        name: "tokens.txt",
        sizeBytes: 56_317,
        sha256: "a8e0e4ec53810e433789b54a5c0134a7eaa2ffca595a6334d54c00da858841d3",
      },
    },
  },
  // Of both Whispers the encoder is the float one: with int8 a far speaker's words are lost.
  "whisper-base": {
    description: "Whisper base, encoder float, decoder int8",
    kind: "whisper",
    license: "MIT",
    languages: ["zh", "en"],
    moreLanguages: 97,
    repo: "csukuangfj/sherpa-onnx-whisper-base",
    revision: "bb53ee204431c90d314c1cc08d28d23e5b7927cc",
    files: {
      encoder: { name: "base-encoder.onnx", sizeBytes: 95_100_000 },
      decoder: {
        name: "base-decoder.int8.onnx",
        sizeBytes: 130_672_026,
        sha256: "9759d217388a01b3a4c7c15533201067b48ae819c4daafc8624e64b9409dc02d",
      },
      tokens: { name: "base-tokens.txt", ...WHISPER_TOKENS },
    },
  },
  "whisper-small": {
    description: "Whisper small, encoder float, decoder int8",
    kind: "whisper",
    license: "MIT",
    languages: ["zh", "en"],
    moreLanguages: 97,
    repo: "csukuangfj/sherpa-onnx-whisper-small",
    revision: "8f3c18b358db4d1f2fc1eae49d75cd20989e4309",
    modelScope: {
      repo: "pengzhendong/sherpa-onnx-whisper-small",
      revision: "893b50bd57565edb13eb1dfe84d33bfef77b0102",
    },
    files: {
      encoder: { name: "small-encoder.onnx", sizeBytes: 410_000_000 },
      decoder: {
        name: "small-decoder.int8.onnx",
        sizeBytes: 262_226_114,
        sha256: "acad50b5c782696e91b55914cc5ab4f756f1532f76e22aa6fc615f39fb69a8ee",
      },
      tokens: { name: "small-tokens.txt", ...WHISPER_TOKENS },
    },
  },
  ...KNOWN_VOICE_MODELS,
};

/** The names of the known models that hear. */
export const KNOWN_RECOGNIZERS: readonly string[] = Object.keys(KNOWN_MODELS).filter((name) =>
  kindOfKnown(name) !== undefined
);
/** The names of the known models that speak. */
export const KNOWN_VOICES: readonly string[] = Object.keys(KNOWN_MODELS).filter((name) =>
  knownVoice(name) !== undefined
);

/** What sherpa-onnx calls a known recognizer, for who names one and nothing else. */
export function kindOfKnown(name: string): KnownRecognizerKind | undefined {
  const kind = Object.hasOwn(KNOWN_MODELS, name) ? KNOWN_MODELS[name]?.kind : undefined;
  return kind === undefined || isVoiceKind(kind) ? undefined : kind;
}

/** A known voice by its name. */
export function knownVoice(name: string): (KnownModel & { readonly kind: KnownVoiceKind }) | undefined {
  const model = Object.hasOwn(KNOWN_MODELS, name) ? KNOWN_MODELS[name] : undefined;
  if (model === undefined || !isVoiceKind(model.kind)) return undefined;
  return { ...model, kind: model.kind };
}

function isVoiceKind(kind: KnownModel["kind"]): kind is KnownVoiceKind {
  return kind === "kokoro";
}
