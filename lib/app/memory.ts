import { join } from "node:path";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import { Memory } from "../memory/mod.ts";
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
  return await Memory.open({ dir: join(data, "memory"), scope, config: bounds, clock });
}
