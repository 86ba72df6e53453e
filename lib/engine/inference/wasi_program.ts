import { ConsoleStdout, type Fd, PreopenDirectory, WASI, wasi } from "@bjorn3/browser_wasi_shim";

const MAX_ERROR_BYTES = 1_000;

/** Options of {@linkcode runWasiProgram}. */
export interface WasiProgramOptions {
  /** Its arguments, its own name first; a NUL in one would cut it short. */
  readonly args: readonly string[];
  /** The name of the file that it writes, in its only directory. */
  readonly outputFile: string;
  /** How much it may write there, in bytes; a write past that ends it. */
  readonly maxOutputBytes: number;
}

/** What a program left behind. */
export interface WasiProgramResult {
  /** Its exit code; 0 is success. */
  readonly exitCode: number;
  /** What it wrote into its output file; empty when it wrote none. */
  readonly output: Uint8Array<ArrayBuffer>;
  /** The beginning of what it wrote to its error stream. */
  readonly errorText: string;
}

/**
 * Runs a WASI (preview 1) program that reads its arguments and writes one file front to back. It has no environment,
 * input, network or other file. Blocks the thread until the program ends.
 *
 * Throws what WebAssembly throws: a `LinkError` when the module is no such program, a `RuntimeError` when it traps; and
 * a `RangeError` when it writes too much.
 */
export function runWasiProgram(module: WebAssembly.Module, options: WasiProgramOptions): WasiProgramResult {
  const { args, outputFile, maxOutputBytes } = options;
  const output = new ByteSink(maxOutputBytes);
  const errors = new ByteSink(MAX_ERROR_BYTES);
  const host = new WASI([...args], [], [
    new ConsoleStdout(() => {}), // stdin, which nothing is read from
    new ConsoleStdout(() => {}),
    new ConsoleStdout((bytes) => void errors.append(bytes)),
    new OutputDirectory(outputFile, output),
  ], { debug: false });
  const { exports } = new WebAssembly.Instance(module, { wasi_snapshot_preview1: host.wasiImport });
  const { memory, _start: start } = exports;
  if (!(memory instanceof WebAssembly.Memory) || typeof start !== "function") {
    throw new WebAssembly.LinkError("the module is no WASI program: it exports no memory or no _start");
  }
  const exitCode = host.start({ exports: { memory, _start: () => start() } });
  return { exitCode, output: output.join(), errorText: new TextDecoder().decode(errors.join()) };
}

/** A directory with one file, which is only written front to back. */
class OutputDirectory extends PreopenDirectory {
  readonly #file: string;
  readonly #output: ByteSink;

  constructor(file: string, output: ByteSink) {
    super(".", new Map());
    this.#file = file;
    this.#output = output;
  }

  override path_open(_flags: number, path: string): { ret: number; fd_obj: Fd | null } {
    if (path !== this.#file) return { ret: wasi.ERRNO_NOENT, fd_obj: null };
    const write = (bytes: Uint8Array) => {
      if (!this.#output.append(bytes)) throw new RangeError("the program writes more than it may");
    };
    return { ret: wasi.ERRNO_SUCCESS, fd_obj: new ConsoleStdout(write) };
  }
}

/** Chunks of bytes up to a bound. */
class ByteSink {
  readonly #chunks: Uint8Array[] = [];
  readonly #maxBytes: number;
  #sizeBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Copies as much of `bytes` as fits; `false` when that was not all. */
  append(bytes: Uint8Array): boolean {
    const taken = bytes.slice(0, this.#maxBytes - this.#sizeBytes);
    this.#chunks.push(taken);
    this.#sizeBytes += taken.length;
    return taken.length === bytes.length;
  }

  join(): Uint8Array<ArrayBuffer> {
    const joined = new Uint8Array(this.#sizeBytes);
    let offset = 0;
    for (const chunk of this.#chunks) {
      joined.set(chunk, offset);
      offset += chunk.length;
    }
    return joined;
  }
}
