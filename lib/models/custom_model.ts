import { join } from "node:path";

/** A file of a model that the user brings: somewhere on the web, or on this machine. */
export interface CustomFile {
  /** Where it is fetched from. */
  readonly url?: string | undefined;
  /** Or where it lies. */
  readonly path?: string | undefined;
  /** The sha256 of its content, in hex; without it the file is not used. */
  readonly sha256?: string | undefined;
  /** Its exact size in bytes, where it is known. */
  readonly sizeBytes?: number | undefined;
}

/** A model that the user brings. */
export interface CustomModel {
  /** Its files, by the part that each plays. */
  readonly files: Readonly<Record<string, CustomFile>>;
}

/** Models that the user brings, by name. */
export type CustomModels = Readonly<Record<string, CustomModel>>;

/** The name of a file in the model's directory: the last one of its address, since models name their parts by it. */
export function fileNameOf({ url }: { readonly url: string }): string | undefined {
  const last = URL.parse(url)?.pathname.split("/").at(-1) ?? "";
  return /^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(last) ? last : undefined;
}

/** Where a file lies, or will once it was fetched. */
export function placeOf(modelDir: string, part: string, { url, path }: CustomFile): string {
  return path ?? join(modelDir, fileNameOf({ url: url ?? "" }) ?? part);
}
