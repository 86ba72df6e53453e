import { EarshotError } from "../errors/mod.ts";
import type { MemoryEntry } from "./entry.ts";
import type { FileWorker } from "./file_worker.ts";
import type { Recalled } from "./recent_turns.ts";
import type { JournalJob, JournalReply } from "./workers/journal_worker.ts";
import type { StoreJob, StoreReply } from "./workers/store_worker.ts";

/** Devices whose turns may wait to be read; one at a time is, so that writing always has its place. */
const MAX_READS = 256;

/** Options of {@linkcode TurnReader}. */
export interface TurnReaderOptions {
  readonly journal: FileWorker<JournalJob, JournalReply>;
  readonly store: FileWorker<StoreJob, StoreReply>;
  /** What has not reached the journal of a device, the oldest first. */
  readonly pendingOf: (deviceId: string) => readonly MemoryEntry[];
  /** Whether the journal is known to hold nothing, which saves the start of its Worker. */
  readonly isJournalEmpty: () => boolean;
}

/** Reads the last turns of devices from wherever they are on their way, one device after the other. */
export class TurnReader {
  readonly #options: TurnReaderOptions;
  /** Settles when the reads before have ended. */
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Opens nothing. */
  constructor(options: TurnReaderOptions) {
    this.#options = options;
  }

  /** Rejects with `lifecycle.overflow` where too many wait, and as the files do. */
  async read(deviceId: string, limit: number): Promise<Recalled> {
    if (this.#waiting >= MAX_READS) {
      throw new EarshotError(
        "lifecycle.overflow",
        `Cannot read the memory: ${MAX_READS} devices wait for that`,
      );
    }
    this.#waiting++;
    const read = this.#last.then(() => this.#read(deviceId, limit));
    this.#last = read.catch(() => {});
    try {
      return await read;
    } finally {
      this.#waiting--;
    }
  }

  async #read(deviceId: string, limit: number): Promise<Recalled> {
    const { journal, store, pendingOf, isJournalEmpty } = this.#options;
    // In this order, since entries move from the one to the next meanwhile.
    const pending = pendingOf(deviceId).toReversed();
    const journaled = isJournalEmpty()
      ? []
      : (await journal.run({ type: "recall", deviceId, limit })).entries;
    const { entries, summary } = await store.run({ type: "recall", deviceId, limit });
    const newest = new Map<string, MemoryEntry>();
    for (const entry of [...pending, ...journaled, ...entries]) {
      if (!newest.has(entry.key)) newest.set(entry.key, entry);
    }
    return { turns: [...newest.values()].slice(0, limit).reverse(), summary };
  }
}
