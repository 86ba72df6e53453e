// A module of the package without code: it brings the package, and with it the addon of this platform, into the
// module graph. Its own code looks for the addon where Deno's cache has none.
// Not in the import map: `deno task` downloads all that the map names, and few need these 22 MB.
// deno-lint-ignore no-import-prefix
import "npm:sherpa-onnx-node@1.13.8/types.js";
import { createRequire } from "node:module";
import type { SherpaAddon } from "./sherpa_addon.ts";

const require = createRequire(import.meta.resolve("npm:sherpa-onnx-node@1.13.8/types.js"));
const os = Deno.build.os === "windows" ? "win" : Deno.build.os;
const arch = Deno.build.arch === "aarch64" ? "arm64" : "x64";
const platformPackage = `sherpa-onnx-${os}-${arch}`;

/**
 * sherpa-onnx as a native addon, in a checkout; importing this module loads it. An executable carries its addon, or
 * has it beside the weights.
 */
export const addon: SherpaAddon = require(platformPackage);
