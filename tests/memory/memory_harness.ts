import { DatabaseSync } from "node:sqlite";
import { Scope } from "../../lib/lifecycle/mod.ts";
import {
  Memory,
  memoryConfig,
  type MemoryEntry,
  memoryLimits,
  type MemoryOptions,
} from "../../lib/memory/mod.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";

/** What a test may set of a memory. */
export type MemorySettings = Partial<Omit<MemoryOptions, "config" | "scope">> & {
  readonly config?: Partial<MemoryOptions["config"]>;
};

/** A memory in a directory of its own, and what was acknowledged of it. */
export interface OpenMemory {
  readonly dir: string;
  readonly memory: Memory;
  readonly scope: Scope;
  readonly acknowledged: string[];
}

/** Opens a memory whose scope closes at the end of the `await using` block. */
export async function openMemory(
  dir: string,
  settings: MemorySettings = {},
): Promise<OpenMemory & AsyncDisposable> {
  const { config, ...options } = settings;
  const scope = new Scope("test", options.clock ? { clock: options.clock } : {});
  const acknowledged: string[] = [];
  const memory = await Memory.open({
    dir,
    scope,
    config: { ...memoryConfig.parse({}), ...memoryLimits.parse({}), ...config },
    onSaved: (keys) => acknowledged.push(...keys),
    ...options,
  });
  return { dir, memory, scope, acknowledged, [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose]() };
}

/** A test with a directory that is gone afterward. */
export function dirTest(
  name: string,
  fn: (dir: string) => Promise<void>,
  options: { readonly ignore?: boolean } = {},
): void {
  test(name, async () => {
    const dir = await Deno.makeTempDir({ prefix: "earshot-memory-" });
    try {
      await fn(dir);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  }, options);
}

/** An entry with the given number. */
export function entry(number: number, facts: Partial<MemoryEntry> = {}): MemoryEntry {
  return {
    key: `session-1/${number}`,
    deviceId: "aa:bb",
    sessionId: "session-1",
    turnId: number,
    atMs: Date.now(),
    user: `words ${number}`,
    steps: [],
    answer: "",
    heardChars: 0,
    outcome: "unanswered",
    audioMs: 1_500.5,
    droppedMs: 0,
    ...facts,
  };
}

/** Lets the threads of Workers that were ended by force wake up: Deno 2.9 lets them go on, and write. */
export async function lostThreads(delayMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, delayMs));
}

/** Waits until the journal is empty. */
export async function untilFolded({ memory }: OpenMemory): Promise<void> {
  await until(() => memory.stats.pending === 0 && memory.stats.unfolded === 0, "the end of folding");
}

/** The keys in a closed file, in their order. */
export function keysIn(dir: string, file: "journal" | "store"): string[] {
  using db = openFile(`${dir}/${file}.sqlite`);
  const sql = file === "journal"
    ? "SELECT key FROM entries ORDER BY seq"
    : "SELECT key FROM turns ORDER BY id";
  return db.prepare(sql).all().map(({ key }) => String(key));
}

/** Opens a database file that is closed at the end of the `using` block. */
export function openFile(path: string): DatabaseSync & Disposable {
  const db = new DatabaseSync(path);
  return Object.assign(db, { [Symbol.dispose]: () => db.close() });
}
