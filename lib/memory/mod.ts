/**
 * What was said and answered, kept on disk without a wait: one entry a turn.
 *
 * An entry waits in a bounded queue, is **journaled** (one commit for all that came during the last one; from
 * then on no crash can take it away), and is then **stored** into the store, which keeps it as long as the
 * config says. Journal and store are two files, each with a Worker of its own, since SQLite blocks and a file
 * has one writer: however long the store takes, or whatever is wrong with it, the next entry is acknowledged at
 * once. A Worker lives only while it has work, since each takes 20 MB: at start the files are looked at from
 * outside (`file_inspection.ts`), and whatever is not as an orderly end leaves it is opened at once. The two cannot
 * commit together, so an entry may be taken into the store twice; its key is unique there.
 *
 * What a turn needs of it, the last turns of its device and the summary of older ones, is at hand for devices that
 * speak now, and is read for the others. Commands read the files as they lie; what they erase goes through the process
 * that holds the directory's lock, if there is one, since turns on their way would rise again.
 *
 * @module
 */
export { type MemoryConfig, memoryConfig, memoryLimits } from "./config.ts";
export { claimDirectory } from "./directory_lock.ts";
export type { MemoryEntry, MemoryOutcome, MemorySpeaker, MemoryStep } from "./entry.ts";
export { Memory, type MemoryJobType, type MemoryOptions, type RecallOptions } from "./memory.ts";
export type { MemoryStats, MemoryStatus } from "./memory_stats.ts";
export { registerMemoryMetrics } from "./metrics.ts";
export type { MemoryFiles } from "./files/memory_files.ts";
export { openMemoryFiles } from "./open_files.ts";
export type { RetentionDrops } from "./files/store_file.ts";
export type { SummaryCounts } from "./store_writer.ts";
export type { MemorySummary } from "./summary.ts";
