import { EarshotError } from "../errors/mod.ts";
import { type Clock, WorkerPool } from "../lifecycle/mod.ts";
import type { FileJob } from "./files/file_slot.ts";

/** How long no Worker is started after one was lost, in ms; twice as long after each further one. */
const FIRST_PAUSE_MS = 500;
/** How long the Worker may have nothing to do before it is ended, since each takes 20 MB, in ms. */
const MAX_IDLE_MS = 30_000;
/** How many jobs may wait for the file. */
const QUEUE_CAPACITY = 64;

/** Options of a {@linkcode FileWorker}. */
export interface FileWorkerOptions<Type extends string> {
  /** What the file is called in messages. */
  readonly name: string;
  /** The file. */
  readonly path: string;
  /** The module of the Worker. */
  readonly module: URL;
  /** How long one job may take, in ms. */
  readonly deadlineMs: number;
  /** How long the Worker may take to close the file at the end, in ms. */
  readonly releaseDeadlineMs: number;
  /** By how much a job is made slower, in ms. */
  readonly delayMs: (type: Type) => number;
  /** Called for each Worker that died or hung; another takes its place. */
  readonly onLost: (error: EarshotError) => void;
  /** Called when the file was corrupt and was moved aside. */
  readonly onMovedAside: () => void;
  readonly clock: Clock;
}

/**
 * The one Worker that holds a file, as the rest of the process sees it: started by a job, ended when there has
 * been none for a while. Jobs are done in the order of their calls, also over that. Where a disk hangs, the thread of
 * each lost Worker may stay as long as the disk does: the pauses keep their number to the logarithm of that time.
 */
export class FileWorker<
  Job extends { readonly type: string },
  Reply extends { readonly movedAside: boolean },
> {
  readonly #options: FileWorkerOptions<Job["type"]>;
  readonly #pool: WorkerPool<Job & FileJob, Reply>;
  #lostInARow = 0;
  #pausedUntilMs = 0;

  /** Prepares a Worker that the first job starts. */
  constructor(options: FileWorkerOptions<Job["type"]>) {
    this.#options = options;
    const { name, module, deadlineMs, releaseDeadlineMs, clock } = options;
    this.#pool = new WorkerPool({
      name: `the ${name}`,
      size: 1,
      queueCapacity: QUEUE_CAPACITY,
      spawn: () => new Worker(module, { type: "module" }),
      jobDeadlineMs: deadlineMs,
      releaseDeadlineMs,
      maxIdleMs: MAX_IDLE_MS,
      onWorkerDeath: (error) => {
        this.#pausedUntilMs = clock.nowMs() + FIRST_PAUSE_MS * 2 ** this.#lostInARow++;
        options.onLost(error);
      },
      clock,
    });
  }

  /** How many Workers there are now: none or one. */
  get workers(): number {
    return this.#pool.stats.workers;
  }

  /** How many Workers died or hung. */
  get lost(): number {
    return this.#pool.stats.died;
  }

  /** Does one job. Rejects with `memory.*` for what the file says, with `lifecycle.*` for what became of the Worker. */
  async run(job: Job): Promise<Reply> {
    const { path, delayMs, onMovedAside, clock } = this.#options;
    if (this.#lostInARow > 0 && clock.nowMs() < this.#pausedUntilMs) {
      const state = `${this.#lostInARow} Workers in a row were lost there`;
      throw new EarshotError("memory.unresponsive", `Cannot use ${path}: ${state}`);
    }
    const reply = await this.#pool.run({ ...job, path, delayMs: delayMs(job.type) });
    this.#lostInARow = 0;
    if (reply.movedAside) onMovedAside();
    return reply;
  }

  /** Closes the file and ends the Worker; rejects with `lifecycle.deadline` when it had to be ended by force. */
  close(signal?: AbortSignal): Promise<void> {
    return this.#pool.close(signal);
  }
}
