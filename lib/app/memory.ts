import { join } from "node:path";
import { EarshotError } from "../errors/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import { claimDirectory, Memory, type MemoryFiles, openMemoryFiles } from "../memory/mod.ts";
import { askToErase, type EraseAnswer } from "./announcement.ts";
import type { Config } from "./config.ts";

/** Options of {@linkcode openMemory}. */
export interface OpenMemoryOptions {
  /** The checked config. */
  readonly config: Pick<Config, "memory">;
  /** The data directory; the memory is in `memory` below it. */
  readonly data: string;
  /** Owns it: the process's scope, since what is saved in the background outlives every session. */
  readonly scope: Scope;
  /** The time source. */
  readonly clock: Clock;
}

/** Opens the memory of what was said; `undefined` when the config wants none. A disk that is full is no error. */
export async function openMemory(
  { config, data, scope, clock }: OpenMemoryOptions,
): Promise<Memory | undefined> {
  const { enabled, ...bounds } = config.memory;
  if (!enabled) return undefined;
  return await Memory.open({ dir: memoryDir(data), scope, config: bounds, clock });
}

/** Where what was said is kept. */
function memoryDir(data: string): string {
  return join(data, "memory");
}

/**
 * Opens what is kept in a data directory, to read it; a gateway may run with it meanwhile. `undefined` where nothing
 * was ever kept. Rejects with `memory.*`.
 */
export async function readMemory(data: string): Promise<MemoryFiles | undefined> {
  return await isThere(memoryDir(data)) ? await openMemoryFiles(memoryDir(data)) : undefined;
}

/**
 * Erases all that is kept of a device, and says how many turns that was. A gateway that runs with the data directory
 * does it itself: it may hold turns that no file has yet, and has others on their way from file to file. Without one,
 * which the directory's lock tells for sure, it is done here.
 *
 * Rejects with `memory.in_use` where a gateway holds the lock and cannot be asked, with other `memory.*` where the files
 * cannot be used, and with `canceled`.
 */
export async function eraseMemory(
  { data, deviceId, signal }: {
    /** The data directory. */
    readonly data: string;
    /** The device. */
    readonly deviceId: string;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const dir = memoryDir(data);
  if (!await isThere(dir)) return 0;
  using claim = await claimDirectory(dir);
  if (claim !== undefined) {
    using files = await openMemoryFiles(dir);
    return files.erase(deviceId);
  }
  const answer = await askToErase({ data, deviceId, signal });
  if (answer.type === "erased") return answer.turns;
  throw new EarshotError("memory.in_use", `Cannot erase what is kept of ${deviceId}: ${stateOf(answer)}`);
}

/** The corrupt files that were moved aside: nobody can read or erase single turns of them. */
export async function corruptFiles(data: string): Promise<readonly string[]> {
  const dir = memoryDir(data);
  if (!await isThere(dir)) return [];
  const paths: string[] = [];
  for await (const { name } of Deno.readDir(dir)) if (name.includes(".corrupt")) paths.push(join(dir, name));
  return paths.sort();
}

function stateOf(answer: Exclude<EraseAnswer, { readonly type: "erased" }>): string {
  switch (answer.type) {
    case "refused":
      return answer.reason;
    case "no_answer":
      return `the gateway (process ${answer.pid}) does not answer`;
    case "not_running":
      return "a process that cannot be asked works with the files";
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw new EarshotError("memory.unwritable", `Cannot use ${path}: it cannot be looked at`, {
      cause: thrown,
    });
  }
}
