import type { ErrorCode } from "../errors/mod.ts";
import type { MemoryOutcome } from "./entry.ts";
import type { RetentionDrops } from "./files/store_file.ts";
import type { SummaryCounts } from "./store_writer.ts";

/** Whether what is said now will be there after a crash. */
export type MemoryStatus =
  | { readonly saving: true }
  | { readonly saving: false; readonly code: ErrorCode; readonly reason: string };

/** What the memory holds and has counted: plain data. */
export interface MemoryStats {
  /** Turns that were recorded, by what became of them. */
  readonly recorded: Readonly<Record<MemoryOutcome, number>>;
  /** What became of summaries. */
  readonly summaries: SummaryCounts;
  /** How often the turns of a device were at hand, and how often the files had to be read. */
  readonly recalled: { readonly found: number; readonly read: number };
  /** Entries that wait for the journal, or are on their way to it. */
  readonly pending: number;
  /** Entries that were acknowledged. */
  readonly journaled: number;
  /** Entries in the journal that the store does not have yet. */
  readonly unfolded: number;
  /** Entries that the store took in. */
  readonly stored: number;
  /** Entries that were lost before they were acknowledged, and turns that the store dropped, by the bound. */
  readonly dropped: RetentionDrops & {
    /** More than `maxPending` waited. */
    readonly queue: number;
    /** They came after the end, or cannot be stored. */
    readonly refused: number;
  };
  /** Writes that failed and were tried again. */
  readonly failures: { readonly journal: number; readonly store: number };
  /** Workers that there are now: one each for the journal and the store, while it has something to do. */
  readonly workers: number;
  /** Workers that died or hung. */
  readonly workersLost: number;
  /** Corrupt files that were moved aside. */
  readonly filesMovedAside: number;
}
