import { EarshotError } from "../../errors/mod.ts";

const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;
/** The shared index of a WAL could not be allocated; an extended code of an I/O error. */
const SQLITE_IOERR_SHMSIZE = 4874;

/** Whether the file is not, or no longer, a database. */
export function isCorrupt(thrown: unknown): boolean {
  const code = resultCode(thrown) & 0xff;
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

/** Says what a failure at the file means for the memory. SQLite's messages hold no values. */
export function asMemoryError(thrown: unknown, path: string, what: "write" | "use" = "write"): EarshotError {
  if (thrown instanceof EarshotError) return thrown;
  const state = thrown instanceof Error ? thrown.message : String(thrown);
  const code = isDiskFull(thrown) ? "memory.disk_full" : "memory.unwritable";
  return new EarshotError(code, `Cannot ${what} ${path}: ${state}`, { cause: thrown });
}

function isDiskFull(thrown: unknown): boolean {
  const code = resultCode(thrown);
  if ((code & 0xff) === SQLITE_FULL || code === SQLITE_IOERR_SHMSIZE) return true;
  return thrown instanceof Error && "code" in thrown && thrown.code === "ENOSPC";
}

/** SQLite's extended result code, or 0. Only statements carry it, not `exec`. */
function resultCode(thrown: unknown): number {
  return thrown instanceof Error && "errcode" in thrown && typeof thrown.errcode === "number"
    ? thrown.errcode
    : 0;
}
