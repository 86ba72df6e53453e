import type { Memory, MemoryEntry, MemoryStats, MemoryStatus, MemorySummary } from "../../lib/memory/mod.ts";

/** Keeps what it is given, or says that it cannot. */
export class FakeMemory
  implements Pick<Memory, "record" | "recent" | "summaryOf" | "saveSummary" | "status" | "stats" | "forget"> {
  readonly entries: MemoryEntry[] = [];
  status: MemoryStatus = { saving: true };
  readonly stats: MemoryStats = {
    recorded: { answered: 0, interrupted: 0, failed: 0, unanswered: 0 },
    summaries: { saved: 0, failed: 0, dropped: 0 },
    recalled: { found: 0, read: 0 },
    pending: 0,
    journaled: 0,
    unfolded: 0,
    stored: 0,
    dropped: { turns: 0, age: 0, bytes: 0, queue: 0, refused: 0 },
    failures: { journal: 0, store: 0 },
    workers: 0,
    workersLost: 0,
    filesMovedAside: 0,
  };

  record(entry: MemoryEntry): void {
    this.entries.push(entry);
  }

  recent(deviceId: string, limit: number): Promise<MemoryEntry[]> {
    return Promise.resolve(this.entries.filter((entry) => entry.deviceId === deviceId).slice(-limit));
  }

  readonly summaries = new Map<string, MemorySummary>();

  summaryOf(deviceId: string): Promise<MemorySummary | undefined> {
    return Promise.resolve(this.summaries.get(deviceId));
  }

  saveSummary(deviceId: string, { text, throughAtMs }: Omit<MemorySummary, "atMs">): void {
    this.summaries.set(deviceId, { text, throughAtMs, atMs: Date.now() });
  }

  forget(deviceId: string): Promise<number> {
    const others = this.entries.filter((entry) => entry.deviceId !== deviceId);
    const forgotten = this.entries.length - others.length;
    this.entries.splice(0, Infinity, ...others);
    this.summaries.delete(deviceId);
    return Promise.resolve(forgotten);
  }
}
