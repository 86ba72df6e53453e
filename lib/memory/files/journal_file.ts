import type { DatabaseSync } from "node:sqlite";
import type { MemoryEntry } from "../entry.ts";
import { openDatabase, pragma, run, transaction, truncateLog, usedBytes } from "./database.ts";
import { EMPTY_MARK, JOURNAL_SCHEMA } from "./schemas.ts";
import { insertTurn, turnOf, turnValues } from "./turn_columns.ts";

/**
 * What was said and is not yet in the store. Blocks, so it lives in a Worker. Each commit leaves the mark of an
 * empty journal in the file's header if it is one, and takes it away if it is not: see `survey.ts`.
 */
export class JournalFile {
  readonly #db: DatabaseSync;
  #rows: number;

  /** Opens the file, or creates it; throws as {@linkcode openDatabase} does. */
  constructor(path: string) {
    this.#db = openDatabase(path, JOURNAL_SCHEMA);
    this.#rows = Number(this.#db.prepare("SELECT count(*) AS rows FROM entries").get()?.rows);
  }

  /** How many entries it holds. */
  get rows(): number {
    return this.#rows;
  }

  /** What they take on disk, in bytes. */
  get usedBytes(): number {
    return usedBytes(this.#db);
  }

  /** Adds entries in one commit; once this returns they are on the disk. */
  append(entries: readonly MemoryEntry[]): void {
    this.#rows += this.#change(() => {
      const insert = this.#db.prepare(insertTurn("entries"));
      return entries.reduce((added, entry) => added + Number(insert.run(...turnValues(entry)).changes), 0);
    });
  }

  /** The oldest entries, in the order in which they were recorded. */
  read(limit: number): readonly MemoryEntry[] {
    return this.#db.prepare("SELECT * FROM entries ORDER BY seq LIMIT ?").all(limit).map(turnOf);
  }

  /** Removes entries that the store has. By key, since a journal begun anew counts from 1 again. */
  remove(keys: readonly string[]): void {
    this.#rows -= this.#change(() => {
      const remove = this.#db.prepare("DELETE FROM entries WHERE key = ?");
      return keys.reduce((removed, key) => removed + Number(remove.run(key).changes), 0);
    });
  }

  /** The newest entries of a device, the newest first. */
  recent(deviceId: string, limit: number): readonly MemoryEntry[] {
    const sql = "SELECT * FROM entries WHERE deviceId = ? ORDER BY seq DESC LIMIT ?";
    return this.#db.prepare(sql).all(deviceId, limit).map(turnOf);
  }

  /** Erases a device and says how many entries it had. */
  forget(deviceId: string): number {
    const forgotten = this.#change(() => run(this.#db, "DELETE FROM entries WHERE deviceId = ?", deviceId));
    this.#rows -= forgotten;
    truncateLog(this.#db);
    return forgotten;
  }

  /** Closes the file. */
  close(): void {
    this.#db.close();
  }

  /** Does all of `work` or nothing, and keeps the mark true. */
  #change(work: () => number): number {
    return transaction(this.#db, () => {
      const changed = work();
      const { empty } = this.#db.prepare("SELECT NOT EXISTS (SELECT 1 FROM entries) AS empty").get() ?? {};
      const mark = empty === 1 ? EMPTY_MARK : 0;
      if (pragma(this.#db, "application_id") !== mark) run(this.#db, `PRAGMA application_id = ${mark}`);
      return changed;
    });
  }
}
