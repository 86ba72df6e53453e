import { getLogger } from "@logtape/logtape";
import { join } from "node:path";
import { EarshotError } from "../errors/mod.ts";
import {
  type Clock,
  raceSignal,
  type Release,
  type Scope,
  systemClock,
  withDeadline,
} from "../lifecycle/mod.ts";
import type { MemoryConfig } from "./config.ts";
import { type MemoryEntry, type MemoryOutcome, storable } from "./entry.ts";
import { DirectoryLock } from "./directory_lock.ts";
import { FileWorker } from "./file_worker.ts";
import { type Recalled, RecentTurns } from "./recent_turns.ts";
import { StoreWriter } from "./store_writer.ts";
import { type MemorySummary, storableSummary } from "./summary.ts";
import type { MemoryStats, MemoryStatus } from "./memory_stats.ts";
import { TurnReader } from "./turn_reader.ts";
import { JournalWriter } from "./journal_writer.ts";
import type { JournalJob, JournalReply } from "./workers/journal_worker.ts";
import { type FoundFiles, inspectFiles } from "./file_inspection.ts";
import type { StoreJob, StoreReply } from "./workers/store_worker.ts";

/** How long the last entries may take to reach the journal when the process ends, in ms. */
const FLUSH_DEADLINE_MS = 1_000;
const DAY_MS = 86_400_000;

const logger = getLogger(["earshot", "memory"]);

/** The look at the files at start, and every job that one of the two Workers does. */
export type MemoryJobType =
  | "look"
  | "append"
  | "read"
  | "remove"
  | "save"
  | "prune"
  | "recall"
  | "summarize"
  | "erase";

/** Options of a {@linkcode Memory}. */
export interface MemoryOptions {
  /** The directory of the two files; created if need be. */
  readonly dir: string;
  /** Owns it; the process's scope, so that it goes after every session. */
  readonly scope: Scope;
  /** The checked config. */
  readonly config: Omit<MemoryConfig, "enabled">;
  readonly clock?: Clock;
  /** The time of day, in ms since 1970. */
  readonly wallMs?: () => number;
  /** Receives the keys of entries that survive a crash from now on. Must not throw. */
  readonly onSaved?: (keys: readonly string[]) => void;
  /** Makes a job slower by so many ms, as a bad disk would: to show that nothing waits for it. */
  readonly delayMs?: (type: MemoryJobType) => number;
}

/** Options of a read. */
export interface RecallOptions {
  /** Ends the wait: what a turn needs must not take longer than the turn can wait. */
  readonly signal?: AbortSignal;
}

/**
 * What was said, kept on disk. `record` only queues, so neither a turn nor a session that closes waits for a
 * disk; see `mod.ts` for the path of an entry.
 */
