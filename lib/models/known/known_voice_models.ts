import type { KnownModels } from "./known_models.ts";

/** The known models that speak. */
export const KNOWN_VOICE_MODELS: KnownModels = {
  // The float one: in int8 it is smaller and, on most processors, twice as slow.
  "kokoro-zh": {
    description: "Kokoro 82M v1.1, 100 Chinese voices and 3 English ones, float",
    kind: "kokoro",
    // eSpeak NG's data, for English words that are in no lexicon, is GPL.
    license: "Apache-2.0 AND GPL-3.0-or-later",
    languages: ["zh", "en"],
    speaker: "zf_001",
    repo: "csukuangfj/kokoro-multi-lang-v1_1",
    revision: "914313412b607d95400bcd12446233fbd1248801",
    files: {
      model: {
        name: "model.onnx",
        sizeBytes: 325_631_784,
        sha256: "acc4adc175b9d9986106cd20060329673ad5a2e12ef3c557d2d3745b694f8b38",
      },
      voices: {
        name: "voices.bin",
        sizeBytes: 53_790_720,
        sha256: "e64a5a581d8c2a350d848f51c3121657cd83aa07ed6109172177345874a7244c",
      },
      tokens: {
        name: "tokens.txt",
        sizeBytes: 1_111,
        sha256: "931ab2df2400cd65d580a22402024c2347ced8ae9ea300e545144b1aacc48e14",
      },
      lexiconZh: {
        name: "lexicon-zh.txt",
        sizeBytes: 2_119_465,
        sha256: "11111d8cd695fba2ace1367a1d0a708b586e6ef5c1f9be91da5d7eef129b651c",
      },
      lexiconEn: {
        name: "lexicon-us-en.txt",
        sizeBytes: 5_956_885,
        sha256: "7daaab53a181be9885b853a8582bf1838186317e5dadacbcef9c426d6fa0da14",
      },
      phoneNumbers: {
        name: "phone-zh.fst",
        sizeBytes: 88_630,
        sha256: "1ac2b6fa56b1442320c4de7db08353bab8963a2b57f365eebcdd3a2d3562f8d7",
      },
      dates: {
        name: "date-zh.fst",
        sizeBytes: 59_154,
        sha256: "eb8aa079ae3cb81d8f4404992f39d61a0cb990947512b5b8d1e54d1f6980e718",
      },
      numbers: {
        name: "number-zh.fst",
        sizeBytes: 64_482,
        sha256: "743f402181fcfebf76cc2f0546b71fa26476e626fbe4e460fb7b4c3a7a8bd5bd",
      },
      // Of eSpeak NG's data only what English needs.
      espeakPhonemeTable: {
        name: "espeak-ng-data/phontab",
        sizeBytes: 55_796,
        sha256: "886f3fa402cb0ba73d483aa8ad000af47a6b7cc06293c75a97913fba68a530f6",
      },
      espeakPhonemeIndex: {
        name: "espeak-ng-data/phonindex",
        sizeBytes: 39_074,
        sha256: "3ca7b8fa3b42624e4b0f152707e7a39245fce569aa99ea47c055d9e622fcf0c4",
      },
      espeakPhonemes: {
        name: "espeak-ng-data/phondata",
        sizeBytes: 550_424,
        sha256: "4e0288957874029a8c3c9f41a8f517ad4bf18127046decbdd4b9d1d6807ce3a3",
      },
      espeakIntonations: {
        name: "espeak-ng-data/intonations",
        sizeBytes: 2_040,
        sha256: "3f8af65fd3eda9759a10f021d61361c120871f463515229c925995c7f90918cc",
      },
      espeakEnglishWords: {
        name: "espeak-ng-data/en_dict",
        sizeBytes: 166_944,
        sha256: "71bd330ba8a2e3e8076e631508208ef49449d6147c17b7bd2b4b1e1468292e35",
      },
      espeakEnglish: {
        name: "espeak-ng-data/lang/gmw/en",
        sizeBytes: 140,
        sha256: "4605d5330801de3641c6e366d15f129ea1f5ffbce8722642aba01ace07ab9c83",
      },
      espeakAmerican: {
        name: "espeak-ng-data/lang/gmw/en-US",
        sizeBytes: 257,
        sha256: "41534c2a22df5dd4f1052ff9e1a33a3ea7bff5a26b5c02bdad5ba8ddb7524704",
      },
    },
  },
};
