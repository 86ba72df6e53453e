import type { FetchedSpec, ModelCatalog, ModelFile, ModelSource } from "./model_catalog.ts";

/** What {@linkcode sherpaLibrary} calls it. */
export const SHERPA_LIBRARY = "sherpa-onnx";

const VERSION = "1.13.8";

/** Of each platform the tarball, and its three libraries; the addon finds the others beside itself. */
const PLATFORMS: Readonly<Record<string, Pick<ModelSource, "integrity" | "sizeBytes"> & Libraries>> = {
  "linux-x64": {
    integrity:
      "sha512-6plnhjagsSeTntCgnlag86hWbs/uZE9Crms1LgOb68/1nKsIQjMd+WG519m+aPwT6TrsBOiEMzrx41t8sL5L5g==",
    sizeBytes: 11_089_653,
    addon: ["sherpa-onnx.node", 974_496, "d8f1181559e7aecaa99493e8c441c16a4d51a18a1f3fcdf48fd7884e510f3767"],
    api: [
      "libsherpa-onnx-c-api.so",
      5_116_576,
      "b1019f8c9583e3e576c2ba6032b580677fcf6e2230c241a8b423c65aceded021",
    ],
    runtime: [
      "libonnxruntime.so",
      27_026_609,
      "4b3607aebd1784b26b6f9b20e4bd974c7ab8287043e4d095cb7d2cb40b5e566e",
    ],
  },
  "linux-arm64": {
    integrity:
      "sha512-Tlg7a70b/Wge3OF8IgTHF9jhSVCsLyKQKhwc4BsJ5A+dL/SrFtGBjzuHp4XeLhiiOT7afCxX5PdSn/D4c8Lnuw==",
    sizeBytes: 13_910_679,
    addon: ["sherpa-onnx.node", 804_112, "ae1459b87db45cdc756b45e1cb495466225f62d2dd63eb35bf225196bf20900a"],
    api: [
      "libsherpa-onnx-c-api.so",
      4_613_032,
      "b1d41ded09e00017b37375584792cf697dad8bf35ccd787706acdbc4c7afc912",
    ],
    runtime: [
      "libonnxruntime.so",
      34_606_912,
      "cfc800d4438f15e8d9017521326776ca7117d8783cb847ccccc2fc61ac4d540f",
    ],
  },
  "darwin-arm64": {
    integrity:
      "sha512-FPNgJMgnWVl/KhRTIhG3KL3A4Om63Rn4YKXc9/uHY7SzLcvqLJLc/h7UBWJwduXvv7K18t5NpxHR6XgXn4sjWw==",
    sizeBytes: 10_047_754,
    addon: ["sherpa-onnx.node", 644_448, "e37e09b2b21e0b07abf0c37d7423884a8ff161fdba8c67407bc99bfe99af8a55"],
    api: [
      "libsherpa-onnx-c-api.dylib",
      4_275_368,
      "6baf16572b925c6d4722a3ffdb7d34c3de6477ba6e587baf8c4573cc3f889ca1",
    ],
    runtime: [
      "libonnxruntime.dylib",
      29_006_384,
      "b0613d0ae53199a83b05fa48e169211498e9d40d54beaa372068ebe5ec5b0929",
    ],
  },
  "win-x64": {
    integrity:
      "sha512-oZF1c9VPOKtMwn83Bboc5XSWL+76BRoyB3eUuVnCknBKxwSULZU2Foia9VHWzU+n4I12rPsP6z6H9Rp1hD9o8g==",
    sizeBytes: 8_894_875,
    addon: ["sherpa-onnx.node", 681_984, "f5fd562bdc4bea167eee8ac981c6acd88c05cc8d2792b67d8951566818e293ca"],
    api: [
      "sherpa-onnx-c-api.dll",
      4_605_952,
      "b0801cd8eeead83213c60b92cc004de6f3ac4cd4a9ac7c388c16b97c590f1e99",
    ],
    runtime: [
      "onnxruntime.dll",
      17_799_168,
      "7f66f939a881baf4f46a2216496798edf4a1429878b646d12674aa62f27d8a25",
    ],
  },
};

/** Name, size in bytes and sha256. */
type Library = readonly [name: string, sizeBytes: number, sha256: string];

interface Libraries {
  readonly addon: Library;
  readonly api: Library;
  readonly runtime: Library;
}

/** A catalog with sherpa-onnx alone. */
export interface SherpaCatalog extends ModelCatalog {
  /** Its native code. */
  readonly [SHERPA_LIBRARY]: FetchedSpec & {
    readonly files: { readonly addon: ModelFile; readonly api: ModelFile; readonly runtime: ModelFile };
  };
}

/**
 * sherpa-onnx's native code for a kind of machine, as a model is described. An executable carries it only if it was
 * made with `--sherpa`, since few need it and its library holds espeak-ng (GPL); any other one fetches it beside the
 * weights. `undefined` where there is none.
 */
export function sherpaLibrary(
  { os, arch }: Pick<typeof Deno.build, "os" | "arch"> = Deno.build,
): SherpaCatalog | undefined {
  const platform = `${os === "windows" ? "win" : os}-${arch === "aarch64" ? "arm64" : "x64"}`;
  const libraries = PLATFORMS[platform];
  if (libraries === undefined) return undefined;
  const { integrity, sizeBytes, addon, api, runtime } = libraries;
  return {
    [SHERPA_LIBRARY]: {
      description: "sherpa-onnx, for models of your own",
      // espeak-ng is linked into its library, for the voices that need it.
      license: "Apache-2.0 AND GPL-3.0-or-later",
      languages: "any",
      neededBy: "recognition",
      source: { package: `sherpa-onnx-${platform}`, version: VERSION, integrity, sizeBytes },
      files: { addon: fileOf(addon), api: fileOf(api), runtime: fileOf(runtime) },
    },
  };
}

function fileOf([name, sizeBytes, sha256]: Library): ModelFile {
  return { path: name, name, sizeBytes, sha256 };
}
