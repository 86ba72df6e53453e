import { getLogger } from "@logtape/logtape";
import { EarshotError } from "../errors/mod.ts";
import { BoundedQueue, type Clock } from "../lifecycle/mod.ts";
import type { MemoryEntry } from "./entry.ts";
import type { FileWorker } from "./file_worker.ts";
import { type Progress, RetryLoop } from "./retry_loop.ts";
import type { JournalJob, JournalReply } from "./workers/journal_worker.ts";

/** A disk that is full, or a journal that is, is looked at again so often. */
const MAX_PAUSE_MS = 5_000;

const logger = getLogger(["earshot", "memory"]);

/** Options of {@linkcode JournalWriter}. */
export interface JournalWriterOptions {
  /** The journal. */
  readonly journal: FileWorker<JournalJob, JournalReply>;
  /** Whether the file is opened at once; else the first entry does that. */
  readonly openNow: boolean;
  /** How many entries may wait; as many again may be under way. */
  readonly maxPending: number;
  /** Why nothing may be added to the journal now, if so. */
  readonly obstacle: () => EarshotError | undefined;
  /** Receives what the journal holds. */
  readonly onReply: (reply: JournalReply) => void;
  /** Receives the keys of entries that have reached the disk. */
  readonly onSaved: (keys: readonly string[]) => void;
  readonly clock: Clock;
}

/** Brings entries to the journal: those that came during one commit go together into the next. */
export class JournalWriter {
  readonly #options: JournalWriterOptions;
  readonly #queue: BoundedQueue<MemoryEntry>;
  readonly #loop: RetryLoop;
  #batch: readonly MemoryEntry[] = [];
  #opened: boolean;
  #journaled = 0;
  #failures = 0;
  #fault: EarshotError | undefined;
  #wakeTimer: ReturnType<typeof setTimeout> | undefined;

  /** Starts at once, with opening the file if that is wanted. */
  constructor(options: JournalWriterOptions) {
    this.#options = options;
    const { maxPending, openNow, clock } = options;
    this.#opened = !openNow;
    this.#queue = new BoundedQueue(maxPending);
    this.#loop = new RetryLoop({
      step: () => this.#step(),
      onFailed: (error) => this.#failed(EarshotError.from(error)),
      maxPauseMs: MAX_PAUSE_MS,
      clock,
    });
  }

  /** Resolves once it is known whether the file can be written, if that was to be found out. */
  get started(): Promise<void> {
    return this.#loop.started;
  }

  /** Why the last write failed, until one succeeds. */
  get fault(): EarshotError | undefined {
    return this.#fault;
  }

  /** What it holds and has counted. */
  get stats(): { pending: number; journaled: number; dropped: number; failures: number } {
    return {
      pending: this.#queue.length + this.#batch.length,
      journaled: this.#journaled,
      dropped: this.#queue.dropped,
      failures: this.#failures,
    };
  }

  /** Takes an entry in, at once; says whether it did. */
  record(entry: MemoryEntry): boolean {
    if (!this.#queue.push(entry)) return false;
    // A Worker takes 20 ms of the main thread to start, which whoever closes now shall not wait for.
    this.#wakeTimer ??= setTimeout(() => {
      this.#wakeTimer = undefined;
      this.#loop.wake();
    });
    return true;
  }

  /** Whether it is known what the journal holds: an earlier process may have left something in it. */
  get opened(): boolean {
    return this.#opened;
  }

  /** What waits of a device, or is on its way, the oldest first. */
  pendingOf(deviceId: string): readonly MemoryEntry[] {
    return [...this.#batch, ...this.#queue].filter((entry) => entry.deviceId === deviceId);
  }

  /**
   * Takes out what waits of a device and gives its keys. What is on its way is among them, and reaches the journal
   * before any later job does.
   */
  forget(deviceId: string): readonly string[] {
    const keys = this.pendingOf(deviceId).map(({ key }) => key);
    const isOther = (entry: MemoryEntry) => entry.deviceId !== deviceId;
    this.#batch = this.#batch.filter(isOther);
    this.#queue.retain(isOther);
    return keys;
  }

  /** Writes what waits, and takes in no more. */
  stop(): Promise<void> {
    this.#queue.close();
    clearTimeout(this.#wakeTimer);
    return this.#loop.stop();
  }

  async #step(): Promise<Progress> {
    if (this.#batch.length === 0) this.#batch = this.#queue.clear();
    const entries = this.#batch;
    if (entries.length === 0 && this.#opened && this.#fault === undefined) return "idle";
    const obstacle = this.#options.obstacle();
    if (obstacle !== undefined) throw obstacle;
    const reply = await this.#options.journal.run({ type: "append", entries });
    this.#opened = true;
    this.#batch = [];
    this.#journaled += entries.length;
    if (this.#fault !== undefined) logger.info("What is said is saved again");
    this.#fault = undefined;
    this.#options.onReply(reply);
    if (entries.length > 0) this.#options.onSaved(entries.map(({ key }) => key));
    return "more";
  }

  #failed(error: EarshotError): void {
    this.#failures++;
    const { code, message, entry: { remedy } } = error;
    if (this.#fault === undefined) {
      logger.error("What is said is not saved: {message}", { code, message, remedy });
    }
    this.#fault = error;
  }
}
