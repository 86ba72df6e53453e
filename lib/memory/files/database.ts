import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { EarshotError } from "../../errors/mod.ts";

/** The steps from an empty file to the present schema; each is the statements of one version. Only ever added to. */
export type Migrations = readonly (readonly string[])[];

/** What SQLite is told of every connection. */
const PRAGMAS = [
  "busy_timeout = 2000",
  "journal_mode = WAL",
  // A commit has reached the disk when it returns; that is what makes it an acknowledgement.
  "synchronous = FULL",
  "journal_size_limit = 4194304",
  // What is deleted is overwritten: a device that asks to be forgotten is.
  "secure_delete = ON",
];

/**
 * Opens a database that only this user can read, creates it if need be, and brings its schema up to date.
 *
 * @throws {EarshotError} `memory.newer_schema`; and whatever SQLite and the file system throw.
 */
export function openDatabase(path: string, migrations: Migrations): DatabaseSync {
  Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite alone would leave it readable by all. The files that it puts beside it take over the mode.
  Deno.openSync(path, { create: true, append: true, mode: 0o600 }).close();
  if (Deno.build.os !== "windows") Deno.chmodSync(path, 0o600);
  const db = new DatabaseSync(path);
  try {
    const version = pragma(db, "user_version");
    if (version > migrations.length) throw newerSchema(path, version, migrations.length);
    for (const setting of PRAGMAS) db.prepare(`PRAGMA ${setting}`).all();
    migrate(db, migrations, version);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Runs one statement and says how many rows it changed. */
export function run(db: DatabaseSync, sql: string, ...values: SQLInputValue[]): number {
  return Number(db.prepare(sql).run(...values).changes);
}

/** Does all of `work` or nothing. After a failure the connection must be closed, which takes back the half. */
export function transaction<Result>(db: DatabaseSync, work: () => Result): Result {
  run(db, "BEGIN IMMEDIATE");
  const result = work();
  run(db, "COMMIT");
  return result;
}

/** What the content takes, without the pages that are free again, in bytes. */
export function usedBytes(db: DatabaseSync): number {
  return (pragma(db, "page_count") - pragma(db, "freelist_count")) * pragma(db, "page_size");
}

/** Overwrites what the log beside the database still holds of deleted rows. */
export function truncateLog(db: DatabaseSync): void {
  db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all();
}

/** The value of a setting, or of a field of the header, that is a number. */
export function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function migrate(db: DatabaseSync, migrations: Migrations, fromVersion: number): void {
  for (const [version, statements] of migrations.entries()) {
    if (version < fromVersion) continue;
    transaction(db, () => {
      for (const statement of statements) run(db, statement);
      run(db, `PRAGMA user_version = ${version + 1}`);
    });
  }
}

function newerSchema(path: string, version: number, known: number): EarshotError {
  return new EarshotError(
    "memory.newer_schema",
    `Cannot use ${path}: its schema has version ${version}, and this Earshot knows none above ${known}`,
  );
}
