import { asMemoryError, isCorrupt } from "./sqlite_failure.ts";

/** What comes with every job for a Worker that holds a file. */
export interface FileJob {
  /** The file, the same in every job of one Worker. */
  readonly path: string;
  /** Blocks the Worker before the job, as a slow disk would, in ms. */
  readonly delayMs: number;
}

/** A file, and its log and index, under this name are what is left of one that was corrupt; the next replaces it. */
const ASIDE = ".corrupt";

/**
 * Holds the one file of a Worker, opened by the first job. A connection on which something failed is closed,
 * and the next job opens another; a corrupt file is moved aside and a new one begun.
 */
export class FileSlot<File extends { close(): void }> {
  readonly #open: (path: string) => File;
  #file: File | undefined;

  /** `open` opens the file at the first job. */
  constructor(open: (path: string) => File) {
    this.#open = open;
  }

  /** Does a job with the file; throws `memory.*`. `movedAside` says that all that was in the file is gone from it. */
  use<Result>(
    { path, delayMs }: FileJob,
    work: (file: File) => Result,
  ): { readonly result: Result; readonly movedAside: boolean } {
    if (delayMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delayMs);
    try {
      return { result: this.#try(path, work), movedAside: false };
    } catch (thrown) {
      if (!isCorrupt(thrown)) throw asMemoryError(thrown, path);
    }
    try {
      for (const suffix of ["", "-wal", "-shm"]) moveAside(path, suffix);
      return { result: this.#try(path, work), movedAside: true };
    } catch (thrown) {
      throw asMemoryError(thrown, path);
    }
  }

  /** Closes the file. */
  close(): void {
    const file = this.#file;
    this.#file = undefined;
    file?.close();
  }

  #try<Result>(path: string, work: (file: File) => Result): Result {
    try {
      this.#file ??= this.#open(path);
      return work(this.#file);
    } catch (error) {
      this.close();
      throw error;
    }
  }
}

function moveAside(path: string, suffix: string): void {
  try {
    Deno.renameSync(`${path}${suffix}`, `${path}${ASIDE}${suffix}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
