import { getLogger } from "@logtape/logtape";
import { EarshotError } from "../errors/mod.ts";
import type { Clock } from "../lifecycle/mod.ts";
import type { FileWorker } from "./file_worker.ts";
import type { RetentionDrops } from "./files/store_file.ts";
import { type Progress, RetryLoop } from "./retry_loop.ts";
import type { FoundFiles } from "./file_inspection.ts";
import type { DeviceSummary } from "./summary.ts";
import type { JournalJob, JournalReply } from "./workers/journal_worker.ts";
import type { StoreJob, StoreReply } from "./workers/store_worker.ts";

const BATCH = 256;
const MAX_PAUSE_MS = 60_000;
const MAX_ERASURES = 64;
/** Summaries that may wait, one a device; the oldest is dropped. */
const MAX_SUMMARIES = 256;
const DAY_MS = 86_400_000;
/** Turns must expire even where none are added. */
const PRUNE_INTERVAL_MS = 3_600_000;
/** When a store that was found in order is first looked at: not while everything else starts. */
const FIRST_PRUNE_MS = 60_000;

const PRUNE_AFTER_MS = { absent: Infinity, sound: FIRST_PRUNE_MS, unclear: 0 };

const logger = getLogger(["earshot", "memory"]);

/** Options of {@linkcode StoreWriter}. */
export interface StoreWriterOptions {
  /** Where entries come from. */
  readonly journal: FileWorker<JournalJob, JournalReply>;
  /** Where they go. */
  readonly store: FileWorker<StoreJob, StoreReply>;
  /** What was there at the start. */
  readonly found: FoundFiles;
  /** How much the store keeps. */
  readonly retention: {
    readonly turnsPerDevice: number;
    readonly maxAgeDays: number;
    readonly maxBytes: number;
  };
  /** Receives what the journal holds. */
  readonly onReply: (reply: JournalReply) => void;
  /** Whether turns of a device have not reached the journal yet; {@linkcode StoreWriter.wake} comes once they have. */
  readonly isPending: (deviceId: string) => boolean;
  /** Told that turns went for want of room, whoever's they were. */
  readonly onTrimmed: () => void;
  /** Receives a summary that the store has taken in. */
  readonly onSummarized: (summary: DeviceSummary) => void;
  /** The time of day, in ms since 1970. */
  readonly wallMs: () => number;
  readonly clock: Clock;
}

/** What became of summaries. */
export interface SummaryCounts {
  /** The store has them. */
  readonly saved: number;
  /** Writes that failed and were tried again. */
  readonly failed: number;
  /** They cannot be stored, too many waited, or nothing is left of what is in them. */
  readonly dropped: number;
}

interface Erasure {
  readonly deviceId: string;
  /** The keys of what had not reached the journal. */
  readonly pending: readonly string[];
  readonly done: PromiseWithResolvers<number>;
}

/**
 * Takes entries from the journal into the store, then out of the journal: whatever happens in between, the
 * next try finds them again, and the store ignores a key that it has.
 */
export class StoreWriter {
  readonly #options: StoreWriterOptions;
  readonly #loop: RetryLoop;
  readonly #erasures = new Set<Erasure>();
  readonly #summaries = new Map<string, DeviceSummary>();
  readonly #summarized = { saved: 0, failed: 0, dropped: 0 };
  #stopped = false;
  #pruneDueMs: number;
  /** Whether the journal may hold something. */
  #unread: boolean;
  #stored = 0;
  #failures = 0;
  #fault: EarshotError | undefined;
  #dropped: RetentionDrops = { turns: 0, age: 0, bytes: 0 };

