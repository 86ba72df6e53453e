import type { MemoryEntry } from "../entry.ts";
import { Database } from "./database.ts";
import { EMPTY_MARK, JOURNAL_SCHEMA } from "./schemas.ts";
import { insertTurn, turnOf, turnValues } from "./turn_columns.ts";

/**
 * What was said and is not yet in the store. Blocks, so it lives in a Worker. Each commit leaves the mark of an
 * empty journal in the file's header if it is one, and takes it away if it is not: see `file_inspection.ts`.
 */
export class JournalFile {
  readonly #db: Database;
  #rows: number;

  /** Opens the file, or creates it; throws as {@linkcode Database} does. */
  constructor(path: string) {
    this.#db = new Database(path, JOURNAL_SCHEMA);
    this.#rows = Number(this.#db.statement("SELECT count(*) AS rows FROM entries").get()?.rows);
  }

  /** How many entries it holds. */
  get rows(): number {
    return this.#rows;
  }

  /** What they take on disk, in bytes. */
  get usedBytes(): number {
    return this.#db.usedBytes;
  }

  /** Adds entries in one commit; once this returns they are on the disk. */
  append(entries: readonly MemoryEntry[]): void {
    this.#rows += this.#change(() => {
      const insert = this.#db.statement(insertTurn("entries"));
      return entries.reduce((added, entry) => added + Number(insert.run(...turnValues(entry)).changes), 0);
    });
  }

  /** The oldest entries, in the order in which they were recorded. */
  read(limit: number): readonly MemoryEntry[] {
    return this.#db.statement("SELECT * FROM entries ORDER BY seq LIMIT ?").all(limit).map(turnOf);
  }

  /** Removes entries that the store has. By key, since a journal begun anew counts from 1 again. */
  remove(keys: readonly string[]): void {
    this.#rows -= this.#change(() => {
      const remove = this.#db.statement("DELETE FROM entries WHERE key = ?");
      return keys.reduce((removed, key) => removed + Number(remove.run(key).changes), 0);
    });
  }

  /** The newest entries of a device, the newest first. */
  recent(deviceId: string, limit: number): readonly MemoryEntry[] {
    const sql = "SELECT * FROM entries WHERE deviceId = ? ORDER BY seq DESC LIMIT ?";
    return this.#db.statement(sql).all(deviceId, limit).map(turnOf);
  }

  /** Erases a device and gives the keys of the entries that it had; the store may have some of them as well. */
  forget(deviceId: string): readonly string[] {
    let keys: readonly string[] = [];
    this.#rows -= this.#change(() => {
      const rows = this.#db.statement("DELETE FROM entries WHERE deviceId = ? RETURNING key").all(deviceId);
      keys = rows.map(({ key }) => String(key));
      return keys.length;
    });
    this.#db.truncateLog();
    return keys;
  }

  /** Closes the file. */
  close(): void {
    this.#db.close();
  }

  /** Does all of `work` or nothing, and keeps the mark true. */
  #change(work: () => number): number {
    return this.#db.transaction(() => {
      const changed = work();
      const { empty } = this.#db.statement("SELECT NOT EXISTS (SELECT 1 FROM entries) AS empty").get() ?? {};
      const mark = empty === 1 ? EMPTY_MARK : 0;
      if (this.#db.pragma("application_id") !== mark) this.#db.run(`PRAGMA application_id = ${mark}`);
      return changed;
    });
  }
}
