import type { FileSlice } from "../../executable/mod.ts";

/** `memfd_create`: no child inherits the file. */
const MFD_CLOEXEC = 1;
const O_CLOEXEC = 0o2000000;
const RTLD_NOW = 2;
/** `dlopen`: only say whether it is loaded. */
const RTLD_NOLOAD = 4;

/** Native code without a folder to put it in; each throws an `Error` that names the call that failed. */
export interface MemoryFiles {
  /** Copies bytes into a file that lies in memory alone, and gives its path in `/proc`; it goes with the process. */
  copyToMemory(slice: FileSlice): string;
  /** Whether this process has loaded a library, by its own name; a second copy would share nothing with the first. */
  isLoaded(library: string): boolean;
  /** Loads a library for the life of the process. */
  loadLibrary(path: string): void;
}

/**
 * Files in memory, by way of the C library of Linux. Native code can be loaded from a file only, and there may be
 * no folder that can be written, or none whose files may run.
 */
export function openMemoryFiles(): MemoryFiles {
  const { symbols: libc } = Deno.dlopen("libc.so.6", {
    close: { parameters: ["i32"], result: "i32" },
    dlopen: { parameters: ["buffer", "i32"], result: "pointer" },
    memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
    open: { parameters: ["buffer", "i32"], result: "i32" },
    sendfile: { parameters: ["i32", "i32", "buffer", "usize"], result: "isize" },
  });
  return {
    copyToMemory({ path, offsetBytes, sizeBytes }) {
      const source = checked("open", libc.open(cString(path), O_CLOEXEC));
      try {
        const target = checked("memfd_create", libc.memfd_create(cString("earshot"), MFD_CLOEXEC));
        const offset = new BigInt64Array([BigInt(offsetBytes)]);
        for (let left = sizeBytes; left > 0;) {
          left -= checked("sendfile", Number(libc.sendfile(target, source, offset, BigInt(left))), 1);
        }
        return `/proc/self/fd/${target}`;
      } finally {
        libc.close(source);
      }
    },
    isLoaded: (library) => libc.dlopen(cString(library), RTLD_NOW | RTLD_NOLOAD) !== null,
    loadLibrary(path) {
      if (libc.dlopen(cString(path), RTLD_NOW) === null) {
        throw new Error(`Cannot load ${path}: dlopen failed`);
      }
    },
  };
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

function checked(call: string, result: number, atLeast = 0): number {
  if (result < atLeast) throw new Error(`Cannot copy native code into memory: ${call} failed`);
  return result;
}
