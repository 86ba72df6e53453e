import type { DatabaseSync } from "node:sqlite";
import type { MemoryEntry } from "../entry.ts";
import { type Migrations, openDatabase, run, transaction, truncateLog, usedBytes } from "./database.ts";
import { addSpeakerColumns, insertTurn, TURN_COLUMNS, turnOf, turnValues } from "./turn_columns.ts";

const MIGRATIONS: Migrations = [
  [`CREATE TABLE entries (seq INTEGER PRIMARY KEY AUTOINCREMENT, ${TURN_COLUMNS}) STRICT`],
  addSpeakerColumns("entries"),
];

/** What was said and is not yet in the store. Blocks, so it lives in a Worker. */
export class JournalFile {
  readonly #db: DatabaseSync;
  #rows: number;

  /** Opens the file, or creates it; throws as {@linkcode openDatabase} does. */
  constructor(path: string) {
    this.#db = openDatabase(path, MIGRATIONS);
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
    this.#rows += transaction(this.#db, () => {
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
    this.#rows -= transaction(this.#db, () => {
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
    const forgotten = run(this.#db, "DELETE FROM entries WHERE deviceId = ?", deviceId);
    this.#rows -= forgotten;
    truncateLog(this.#db);
    return forgotten;
  }

  /** Closes the file. */
  close(): void {
    this.#db.close();
  }
}
