import { join } from "node:path";
import { type Clock, withDeadline } from "../lifecycle/mod.ts";
import { EMPTY_MARK, JOURNAL_SCHEMA, STORE_SCHEMA } from "./files/schemas.ts";

/** Where the disk takes longer, the jobs of the Workers find out what is wrong. */
const DEADLINE_MS = 1_000;
/** About what SQLite needs to open both files. */
const PROBE_BYTES = 131_072;
const PROBE_NAME = ".probe";

const HEADER_BYTES = 100;
const MAGIC = "SQLite format 3\0";
const USER_VERSION_OFFSET = 60;
const APPLICATION_ID_OFFSET = 68;

/**
 * What is known of a file without opening it: it is not there; it was closed in order, has the present schema
 * and, if it is the journal, is empty; or it has to be opened to know.
 */
export type FileState = "absent" | "sound" | "unclear";

/** What is there of the two files. */
export interface FoundFiles {
  /** The journal; `sound` only if nothing in it waits for the store. */
  readonly journal: FileState;
  /** The store. */
  readonly store: FileState;
}

/** Options of {@linkcode inspectFiles}. */
export interface InspectFilesOptions {
  /** Ends it, as the deadline does. */
  readonly signal: AbortSignal;
  /** How long one write may take, in ms; the look takes no longer than that, nor than 1 s. */
  readonly writeDeadlineMs: number;
  /** Makes the look slower by so many ms. */
  readonly delayMs: number;
  readonly clock: Clock;
}

/**
 * Finds out at start whether a Worker is needed: creates the directory if need be, tries to write there, and reads the
 * headers of the files. Whatever is not as it should be makes both `unclear`; never rejects.
 */
export async function inspectFiles(dir: string, options: InspectFilesOptions): Promise<FoundFiles> {
  const { signal, writeDeadlineMs, delayMs, clock } = options;
  try {
    signal.throwIfAborted();
    return await withDeadline(look(dir, delayMs), Math.min(DEADLINE_MS, writeDeadlineMs), {
      what: "a look at the memory's files",
      signal,
      clock,
    });
  } catch {
    return { journal: "unclear", store: "unclear" };
  }
}

async function look(dir: string, delayMs: number): Promise<FoundFiles> {
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  await Deno.mkdir(dir, { recursive: true, mode: 0o700 });
  await probe(join(dir, PROBE_NAME));
  const [journal, store] = await Promise.all([
    stateOf(
      join(dir, "journal.sqlite"),
      (header) =>
        header.getUint32(USER_VERSION_OFFSET) === JOURNAL_SCHEMA.length &&
        header.getUint32(APPLICATION_ID_OFFSET) === EMPTY_MARK,
    ),
    stateOf(
      join(dir, "store.sqlite"),
      (header) => header.getUint32(USER_VERSION_OFFSET) === STORE_SCHEMA.length,
    ),
  ]);
  return { journal, store };
}

/** Rejects where nothing can be written. */
async function probe(path: string): Promise<void> {
  try {
    await Deno.writeFile(path, new Uint8Array(PROBE_BYTES), { mode: 0o600 });
  } finally {
    await Deno.remove(path).catch(() => {});
  }
}

/** A log beside the file holds what the file does not, its header's fields included. */
async function stateOf(path: string, isSound: (header: DataView) => boolean): Promise<FileState> {
  const [file, ...logs] = await Promise.all(["", "-wal", "-journal"].map((suffix) => infoOf(path + suffix)));
  if (logs.some((log) => log !== undefined && log.size > 0)) return "unclear";
  if (file === undefined) return "absent";
  const isPrivate = file.mode === null || (file.mode & 0o077) === 0;
  const header = await headerOf(path);
  return isPrivate && header !== undefined && isSound(header) ? "sound" : "unclear";
}

async function infoOf(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function headerOf(path: string): Promise<DataView | undefined> {
  const bytes = new Uint8Array(HEADER_BYTES);
  using file = await Deno.open(path);
  const read = await file.read(bytes);
  const magic = new TextDecoder().decode(bytes.subarray(0, MAGIC.length));
  return read === HEADER_BYTES && magic === MAGIC ? new DataView(bytes.buffer) : undefined;
}
