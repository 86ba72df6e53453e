import { EarshotError } from "../errors/mod.ts";
import { raceSignal } from "../lifecycle/mod.ts";

/** Standard input on the command line; the paths are those that Deno opens only for who may do everything. */
const STANDARD_INPUT: readonly string[] = ["-", "/dev/stdin", "/dev/fd/0"];
const PIECE_BYTES = 65_536;

/** A file that was named on the command line, read piece by piece as it is asked for; `-` is standard input. */
export class Input implements AsyncIterable<Uint8Array> {
  /** What messages call it. */
  readonly label: string;
  /** What a shell calls it; `undefined` for standard input. */
  readonly path: string | undefined;
  readonly #signal: AbortSignal;
  #sizeBytes: number | undefined;
  #readBytes = 0;

  /** Nothing is opened yet. `signal` ends a wait for more. */
  constructor(file: string, signal: AbortSignal) {
    this.path = STANDARD_INPUT.includes(file) ? undefined : file;
    this.label = this.path === "" ? "''" : this.path ?? "standard input";
    this.#signal = signal;
  }

  /** How much of it was read, from 0 to 1; `undefined` where its size is not known. */
  get share(): number | undefined {
    return this.#sizeBytes === undefined ? undefined : Math.min(1, this.#readBytes / this.#sizeBytes);
  }

  /** Its bytes, once. Throws `cli.unreadable`, and `canceled` as soon as the signal says so. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { path } = this;
    const file = path === undefined ? undefined : await this.#wait(() => Deno.open(path));
    try {
      if (file !== undefined) await this.#measure(file);
      const source = file ?? Deno.stdin;
      while (true) {
        const piece = new Uint8Array(PIECE_BYTES);
        const length = await this.#wait(() => source.read(piece));
        if (length === null) return;
        this.#readBytes += length;
        yield piece.subarray(0, length);
      }
    } finally {
      file?.close();
    }
  }

  async #measure(file: Deno.FsFile): Promise<void> {
    const { isFile, size } = await this.#wait(() => file.stat());
    // What the system makes up as it is read has a size of 0.
    if (isFile && size > 0) this.#sizeBytes = size;
  }

  async #wait<T>(begin: () => Promise<T>): Promise<T> {
    try {
      return await raceSignal(begin(), this.#signal);
    } catch (thrown) {
      if (thrown instanceof EarshotError) throw thrown;
      throw unreadable(this.label, thrown);
    }
  }
}

/**
 * Refuses standard input that is named twice, before anything is read: nothing is left of it the second time.
 *
 * @throws {EarshotError} `cli.usage`
 */
export function refuseSecondStandardInput(files: readonly string[]): void {
  const named = files.filter((file) => STANDARD_INPUT.includes(file));
  if (named.length < 2) return;
  throw new EarshotError("cli.usage", `Cannot read standard input twice: name ${named[0]} once`);
}

/** Says why a file cannot be read. */
export function unreadable(file: string, cause: unknown): EarshotError {
  return new EarshotError("cli.unreadable", `Cannot read ${file}: ${reasonOf(cause)}`, { cause });
}

/** Says which file an error is about whose message does not. */
export function about(file: string, error: EarshotError): EarshotError {
  const { code, message, retryable } = error;
  return new EarshotError(code, `${file}: ${message}`, { cause: error, retryable });
}

/** In our own words, since those of the system may name the path again. */
function reasonOf(cause: unknown): string {
  if (cause instanceof Deno.errors.NotFound) return "there is no such file";
  if (cause instanceof Deno.errors.IsADirectory) return "it is a directory";
  if (cause instanceof Deno.errors.NotADirectory) return "a part of its path is no directory";
  if (cause instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (cause instanceof Deno.errors.NotCapable) {
    return "Deno does not open it; pipe it in, and give - as the file";
  }
  return `it cannot be read (${kindOf(cause)})`;
}

function kindOf(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause;
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
}
