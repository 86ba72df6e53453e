import { serveWorker } from "../../lifecycle/mod.ts";
import type { MemoryEntry } from "../entry.ts";
import { type FileJob, FileSlot } from "../files/file_slot.ts";
import { JournalFile } from "../files/journal_file.ts";

/** A job of the journal. */
export type JournalJob =
  | { readonly type: "append"; readonly entries: readonly MemoryEntry[] }
  | { readonly type: "read"; readonly limit: number }
  | { readonly type: "remove"; readonly keys: readonly string[] }
  | { readonly type: "recall"; readonly deviceId: string; readonly limit: number }
  | { readonly type: "erase"; readonly deviceId: string };

/** The answer to any job. */
export interface JournalReply {
  /** The entries that a job reads. */
  readonly entries: readonly MemoryEntry[];
  /** The keys of entries erased. */
  readonly erased: readonly string[];
  /** Entries that it holds now. */
  readonly rows: number;
  /** What they take on disk, in bytes. */
  readonly usedBytes: number;
  /** Whether the file was corrupt and a new one was begun. */
  readonly movedAside: boolean;
}

const NOTHING = { entries: [], erased: [] };
const slot = new FileSlot((path) => new JournalFile(path));

serveWorker<JournalJob & FileJob, JournalReply>((job) => {
  const { result, movedAside } = slot.use(job, (file) => {
    const done = work(file, job);
    return { ...NOTHING, ...done, rows: file.rows, usedBytes: file.usedBytes };
  });
  return { ...result, movedAside };
}, () => slot.close());

function work(file: JournalFile, job: JournalJob): Partial<JournalReply> {
  switch (job.type) {
    case "append":
      file.append(job.entries);
      return {};
    case "read":
      return { entries: file.read(job.limit) };
    case "remove":
      file.remove(job.keys);
      return {};
    case "recall":
      return { entries: file.recent(job.deviceId, job.limit) };
    case "erase":
      return { erased: file.forget(job.deviceId) };
  }
}
