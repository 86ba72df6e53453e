import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { EarshotError } from "../../errors/mod.ts";

/** The steps from an empty file to the present schema; each is the statements of one version. Only ever added to. */
export type Migrations = readonly (readonly string[])[];

/** The settings of every connection. */
const PRAGMAS = [
  "busy_timeout = 2000",
  "journal_mode = WAL",
  // A commit has reached the disk when it returns; that is what makes it an acknowledgement.
  "synchronous = FULL",
  "journal_size_limit = 4194304",
  // What is deleted is overwritten.
  "secure_delete = ON",
];

/**
 * A database that only this user can read. Each statement is prepared once: what SQLite holds of one is freed by a
 * garbage collection at the earliest, and a Worker that does little but write hardly ever has one.
 */
export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * Opens the file, creates it if need be, and brings its schema up to date.
   *
   * @throws {EarshotError} `memory.newer_schema`; and whatever SQLite and the file system throw.
   */
  constructor(path: string, migrations: Migrations) {
    Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // SQLite alone would leave it readable by all. The files that it puts beside it take over the mode.
    Deno.openSync(path, { create: true, append: true, mode: 0o600 }).close();
    if (Deno.build.os !== "windows") Deno.chmodSync(path, 0o600);
    this.#db = new DatabaseSync(path);
    try {
      const version = this.pragma("user_version");
      if (version > migrations.length) throw newerSchema(path, version, migrations.length);
      for (const setting of PRAGMAS) this.#db.prepare(`PRAGMA ${setting}`).all();
      this.#migrate(migrations, version);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** A statement, to be used at once. There may be as many as there are texts, so values are no part of them. */
  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Runs one statement and says how many rows it changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.statement(sql).run(...values).changes);
  }

  /** Does all of `work` or nothing. After a failure the connection must be closed, which takes back the half. */
  transaction<Result>(work: () => Result): Result {
    this.run("BEGIN IMMEDIATE");
    const result = work();
    this.run("COMMIT");
    return result;
  }

  /** What the content takes, without the pages that are free again, in bytes. */
  get usedBytes(): number {
    return (this.pragma("page_count") - this.pragma("freelist_count")) * this.pragma("page_size");
  }

  /** Overwrites what the log beside the database still holds of deleted rows. */
  truncateLog(): void {
    this.statement("PRAGMA wal_checkpoint(TRUNCATE)").all();
  }

  /** The value of a setting, or of a field of the header, that is a number. */
  pragma(name: string): number {
    return Number(this.statement(`PRAGMA ${name}`).get()?.[name]);
  }

  /** Closes the file. */
  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #migrate(migrations: Migrations, fromVersion: number): void {
    for (const [version, statements] of migrations.entries()) {
      if (version < fromVersion) continue;
      this.transaction(() => {
        for (const statement of statements) this.#db.prepare(statement).run();
        this.#db.prepare(`PRAGMA user_version = ${version + 1}`).run();
      });
    }
  }
}

/** That a file was written by a newer Earshot. */
export function newerSchema(path: string, version: number, known: number): EarshotError {
  return new EarshotError(
    "memory.newer_schema",
    `Cannot use ${path}: its schema has version ${version}, and this Earshot knows none above ${known}`,
  );
}
