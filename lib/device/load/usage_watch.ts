import { ownUsage, type ProcessUsage } from "./own_usage.ts";

/** What a process used between two looks. */
export interface UsageBetween {
  /** CPU time as a share of one core; null where it cannot be known. */
  readonly cpuShare: number | null;
  /** The main thread's part of it; null where it cannot be known. */
  readonly mainShare: number | null;
  /** Resident memory at the end. */
  readonly residentBytes: number;
}

/** What both ends of a run used while all devices were there. */
export interface LoadUsage {
  /** This process. */
  readonly generator: UsageBetween | null;
  /** The server's; null where it cannot be seen. */
  readonly server: UsageBetween | null;
}

interface Look {
  readonly atMs: number;
  readonly generator: ProcessUsage;
  readonly server: ProcessUsage | undefined;
}

/** Looks at both ends of a run, at its begin and at its end. */
export class UsageWatch {
  readonly #lookAtServer: () => Promise<ProcessUsage | undefined>;
  #before: Look | undefined;
  #after: Look | undefined;

  /** `lookAtServer` must not reject. */
  constructor(lookAtServer: () => Promise<ProcessUsage | undefined>) {
    this.#lookAtServer = lookAtServer;
  }

  /** What is counted begins here; a second call begins anew. */
  async begin(): Promise<void> {
    this.#before = await this.#look();
  }

  /** What is counted ends here. */
  async end(): Promise<void> {
    this.#after = await this.#look();
  }

  /** What was used in between. */
  get figures(): LoadUsage {
    const [before, after] = [this.#before, this.#after];
    if (before === undefined || after === undefined) return { generator: null, server: null };
    const seconds = (after.atMs - before.atMs) / 1_000;
    return {
      generator: between(before.generator, after.generator, seconds),
      server: between(before.server, after.server, seconds),
    };
  }

  async #look(): Promise<Look> {
    const [atMs, generator] = [performance.now(), ownUsage()];
    return { atMs, generator, server: await this.#lookAtServer() };
  }
}

function between(
  before: ProcessUsage | undefined,
  after: ProcessUsage | undefined,
  seconds: number,
): UsageBetween | null {
  if (after === undefined) return null;
  const share = (was?: number, is?: number) =>
    was === undefined || is === undefined || seconds <= 0 ? null : (is - was) / seconds;
  return {
    cpuShare: share(before?.cpuSeconds, after.cpuSeconds),
    mainShare: share(before?.mainCpuSeconds, after.mainCpuSeconds),
    residentBytes: after.residentBytes,
  };
}
