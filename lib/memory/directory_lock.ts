import { join } from "node:path";
import { type Clock, withDeadline } from "../lifecycle/mod.ts";
import { asMemoryError } from "./files/sqlite_failure.ts";

/** Beside the two files; it stays empty. */
const NAME = ".lock";
/** A command that erases takes less, and a disk that takes longer is not waited for. */
const DEADLINE_MS = 1_000;

/**
 * Says to commands of other processes that this one works with the files: it may hold turns that no file has yet, and
 * what a command alone took out of the files would rise again. The operating system lets go of it however the process
 * ends. Several processes may share it, as two gateways over one directory do.
 */
export class DirectoryLock {
  #file: Deno.FsFile | undefined;
  #released = false;

  /** Waits for a command that has the directory for itself, at most 1 s; never rejects. Without a lock it goes on. */
  static async share(
    dir: string,
    { signal, clock }: { readonly signal: AbortSignal; readonly clock: Clock },
  ): Promise<DirectoryLock> {
    const lock = new DirectoryLock();
    try {
      await withDeadline(lock.#share(dir), DEADLINE_MS, { what: "the memory's lock", signal, clock });
    } catch {
      // A disk that does not let itself be written keeps no turns either; one that is slow gives it later.
    }
    return lock;
  }

  /** Lets go of it. */
  release(): void {
    this.#released = true;
    this.#file?.close();
    this.#file = undefined;
  }

  async #share(dir: string): Promise<void> {
    await Deno.mkdir(dir, { recursive: true, mode: 0o700 });
    const file = await open(dir);
    try {
      await file.lock(false);
    } catch (thrown) {
      file.close();
      throw thrown;
    }
    if (this.#released) file.close();
    else this.#file = file;
  }
}

/**
 * Takes a memory's directory for this process alone, until it is disposed; `undefined` where another works with it.
 *
 * @throws {EarshotError} `memory.unwritable` or `memory.disk_full`
 */
export async function claimDirectory(dir: string): Promise<Disposable | undefined> {
  try {
    const file = await open(dir);
    if (await file.tryLock(true)) return { [Symbol.dispose]: () => file.close() };
    file.close();
    return undefined;
  } catch (thrown) {
    throw asMemoryError(thrown, join(dir, NAME));
  }
}

function open(dir: string): Promise<Deno.FsFile> {
  return Deno.open(join(dir, NAME), { create: true, write: true, mode: 0o600 });
}