export class Memory {
  readonly #config: MemoryOptions["config"];
  readonly #journal: FileWorker<JournalJob, JournalReply>;
  readonly #store: FileWorker<StoreJob, StoreReply>;
  readonly #journalWriter: JournalWriter;
  readonly #storeWriter: StoreWriter;
  readonly #clock: Clock;
  readonly #wallMs: () => number;
  readonly #recent: RecentTurns;
  readonly #recorded: Record<MemoryOutcome, number> = {
    answered: 0,
    interrupted: 0,
    failed: 0,
    unanswered: 0,
  };
  #unfolded = 0;
  #journalBytes = 0;
  #refused = 0;
  #filesMovedAside = 0;

  private constructor(options: MemoryOptions, found: FoundFiles) {
    const { dir, config, clock = systemClock, wallMs = Date.now } = options;
    this.#config = config;
    this.#clock = clock;
    this.#wallMs = wallMs;
    const worker = (name: string) => ({
      name,
      path: join(dir, `${name}.sqlite`),
      module: new URL(`./workers/${name}_worker.ts`, import.meta.url),
      deadlineMs: config.writeDeadlineMs,
      delayMs: options.delayMs ?? (() => 0),
      onLost: ({ code, message }: EarshotError) =>
        logger.error("A Worker of the memory was lost: {message}", { code, message }),
      onMovedAside: () => this.#movedAside(join(dir, `${name}.sqlite`)),
      clock,
    });
    this.#journal = new FileWorker({ ...worker("journal"), releaseDeadlineMs: 500 });
    this.#store = new FileWorker({ ...worker("store"), releaseDeadlineMs: 1_500 });
    const onReply = ({ rows, usedBytes }: JournalReply) => {
      this.#unfolded = rows;
      this.#journalBytes = usedBytes;
    };
    this.#storeWriter = new StoreWriter({
      journal: this.#journal,
      store: this.#store,
      found,
      retention: config,
      onReply,
      isPending: (deviceId) => this.#journalWriter.pendingOf(deviceId).length > 0,
      onTrimmed: () => this.#recent.clear(),
      onSummarized: ({ deviceId, ...summary }) => this.#recent.summarized(deviceId, summary),
      wallMs,
      clock,
    });
    this.#journalWriter = new JournalWriter({
      journal: this.#journal,
      openNow: found.journal === "unclear",
      maxPending: config.maxPending,
      obstacle: () => this.#obstacle(),
      onReply,
      onSaved: (keys) => {
        this.#storeWriter.wake();
        options.onSaved?.(keys);
      },
      clock,
    });
    const reader = new TurnReader({
      journal: this.#journal,
      store: this.#store,
      pendingOf: (deviceId) => this.#journalWriter.pendingOf(deviceId),
      isJournalEmpty: () => this.#journalWriter.opened && this.#unfolded === 0,
    });
    this.#recent = new RecentTurns((deviceId, limit) => reader.read(deviceId, limit));
  }

  /**
   * Opens the memory and begins to take in what an earlier process has left in the journal; where nothing is
   * left, no Worker starts before the first entry. Whatever is wrong with the disk shows in
   * {@linkcode Memory.status}, not here. Throws `lifecycle.scope_closed`.
   */
  static async open(options: MemoryOptions): Promise<Memory> {
    const { dir, scope, config, delayMs = () => 0, clock = systemClock } = options;
    const { signal } = scope;
    const look = { signal, writeDeadlineMs: config.writeDeadlineMs, delayMs: delayMs("look"), clock };
    const [lock, found] = await Promise.all([
      DirectoryLock.share(dir, { signal, clock }),
      inspectFiles(dir, look),
    ]);
    let close: Release = () => {};
    // First, so that nothing is started for a scope that is closed.
    try {
      scope.own("memory", (signal) => close(signal));
    } catch (thrown) {
      lock.release();
      throw thrown;
    }
    const memory = new Memory(options, found);
    close = (signal) => memory.#close(signal).finally(() => lock.release());
    await Promise.all([memory.#journalWriter.started, memory.#storeWriter.started]);
    return memory;
  }

  /** Whether what is said now is saved, and if not, why. */
  get status(): MemoryStatus {
    const fault = this.#journalWriter.fault ?? this.#obstacle();
    return fault === undefined
      ? { saving: true }
      : { saving: false, code: fault.code, reason: fault.message };
  }

  /** What it holds and has counted. */
  get stats(): MemoryStats {
    const { pending, journaled, dropped: queue, failures: journal } = this.#journalWriter.stats;
    const { stored, dropped, failures: store, summaries } = this.#storeWriter.stats;
    return {
      recorded: { ...this.#recorded },
      summaries,
      recalled: this.#recent.stats,
      pending,
      journaled,
      unfolded: this.#unfolded,
      stored,
      dropped: { queue, refused: this.#refused, ...dropped },
      failures: { journal, store },
      workers: this.#journal.workers + this.#store.workers,
      workersLost: this.#journal.lost + this.#store.lost,
      filesMovedAside: this.#filesMovedAside,
    };
  }

  /** Takes a turn in that is over. Never waits and never throws; what is lost is counted. */
  record(entry: MemoryEntry): void {
    const sound = storable(entry);
    if (sound === undefined || !this.#journalWriter.record(sound)) {
      this.#refused++;
      return;
    }
    this.#recorded[sound.outcome]++;
    this.#recent.add(sound);
  }

  /**
   * The last turns of a device, the oldest of them first, those that are not saved yet included. At hand for devices
   * that were asked for lately; else the files are read, which takes 1 ms, or 100 to 200 ms where a Worker has to
   * start for it. Rejects with `memory.*` or `lifecycle.*` when a file cannot be read, and as `signal` says.
   */
  async recent(deviceId: string, limit: number, options: RecallOptions = {}): Promise<MemoryEntry[]> {
    const most = Math.min(limit, this.#config.turnsPerDevice);
    const { turns } = await raceSignal(this.#recall(deviceId, most), options.signal);
    return [...turns];
  }

  /** What a device said long ago, in short, once the store has it. Costs and rejects as `recent` does, and comes with it. */
  async summaryOf(deviceId: string, options: RecallOptions = {}): Promise<MemorySummary | undefined> {
    const { summary } = await raceSignal(this.#recall(deviceId, 0), options.signal);
    return summary;
  }

  /**
   * Takes a summary in, in the place of the one before. Never waits and never throws. It is kept as long as the device
   * has a turn; where no turn is left that could be in it (`throughAtMs`), it is dropped and counted.
   */
  saveSummary(deviceId: string, { text, throughAtMs }: Omit<MemorySummary, "atMs">): void {
    this.#storeWriter.summarize(storableSummary({ deviceId, text, throughAtMs, atMs: this.#wallMs() }));
  }

  /**
   * Erases all turns of a device, those that are not saved yet included, with its summary, and says how many turns
   * that was. A turn that is not over is recorded later. Rejects with `memory.*` or `lifecycle.*` when it could not be
   * erased everywhere; then the call should be repeated.
   */
  async forget(deviceId: string): Promise<number> {
    const pending = this.#journalWriter.forget(deviceId);
    this.#recent.drop(deviceId);
    try {
      return await this.#storeWriter.erase(deviceId, pending);
    } finally {
      // Something may have been read before it was erased.
      this.#recent.drop(deviceId);
    }
  }

  #recall(deviceId: string, limit: number): Promise<Recalled> {
    return this.#recent.of(deviceId, limit, this.#wallMs() - this.#config.maxAgeDays * DAY_MS);
  }

  #obstacle(): EarshotError | undefined {
    const { fault } = this.#storeWriter;
    if (fault?.code === "memory.newer_schema") return fault;
    const { maxJournalBytes } = this.#config;
    if (this.#journalBytes <= maxJournalBytes) return undefined;
    const cause = fault?.message ?? "it is slower than people speak";
    return new EarshotError(
      "memory.behind",
      `Cannot journal more than ${maxJournalBytes} bytes: the store does not take them in: ${cause}`,
    );
  }

  #movedAside(path: string): void {
    this.#filesMovedAside++;
    logger.warn("{path} was corrupt; it is now {path}.corrupt and a new file was begun", { path });
  }

  /** Brings to the disk what waits. The store need not be waited for: the next process takes in what it lacks. */
  async #close(signal: AbortSignal): Promise<void> {
    const stored = this.#storeWriter.stop();
    const storeClosed = this.#store.close(signal).catch(() => {});
    try {
      await withDeadline(this.#journalWriter.stop(), FLUSH_DEADLINE_MS, {
        what: "the last turns to be journaled",
        signal,
        clock: this.#clock,
      });
    } finally {
      await Promise.all([this.#journal.close(signal), storeClosed]);
      await stored;
    }
    const { pending } = this.#journalWriter.stats;
    const { fault } = this.#journalWriter;
    if (pending > 0) throw fault ?? new EarshotError("internal", `Cannot save the last ${pending} turns`);
  }
}
