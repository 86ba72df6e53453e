import { createHash } from "node:crypto";
import { EarshotError } from "../errors/mod.ts";
import { isEmbeddedPath, readSlice, sliceAt } from "../executable/mod.ts";

/**
 * What is wrong with a weight file, if anything: it is not there, it is shorter than it should be, it is as long or
 * longer but has another content, or it is not known what its content should be.
 */
export type FileState = "ok" | "missing" | "cut_short" | "tampered" | "unpinned";

/** What a weight file must be, as far as that is known. */
export interface ExpectedFile {
  /** Its exact size in bytes. */
  readonly sizeBytes?: number | undefined;
  /** The sha256 of its content, in hex; without it no file is good. */
  readonly sha256?: string | undefined;
}

/** Hashes a file without holding it; `encoding` is the one its user compares in. */
export async function hashFile(
  path: string,
  algorithm: "sha256" | "sha512",
  encoding: "hex" | "base64",
): Promise<string> {
  const hash = createHash(algorithm);
  for await (const part of readSlice(await sliceAt(path))) hash.update(part);
  return hash.digest(encoding);
}

/**
 * Compares weight files with what they must be: the size first, then the sha256. A file that was found good is not
 * read again as long as its size, its times and its place on the disk stay the same.
 */
export class FileChecker {
  readonly #good = new Map<string, string>();

  /** Checks one file; `fresh` reads it even if it was found good before. Throws `model.directory`. */
  async check(
    path: string,
    expected: ExpectedFile,
    options: { readonly fresh?: boolean } = {},
  ): Promise<FileState> {
    const { sha256, sizeBytes } = expected;
    try {
      const found = await look(path);
      if (!found.isFile) return "tampered";
      if (found.sizeBytes < (sizeBytes ?? 0)) return "cut_short";
      if (found.sizeBytes > (sizeBytes ?? Infinity)) return "tampered";
      if (sha256 === undefined) return "unpinned";
      const { mark } = found;
      if (!options.fresh && this.#good.get(path) === mark) return "ok";
      this.#good.delete(path);
      if (await hashFile(path, "sha256", "hex") !== sha256) return "tampered";
      this.#good.set(path, mark);
      return "ok";
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
        return "missing";
      }
      throw new EarshotError("model.directory", `Cannot read ${path}: ${nameOf(error)}`, { cause: error });
    }
  }
}

/** What changes with a file, without reading it; one inside the executable stays as it is. */
async function look(
  path: string,
): Promise<{ readonly isFile: boolean; readonly sizeBytes: number; readonly mark: string }> {
  if (isEmbeddedPath(path)) return { isFile: true, sizeBytes: (await sliceAt(path)).sizeBytes, mark: path };
  const { isFile, size, dev, ino, mtime, ctime } = await Deno.stat(path);
  const mark = [dev, ino, size, mtime?.getTime(), ctime?.getTime()].join(":");
  return { isFile, sizeBytes: size, mark };
}

/** The class of a file system error, which says what is wrong without the operating system's wording. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? `${error.name} (${error.code})` : error.name;
}
