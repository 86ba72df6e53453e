/** The error numbers of WASI preview 1 that the shim answers with. */
const ERRNO = { success: 0, badf: 8, fbig: 22, noent: 44, spipe: 70 } as const;
/** The descriptors that a program can have: the standard three, its directory, its output file. */
const FD = { stderr: 2, directory: 3, outputFile: 4 } as const;
const FILE_TYPE = { characterDevice: 2, directory: 3, regularFile: 4 } as const;
const ALL_RIGHTS = 0xffff_ffff_ffff_ffffn;
const MAX_ERROR_BYTES = 1_000;

/** What {@linkcode runWasiProgram} gives a program. */
export interface WasiProgramOptions {
  /** Its arguments, its own name first; a NUL in one would cut it short. */
  readonly args: readonly string[];
  /** The name of the file that it writes, relative to its only directory. */
  readonly outputFile: string;
  /** How much it may write there, in bytes; a write past that fails inside the program. */
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

/** Thrown through the program by `proc_exit`, which must not return. */
class ProgramExit extends Error {
  constructor(readonly code: number) {
    super(`the program ended with code ${code}`);
  }
}

/** Chunks of bytes up to a bound. */
class ByteSink {
  readonly #chunks: Uint8Array[] = [];
  #sizeBytes = 0;

  constructor(readonly maxBytes: number) {}

  /** Copies as much of `bytes` as fits; `false` when that was not all. */
  append(bytes: Uint8Array): boolean {
    const taken = bytes.slice(0, this.maxBytes - this.#sizeBytes);
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

/**
 * Runs a WASI (preview 1) program which reads its arguments and writes one file front to back. It sees nothing
 * else: no environment, input, other file or network, and a clock that stands still, so that equal arguments
 * give equal output. Blocks the thread until the program ends.
 *
 * Throws what WebAssembly throws: a `LinkError` when the program needs more than that, a `RuntimeError` when it traps.
 */
export function runWasiProgram(module: WebAssembly.Module, options: WasiProgramOptions): WasiProgramResult {
  const host: Host = {
    output: new ByteSink(options.maxOutputBytes),
    errors: new ByteSink(MAX_ERROR_BYTES),
    memory: new WebAssembly.Memory({ initial: 0 }),
  };
  const program = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasiImports(options, host) });
  const { memory, _start: start } = program.exports;
  if (!(memory instanceof WebAssembly.Memory) || typeof start !== "function") {
    throw new WebAssembly.LinkError("the module is no WASI program: it exports no memory or no _start");
  }
  host.memory = memory;
  let exitCode = 0;
  try {
    start();
  } catch (thrown) {
    if (!(thrown instanceof ProgramExit)) throw thrown;
    exitCode = thrown.code;
  }
  return { exitCode, output: host.output.join(), errorText: new TextDecoder().decode(host.errors.join()) };
}

/** The world outside of the program. */
interface Host {
  readonly output: ByteSink;
  readonly errors: ByteSink;
  /** The program's memory, once there is a program. Growing replaces its buffer, so no view of it may be kept. */
  memory: WebAssembly.Memory;
}

function wasiImports(options: WasiProgramOptions, host: Host): WebAssembly.ModuleImports {
  const args = options.args.map((arg) => new TextEncoder().encode(`${arg}\0`));
  const bytes = (at: number, length: number) => new Uint8Array(host.memory.buffer, at, length);
  const view = () => new DataView(host.memory.buffer);
  const setU32 = (at: number, value: number) => view().setUint32(at, value, true);

  return {
    args_sizes_get(countAt: number, sizeAt: number) {
      setU32(countAt, args.length);
      setU32(sizeAt, args.reduce((total, arg) => total + arg.length, 0));
      return ERRNO.success;
    },
    args_get(pointersAt: number, textAt: number) {
      for (const arg of args) {
        setU32(pointersAt, textAt);
        bytes(textAt, arg.length).set(arg);
        pointersAt += 4;
        textAt += arg.length;
      }
      return ERRNO.success;
    },
    clock_time_get(_clock: number, _precision: bigint, timeAt: number) {
      view().setBigUint64(timeAt, 0n, true);
      return ERRNO.success;
    },
    fd_prestat_get(fd: number, statAt: number) {
      if (fd !== FD.directory) return ERRNO.badf;
      setU32(statAt, 0);
      setU32(statAt + 4, 1);
      return ERRNO.success;
    },
    fd_prestat_dir_name(fd: number, nameAt: number, length: number) {
      if (fd !== FD.directory) return ERRNO.badf;
      bytes(nameAt, length).set(new TextEncoder().encode(".").subarray(0, length));
      return ERRNO.success;
    },
    fd_fdstat_get(fd: number, statAt: number) {
      if (fd > FD.outputFile) return ERRNO.badf;
      const stat = view();
      stat.setUint8(statAt, fileType(fd));
      stat.setUint16(statAt + 2, 0, true);
      stat.setBigUint64(statAt + 8, ALL_RIGHTS, true);
      stat.setBigUint64(statAt + 16, ALL_RIGHTS, true);
      return ERRNO.success;
    },
    path_open(
      _directory: number,
      _lookup: number,
      pathAt: number,
      pathLength: number,
      _openFlags: number,
      _rights: bigint,
      _inheritedRights: bigint,
      _fdFlags: number,
      fdAt: number,
    ) {
      const path = new TextDecoder().decode(bytes(pathAt, pathLength));
      if (path !== options.outputFile) return ERRNO.noent;
      setU32(fdAt, FD.outputFile);
      return ERRNO.success;
    },
    fd_write(fd: number, vectorsAt: number, vectorCount: number, writtenAt: number) {
      let written = 0;
      for (let vector = vectorsAt; vector < vectorsAt + 8 * vectorCount; vector += 8) {
        const data = bytes(view().getUint32(vector, true), view().getUint32(vector + 4, true));
        if (fd === FD.stderr) host.errors.append(data);
        if (fd === FD.outputFile && !host.output.append(data)) return ERRNO.fbig;
        written += data.length;
      }
      setU32(writtenAt, written);
      return ERRNO.success;
    },
    fd_close: () => ERRNO.success,
    fd_fdstat_set_flags: () => ERRNO.success,
    fd_read: () => ERRNO.badf,
    fd_seek: () => ERRNO.spipe,
    proc_exit(code: number) {
      throw new ProgramExit(code);
    },
  };
}

function fileType(fd: number): number {
  if (fd === FD.directory) return FILE_TYPE.directory;
  return fd === FD.outputFile ? FILE_TYPE.regularFile : FILE_TYPE.characterDevice;
}
