import { fileURLToPath } from "node:url";
import { EarshotError } from "../errors/mod.ts";
import type { EngineRuntime } from "./contract.ts";
import type { EngineSetup, ModelPaths } from "./messages.ts";

/** The module that a checkout runs as the engine process. */
export const ENGINE_ENTRY = new URL("./engine_main.ts", import.meta.url);

/** What the engine process loads later by a computed name, and what therefore has to be named for the download. */
const LAZY_MODULES = [
  "./workers/recognition_worker.ts",
  "./workers/streaming_worker.ts",
  "./workers/vad_worker.ts",
  "./workers/voice_worker.ts",
];

/** What of an engine's set-up decides what it has to be given: the runtime, and whether a model needs sherpa-onnx. */
export interface EngineNeeds {
  /** The inference runtime. */
  readonly runtime: EngineRuntime;
  /** Whether sherpa-onnx's package is loaded as well; only beside the native runtime. */
  readonly sherpa: boolean;
}

/** What an engine with this set-up needs. */
export function needsOf({ runtime, models }: Pick<EngineSetup, "runtime" | "models">): EngineNeeds {
  const brought = [models.sherpa, models.voice].filter((model) => model !== undefined);
  return { runtime, sherpa: brought.some(({ addonPath }) => addonPath === undefined) };
}

/**
 * The runtimes in the order in which they are tried; sherpa-onnx is native itself and comes with the native one alone, and an
 * executable carries the one of its machine and no WASM.
 */
export function runtimesFor(
  runtime: "auto" | EngineRuntime,
  { sherpa, voice }: ModelPaths,
): readonly EngineRuntime[] {
  if (sherpa !== undefined || voice !== undefined) return ["native"];
  if (runtime !== "auto") return [runtime];
  return Deno.build.standalone ? ["native"] : ["native", "wasm"];
}

/**
 * The program that becomes the engine: this very one. The Linux executable names it so that the permission to run
 * it can be baked in wherever it lies, and so that the engine stays of the same build when the file is replaced.
 */
export function engineProgram(): string {
  return Deno.build.standalone && Deno.build.os === "linux" ? "/proc/self/exe" : Deno.execPath();
}

/**
 * The arguments that make this executable the engine. The compiled one has a command for it, with the permissions
 * it was built with; from a checkout, `deno run` gets the narrowest that do: no net, no env, no write, of the
 * system only its own priority, and ffi only for the native runtime.
 */
export function engineArgs(needs: EngineNeeds, entry: URL = ENGINE_ENTRY): readonly string[] {
  if (Deno.build.standalone) return ["engine"];
  const ffi = needs.runtime === "native" ? ["--allow-ffi"] : [];
  const flags = [
    "--quiet",
    "--no-prompt",
    "--cached-only",
    "--allow-read",
    "--allow-sys=setPriority",
    ...ffi,
  ];
  return ["run", ...flags, ...projectFlags(needs), entry.href];
}

/**
 * Downloads what the engine needs with this runtime, of which only errors are shown. The runtimes are large (native 101 MB,
 * WASM 31 MB) and Deno fetches all that a lock file names, so each runtime has a lock file of its own, and only
 * the one in use is fetched. Does nothing in the compiled executable; takes 20 ms when all is there.
 * Throws `engine.runtime`, and `canceled` when the signal aborts.
 */
export async function prepareRuntime(
  needs: EngineNeeds,
  options: { readonly entry?: URL; readonly signal: AbortSignal },
): Promise<void> {
  if (Deno.build.standalone) return;
  const { runtime, sherpa } = needs;
  const runtimes = [
    `./inference/${runtime}_runtime.ts`,
    ...(sherpa ? ["./inference/sherpa_runtime.ts"] : []),
  ];
  const modules = [...LAZY_MODULES, ...runtimes]
    .map((path) => new URL(path, import.meta.url).href);
  const { success, code } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--quiet", ...projectFlags(needs), (options.entry ?? ENGINE_ENTRY).href, ...modules],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
    signal: options.signal,
  }).output();
  if (options.signal.aborted) throw new EarshotError("canceled", "Cannot prepare the engine: it was closed");
  if (!success) {
    throw new EarshotError("engine.runtime", `Cannot fetch the ${runtime} runtime: deno ended with ${code}`);
  }
}

function projectFlags({ runtime, sherpa }: EngineNeeds): readonly string[] {
  const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
  const lock = sherpa ? "native_sherpa" : runtime;
  return ["--config", path("../../deno.json"), "--lock", path(`./locks/${lock}.lock`)];
}
