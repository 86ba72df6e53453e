import { serveWorker } from "../../lifecycle/mod.ts";
import type { MemoryEntry } from "../entry.ts";
import { type FileJob, FileSlot } from "../files/file_slot.ts";
import type { DeviceSummary, MemorySummary } from "../summary.ts";
import { type Retention, type RetentionDrops, StoreFile } from "../files/store_file.ts";

/** A job of the store. */
export type StoreJob =
  | { readonly type: "save"; readonly entries: readonly MemoryEntry[]; readonly retention: Retention }
  | { readonly type: "prune"; readonly retention: Retention }
  | { readonly type: "recall"; readonly deviceId: string; readonly limit: number }
  | { readonly type: "summarize"; readonly summary: DeviceSummary }
  | { readonly type: "erase"; readonly deviceId: string; readonly journaled: readonly string[] };

/** The answer to any job. */
export interface StoreReply {
  /** The turns that a job reads. */
  readonly entries: readonly MemoryEntry[];
  /** The summary that comes with them. */
  readonly summary: MemorySummary | undefined;
  /** Turns, or summaries, that were taken in. */
  readonly saved: number;
  /** Turns erased, those of the journal included. */
  readonly erased: number;
  /** Turns beyond the bounds. */
  readonly dropped: RetentionDrops;
  /** Whether the file was corrupt and a new one was begun. */
  readonly movedAside: boolean;
}

const NOTHING = {
  entries: [],
  summary: undefined,
  saved: 0,
  erased: 0,
  dropped: { turns: 0, age: 0, bytes: 0 },
};
const slot = new FileSlot((path) => new StoreFile(path));

serveWorker<StoreJob & FileJob, StoreReply>((job) => {
  const { result, movedAside } = slot.use(job, (file) => work(file, job));
  return { ...NOTHING, ...result, movedAside };
}, () => slot.close());

function work(file: StoreFile, job: StoreJob): Partial<StoreReply> {
  switch (job.type) {
    case "save":
      return file.save(job.entries, job.retention);
    case "prune":
      return file.save([], job.retention);
    case "recall":
      return { entries: file.recent(job.deviceId, job.limit), summary: file.summaryOf(job.deviceId) };
    case "summarize":
      return { saved: Number(file.summarize(job.summary)) };
    case "erase":
      return { erased: file.forget(job.deviceId, job.journaled) };
  }
}
