import type { FileState } from "./file_check.ts";

/** How one weight file stands. */
export interface FileStatus {
  /** The part that it plays in its model: `encoder`, `decoder`, ... */
  readonly part: string;
  /** Where it is, or should be; `embedded:...` inside the executable. */
  readonly path: string;
  /** The size that it should have, in bytes; that it has where the config does not say. */
  readonly sizeBytes: number;
  /** What was found. */
  readonly state: FileState;
}

/** How a model stands. */
export interface ModelStatus {
  /** Its name. */
  readonly model: string;
  /** Whether every file is there and whole. */
  readonly ok: boolean;
  /** Each of its files. */
  readonly files: readonly FileStatus[];
}
