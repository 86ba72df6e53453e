import type { SQLOutputValue } from "node:sqlite";
import type { MemoryEntry } from "../entry.ts";
import type { DeviceSummary, MemorySummary } from "../summary.ts";
import { Database } from "./database.ts";
import { STORE_SCHEMA } from "./schemas.ts";
import { insertTurn, turnOf, turnValues } from "./turn_columns.ts";

/** How far below its bound the content is brought once it has passed it, so that this happens rarely. */
const ROOM_SHARE = 0.95;

/** What the store may hold. */
export interface Retention {
  /** Turns of one device. */
  readonly turnsPerDevice: number;
  /** Turns from before this are dropped, in ms since 1970. */
  readonly oldestMs: number;
  /** What all turns together may take on disk, in bytes. */
  readonly maxBytes: number;
}

/** How many turns were dropped, by the bound that dropped them. */
export interface RetentionDrops {
  /** Too many of one device. */
  readonly turns: number;
  /** Too old. */
  readonly age: number;
  /** Too much of all devices together. */
  readonly bytes: number;
}

/** What was said, for as long as it is kept. Blocks, so it lives in a Worker. */
export class StoreFile {
  readonly #db: Database;

  /** Opens the file, or creates it; throws as {@linkcode Database} does. */
  constructor(path: string) {
    this.#db = new Database(path, STORE_SCHEMA);
  }

  /** Takes entries in, those that it has already excepted, and drops what is beyond the bounds, in one commit. */
  save(
    entries: readonly MemoryEntry[],
    retention: Retention,
  ): { readonly saved: number; readonly dropped: RetentionDrops } {
    return this.#db.transaction(() => {
      const insert = this.#db.statement(insertTurn("turns"));
      let saved = 0;
      for (const entry of entries) saved += Number(insert.run(...turnValues(entry)).changes);
      const devices = new Set(entries.map(({ deviceId }) => deviceId));
      const turns = this.#dropBeyondCount(devices, retention.turnsPerDevice);
      const age = this.#db.run("DELETE FROM turns WHERE atMs < ?", retention.oldestMs);
      if (age > 0) this.#dropOrphans();
      return { saved, dropped: { turns, age, bytes: this.#dropBeyondBytes(retention.maxBytes) } };
    });
  }

  /**
   * Takes a summary in, in the place of the one before, and says whether it did. One of a device of which no turn is
   * left that could be in it is not taken: the device was erased while the summary was being made.
   */
  summarize({ deviceId, text, throughAtMs, atMs }: DeviceSummary): boolean {
    const sql = `INSERT INTO summaries (deviceId, text, throughAtMs, atMs) SELECT ?1, ?2, ?3, ?4
      WHERE EXISTS (SELECT 1 FROM turns WHERE deviceId = ?1 AND atMs <= ?3)
      ON CONFLICT (deviceId) DO UPDATE SET text = ?2, throughAtMs = ?3, atMs = ?4`;
    return this.#db.run(sql, deviceId, text, throughAtMs, atMs) > 0;
  }

  /** The summary of a device. */
  summaryOf(deviceId: string): MemorySummary | undefined {
    const row = this.#db.statement("SELECT * FROM summaries WHERE deviceId = ?").get(deviceId);
    return row && summaryOfRow(row);
  }

  /** The newest turns of a device, the newest first. */
  recent(deviceId: string, limit: number): readonly MemoryEntry[] {
    const sql = "SELECT * FROM turns WHERE deviceId = ? ORDER BY id DESC LIMIT ?";
    return this.#db.statement(sql).all(deviceId, limit).map(turnOf);
  }

  /** Erases a device, and says how many turns it had here and among those that were `journaled`, by their keys. */
  forget(deviceId: string, journaled: readonly string[]): number {
    const forgotten = new Set(journaled);
    this.#db.transaction(() => {
      const rows = this.#db.statement("DELETE FROM turns WHERE deviceId = ? RETURNING key").all(deviceId);
      for (const { key } of rows) forgotten.add(String(key));
      this.#db.run("DELETE FROM summaries WHERE deviceId = ?", deviceId);
    });
    this.#db.truncateLog();
    return forgotten.size;
  }

  /** Closes the file. */
  close(): void {
    this.#db.close();
  }

  /** The order is that of saving, not of `atMs`: a clock that jumps must not drop the newest. */
  #dropBeyondCount(devices: Iterable<string>, turnsPerDevice: number): number {
    const sql = `DELETE FROM turns WHERE deviceId = ?1 AND id <=
      (SELECT id FROM turns WHERE deviceId = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`;
    let dropped = 0;
    for (const device of devices) dropped += this.#db.run(sql, device, turnsPerDevice);
    return dropped;
  }

  #dropBeyondBytes(maxBytes: number): number {
    let dropped = 0;
    if (this.#db.usedBytes <= maxBytes) return dropped;
    for (;;) {
      const used = this.#db.usedBytes;
      const excessShare = 1 - maxBytes * ROOM_SHARE / used;
      if (excessShare <= 0) return dropped;
      const rows = Number(this.#db.statement("SELECT count(*) AS rows FROM turns").get()?.rows);
      const sql = "DELETE FROM turns WHERE id IN (SELECT id FROM turns ORDER BY id LIMIT ?)";
      const gone = this.#db.run(sql, Math.ceil(rows * excessShare));
      if (gone === 0) return dropped;
      dropped += gone;
      this.#dropOrphans();
    }
  }

  /** A summary goes with the last turn of its device. */
  #dropOrphans(): void {
    this.#db.run(
      "DELETE FROM summaries WHERE NOT EXISTS (SELECT 1 FROM turns WHERE turns.deviceId = summaries.deviceId)",
    );
  }
}

/** A row as a summary. */
export function summaryOfRow(row: Readonly<Record<string, SQLOutputValue>>): MemorySummary {
  return { text: String(row.text), throughAtMs: Number(row.throughAtMs), atMs: Number(row.atMs) };
}