  /**
   * Starts at once with what an earlier process has left in the journal, and before that with what is too old if
   * the store has to be looked at; where both files are in order nothing is opened before there is work.
   */
  constructor(options: StoreWriterOptions) {
    this.#options = options;
    const { journal, store } = options.found;
    this.#unread = journal === "unclear";
    this.#pruneDueMs = options.clock.nowMs() + PRUNE_AFTER_MS[store];
    this.#loop = new RetryLoop({
      step: () => this.#step(),
      onFailed: (error) => this.#failed(EarshotError.from(error)),
      maxPauseMs: MAX_PAUSE_MS,
      idleMs: () => Math.max(0, this.#pruneDueMs - options.clock.nowMs()),
      clock: options.clock,
    });
  }

  /** Resolves once it is known whether the store can be written, if that was to be found out. */
  get started(): Promise<void> {
    return this.#loop.started;
  }

  /** Why the last step failed, until one succeeds. */
  get fault(): EarshotError | undefined {
    return this.#fault;
  }

  /** What it has counted. */
  get stats(): { stored: number; dropped: RetentionDrops; failures: number; summaries: SummaryCounts } {
    const summaries = { ...this.#summarized };
    return { stored: this.#stored, dropped: this.#dropped, failures: this.#failures, summaries };
  }

  /** Says that the journal has more. */
  wake(): void {
    this.#unread = true;
    this.#loop.wake();
  }

  /** Takes a summary in, in the place of one of the same device that waits; `undefined` is one that no file holds. */
  summarize(summary: DeviceSummary | undefined): void {
    if (summary === undefined || this.#stopped) {
      this.#summarized.dropped++;
      return;
    }
    this.#summaries.delete(summary.deviceId);
    this.#summaries.set(summary.deviceId, summary);
    for (const deviceId of this.#summaries.keys()) {
      if (this.#summaries.size <= MAX_SUMMARIES) break;
      this.#summaries.delete(deviceId);
      this.#summarized.dropped++;
    }
    this.#loop.wake();
  }

  /**
   * Erases a device from both files, between two steps: entries on their way would rise again. Gives the number of
   * its turns there and among those that were `pending`, by their keys.
   */
  erase(deviceId: string, pending: readonly string[]): Promise<number> {
    if (this.#stopped || this.#erasures.size >= MAX_ERASURES) {
      const state = this.#stopped ? "the memory is closed" : `${MAX_ERASURES} others wait`;
      return Promise.reject(new EarshotError("lifecycle.overflow", `Cannot forget a device: ${state}`));
    }
    this.#summaries.delete(deviceId);
    const erasure = { deviceId, pending, done: Promise.withResolvers<number>() };
    this.#erasures.add(erasure);
    this.#loop.wake({ urgent: true });
    return erasure.done.promise;
  }

  /** Ends it after the step under way; what is left in the journal is for the next process. */
  stop(): Promise<void> {
    this.#stopped = true;
    return this.#loop.stop();
  }

  async #step(): Promise<Progress> {
    for (const erasure of this.#erasures) await this.#erase(erasure);
    if (this.#stopped) return "idle";
    if (this.#options.clock.nowMs() >= this.#pruneDueMs) {
      await this.#prune();
      return "more";
    }
    // Turns first: a summary is taken in only where the store has one that can be in it.
    const moved = this.#unread ? await this.#moveBatch() : "idle";
    const progress = moved === "idle" ? await this.#saveSummary() : moved;
    if (this.#fault !== undefined) logger.info("What was journaled reaches the store again");
    this.#fault = undefined;
    return progress;
  }

  async #prune(): Promise<void> {
    const { store, clock } = this.#options;
    this.#count(await store.run({ type: "prune", retention: this.#retention() }));
    this.#pruneDueMs = clock.nowMs() + PRUNE_INTERVAL_MS;
  }

  async #moveBatch(): Promise<Progress> {
    const { journal, store, clock, onReply } = this.#options;
    // Before the file is read, so that what comes during that is read as well.
    this.#unread = false;
    try {
      const { entries } = await journal.run({ type: "read", limit: BATCH });
      if (entries.length === 0) return "idle";
      this.#count(await store.run({ type: "save", entries, retention: this.#retention() }));
      this.#pruneDueMs = Math.min(this.#pruneDueMs, clock.nowMs() + PRUNE_INTERVAL_MS);
      onReply(await journal.run({ type: "remove", keys: entries.map(({ key }) => key) }));
      this.#unread = true;
      return "more";
    } catch (error) {
      this.#unread = true;
      throw error;
    }
  }

  /** Saves the summary that has waited for the longest, of those whose turns are all there. */
  async #saveSummary(): Promise<Progress> {
    const { store, isPending, onSummarized } = this.#options;
    const summary = this.#summaries.values().find(({ deviceId }) => !isPending(deviceId));
    if (summary === undefined) return "idle";
    try {
      const { saved } = await store.run({ type: "summarize", summary });
      this.#summarized[saved === 0 ? "dropped" : "saved"]++;
      // Another may have taken its place meanwhile.
      if (this.#summaries.get(summary.deviceId) === summary) this.#summaries.delete(summary.deviceId);
      if (saved > 0) onSummarized(summary);
      return "more";
    } catch (error) {
      this.#summarized.failed++;
      throw error;
    }
  }

  async #erase(erasure: Erasure): Promise<void> {
    const { deviceId, pending, done } = erasure;
    this.#erasures.delete(erasure);
    this.#summaries.delete(deviceId);
    try {
      const journaled = await this.#options.journal.run({ type: "erase", deviceId });
      this.#options.onReply(journaled);
      const keys = [...pending, ...journaled.erased];
      const { erased } = await this.#options.store.run({ type: "erase", deviceId, journaled: keys });
      done.resolve(erased);
    } catch (error) {
      done.reject(error);
    }
  }

  #count({ saved, dropped }: StoreReply): void {
    this.#stored += saved;
    const { turns, age, bytes } = this.#dropped;
    this.#dropped = {
      turns: turns + dropped.turns,
      age: age + dropped.age,
      bytes: bytes + dropped.bytes,
    };
    if (dropped.bytes > 0) this.#options.onTrimmed();
  }

  #retention() {
    const { turnsPerDevice, maxAgeDays, maxBytes } = this.#options.retention;
    return { turnsPerDevice, maxBytes, oldestMs: this.#options.wallMs() - maxAgeDays * DAY_MS };
  }

  #failed(error: EarshotError): void {
    if (this.#stopped) return;
    this.#failures++;
    const { code, message, entry: { remedy } } = error;
    if (this.#fault === undefined) {
      logger.warn("What was journaled does not reach the store; it is kept: {message}", {
        code,
        message,
        remedy,
      });
    }
    this.#fault = error;
  }
}
