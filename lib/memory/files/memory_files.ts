import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import type { MemoryEntry } from "../entry.ts";
import type { MemorySummary } from "../summary.ts";
import { newerSchema } from "./database.ts";
import { JOURNAL_SCHEMA, STORE_SCHEMA } from "./schemas.ts";
import { asMemoryError } from "./sqlite_failure.ts";
import { summaryOfRow } from "./store_file.ts";
import { turnOf, type TurnTable } from "./turn_columns.ts";

/** Turns read at a time, so that nobody who writes waits for who reads. */
const PAGE = 256;
/** The version of the store's schema from which on there are summaries. */
const SUMMARIES_SINCE = 3;

interface OpenFile {
  readonly path: string;
  readonly db: DatabaseSync;
  readonly table: TurnTable;
  /** The column by which the table is ordered. */
  readonly order: "seq" | "id";
  readonly version: number;
}

/**
 * The journal and the store as they lie, for commands: read while another process works with them, of this version of
 * Earshot or an older one. Nothing is created and no schema is changed. Blocks. Every method throws `memory.*`.
 */
export class MemoryFiles implements Disposable {
  readonly #journal: OpenFile | undefined;
  readonly #store: OpenFile | undefined;

  /** Opens what is there of the files in `dir`. Throws `memory.newer_schema`, or `memory.unwritable`. */
  constructor(dir: string) {
    this.#journal = openFile(join(dir, "journal.sqlite"), "entries", JOURNAL_SCHEMA.length);
    try {
      this.#store = openFile(join(dir, "store.sqlite"), "turns", STORE_SCHEMA.length);
    } catch (error) {
      this.#journal?.db.close();
      throw error;
    }
  }

  /** The devices of which something is kept, by their ids. */
  get devices(): readonly string[] {
    const devices = [this.#journal, this.#store].flatMap((file) =>
      use(file, [], ({ db, table }) => db.prepare(`SELECT DISTINCT deviceId FROM ${table}`).all())
    );
    return [...new Set(devices.map(({ deviceId }) => String(deviceId)))].sort();
  }

  /** The turns of a device, the oldest first. */
  *turns(deviceId: string): Generator<MemoryEntry> {
    // The journal first, since entries move from there to the store meanwhile.
    const journaled = new Map([...pages(this.#journal, deviceId)].map((entry) => [entry.key, entry]));
    for (const entry of pages(this.#store, deviceId)) {
      journaled.delete(entry.key);
      yield entry;
    }
    yield* journaled.values();
  }

  /** The summary of a device. */
  summaryOf(deviceId: string): MemorySummary | undefined {
    return use(this.#store, undefined, ({ db, version }) => {
      if (version < SUMMARIES_SINCE) return undefined;
      const row = db.prepare("SELECT * FROM summaries WHERE deviceId = ?").get(deviceId);
      return row && summaryOfRow(row);
    });
  }

  /** Erases a device, and says how many turns it had. For who holds the directory's lock alone. */
  erase(deviceId: string): number {
    const keys = new Set<string>();
    for (const file of [this.#journal, this.#store]) {
      use(file, undefined, ({ db, table, version }) => {
        db.exec("PRAGMA query_only = OFF");
        db.exec("PRAGMA secure_delete = ON"); // what is deleted is overwritten
        db.exec("BEGIN IMMEDIATE");
        const rows = db.prepare(`DELETE FROM ${table} WHERE deviceId = ? RETURNING key`).all(deviceId);
        if (table === "turns" && version >= SUMMARIES_SINCE) {
          db.prepare("DELETE FROM summaries WHERE deviceId = ?").run(deviceId);
        }
        db.exec("COMMIT");
        // The log beside the file holds it as well.
        db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all();
        for (const { key } of rows) keys.add(String(key));
      });
    }
    return keys.size;
  }

  /** Closes the files. */
  [Symbol.dispose](): void {
    this.#journal?.db.close();
    this.#store?.db.close();
  }
}

/** The rows of a device, page by page. */
function* pages(file: OpenFile | undefined, deviceId: string): Generator<MemoryEntry> {
  for (let after = 0;;) {
    const rows = use(file, [], ({ db, table, order }) => {
      const sql = `SELECT * FROM ${table} WHERE deviceId = ? AND ${order} > ? ORDER BY ${order} LIMIT ?`;
      return db.prepare(sql).all(deviceId, after, PAGE);
    });
    for (const row of rows) {
      after = Number(row.seq ?? row.id);
      yield turnOf(row);
    }
    if (rows.length < PAGE) return;
  }
}

/** What `work` gives, or `otherwise` where there is no file. */
function use<Result>(
  file: OpenFile | undefined,
  otherwise: Result,
  work: (file: OpenFile) => Result,
): Result {
  if (file === undefined) return otherwise;
  try {
    return work(file);
  } catch (thrown) {
    throw asMemoryError(thrown, file.path, "use");
  }
}

/** Opens a file that is there and holds something. Not only to read: SQLite would leave its index beside it. */
function openFile(path: string, table: TurnTable, known: number): OpenFile | undefined {
  try {
    if (Deno.statSync(path).size === 0) return undefined;
    const db = new DatabaseSync(path);
    try {
      db.exec("PRAGMA busy_timeout = 2000");
      const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
      if (version > known) throw newerSchema(path, version, known);
      db.exec("PRAGMA query_only = ON");
      if (version > 0) return { path, db, table, order: table === "entries" ? "seq" : "id", version };
      db.close();
      return undefined;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw asMemoryError(thrown, path, "use");
  }
}
