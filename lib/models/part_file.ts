import { hashFile } from "./file_check.ts";
import { onDisk } from "./disk.ts";

/** A tarball on its way: what has arrived so far, kept on the disk from one pull to the next. */
export class PartFile implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #sizeBytes: number;

  private constructor(path: string, file: Deno.FsFile, sizeBytes: number) {
    this.#path = path;
    this.#file = file;
    this.#sizeBytes = sizeBytes;
  }

  /** Opens what an earlier pull left, or begins. Throws `model.directory`. */
  static open(path: string): Promise<PartFile> {
    return onDisk(path, async () => {
      const file = await Deno.open(path, { write: true, create: true });
      return new PartFile(path, file, await file.seek(0, Deno.SeekMode.End));
    });
  }

  /** How many bytes have arrived. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Adds bytes at the end. */
  append(bytes: Uint8Array): Promise<void> {
    return onDisk(this.#path, async () => {
      for (let rest = bytes; rest.length > 0;) {
        const written = await this.#file.write(rest);
        this.#sizeBytes += written;
        rest = rest.subarray(written);
      }
    });
  }

  /** Removes what has arrived. */
  restart(): Promise<void> {
    return onDisk(this.#path, async () => {
      await this.#file.truncate(0);
      await this.#file.seek(0, Deno.SeekMode.Start);
      this.#sizeBytes = 0;
    });
  }

  /** Whether the bytes are those of `integrity`, a sha512 as npm writes it. */
  matches(integrity: string): Promise<boolean> {
    return onDisk(
      this.#path,
      async () => `sha512-${await hashFile(this.#path, "sha512", "base64")}` === integrity,
    );
  }

  /** Closes the file and leaves it. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}
