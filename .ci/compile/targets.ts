/** A kind of machine that an executable can be made for. */
export interface Target {
  /** Deno's name of it. */
  readonly triple: string;
  /** Where onnxruntime-node has the parts for it, below `bin/napi-v6`. */
  readonly nativeDir: string;
  /** The native files of that folder which are needed. */
  readonly nativeFiles: readonly string[];
  /**
   * Where weights and native code go: `pack` puts them behind the program (see `lib/executable/pack_format.ts`),
   * `unpacked` lets the executable unpack itself at its first start, for systems that do not like a longer program.
   */
  readonly assets: "pack" | "unpacked";
  /** What an ELF file for it says of its machine; nothing where programs are no ELF files. */
  readonly elfMachine?: number;
  /**
   * What it may run: on Linux itself, by the one name that never changes, `cat`, and `env`, by which the process of tool
   * servers alone runs what the config names; every other process gives that up.
   */
  readonly allowRun: string;
}

const LINUX = {
  nativeFiles: ["libonnxruntime.so.1", "onnxruntime_binding.node"],
  assets: "pack",
  allowRun: "--allow-run=/proc/self/exe,/bin/cat,/usr/bin/env",
} as const;

const WINDOWS_FILES = ["onnxruntime.dll", "onnxruntime_binding.node", "DirectML.dll"] as const;

/** Every target, by its short name. Intel Macs are not among them: ONNX Runtime ships no native library for them. */
export const TARGETS: Readonly<Record<string, Target>> = {
  "linux-x64": { ...LINUX, triple: "x86_64-unknown-linux-gnu", nativeDir: "linux/x64", elfMachine: 62 },
  "linux-arm64": { ...LINUX, triple: "aarch64-unknown-linux-gnu", nativeDir: "linux/arm64", elfMachine: 183 },
  "macos-arm64": {
    triple: "aarch64-apple-darwin",
    nativeDir: "darwin/arm64",
    nativeFiles: ["libonnxruntime.1.dylib", "onnxruntime_binding.node"],
    assets: "unpacked",
    allowRun: "--allow-run",
  },
  "windows-x64": {
    triple: "x86_64-pc-windows-msvc",
    nativeDir: "win32/x64",
    nativeFiles: WINDOWS_FILES,
    assets: "unpacked",
    allowRun: "--allow-run",
  },
};

/** The target with this short name or triple, this machine's when none is named; throws a `RangeError`. */
export function findTarget(name: string = Deno.build.target): Target {
  const target = TARGETS[name] ?? Object.values(TARGETS).find(({ triple }) => triple === name);
  if (target !== undefined) return target;
  throw new RangeError(
    `Cannot compile for ${name}: the targets are ${Object.keys(TARGETS).join(", ")}` +
      (name.includes("darwin") ? "; ONNX Runtime ships no native library for Intel Macs" : ""),
  );
}
