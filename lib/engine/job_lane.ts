import { EarshotError } from "../errors/mod.ts";
import { type Clock, FairQueue, scheduleFairly, systemClock } from "../lifecycle/mod.ts";
import type { EngineJob, JobAnswer } from "./messages.ts";

/**
 * The longest segment: it reaches us once all of it was spoken, so a device that spoke so long has not used its time.
 */
const CREDIT_MS = 20_000;

/** Options of a {@linkcode JobLane}. */
export interface JobLaneOptions {
  /** How many jobs the engine is given at the same time. */
  readonly slots: number;
  /**
   * How many more may wait; of one more, whichever is due last fails with `engine.busy`, unless it releases something.
   */
  readonly queueCapacity: number;
  /** Gives each job its number. */
  readonly nextId: () => number;
  /** A job passed its deadline: the engine hangs and has to be killed. */
  readonly onOverdue: () => void;
  /** Nobody waits any more for a job that the engine has. Default: nothing is done. */
  readonly onGivenUp?: (id: number) => void;
  readonly clock?: Clock;
}

/** Options of one job. */
export interface LaneJobOptions {
  /** How long the engine may take from the moment it is given the job, in ms. */
  readonly deadlineMs: number;
  /** Cancels the job. */
  readonly signal?: AbortSignal | undefined;
  /** The flow of the job: waiting jobs are fair between flows. Default: none. */
  readonly flow?: object | undefined;
  /** How much of its flow's time it takes, in ms: how long its sound lasts. Default 0. */
  readonly costMs?: number;
  /** Refuses what would have to wait; such a refusal is no lost job and is not counted. */
  readonly ifFree?: boolean;
  /** Is taken however many wait: it frees something, and is bounded by what there is to be freed. */
  readonly release?: boolean;
}

/** What a lane holds and has done; a plain snapshot. */
export interface LaneStats {
  /** Jobs that wait for a slot. */
  readonly queued: number;
  /** Jobs that the engine has. */
  readonly running: number;
  /** Jobs that were answered with a result. */
  readonly done: number;
  /** Jobs that were answered with a failure, timed out, or were lost with the process. */
  readonly failed: number;
  /** Jobs that were turned away: the queue was full, or the engine down. */
  readonly refused: number;
  /** Jobs that waited already and had to go for one whose flow is less far ahead. */
  readonly displaced: number;
}

interface Job {
  readonly make: (id: number) => EngineJob;
  readonly deadlineMs: number;
  /** Settles the caller's promise, once; later calls do nothing. */
  readonly settle: (outcome: JobAnswer | EarshotError) => void;
}

interface RunningJob extends Job {
  readonly cancelDeadline: () => void;
}

/**
 * The way of one kind of job to the engine: at most `slots` are over there, the others wait here, where giving one
 * up is free, in a queue that is fair between flows. A job that is canceled while the engine has it keeps its slot
 * until it is answered.
 */
export class JobLane {
  readonly #options: JobLaneOptions;
  readonly #clock: Clock;
  readonly #queue: FairQueue<Job>;
  readonly #running = new Map<number, RunningJob>();
  #send: ((job: EngineJob) => void) | undefined;
  #shut: EarshotError | undefined;
  #done = 0;
  #failed = 0;
  #refused = 0;
  #displaced = 0;

  /** Makes a lane that keeps its jobs until it is opened. */
  constructor(options: JobLaneOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#queue = new FairQueue({ clock: this.#clock, capacity: options.queueCapacity, creditMs: CREDIT_MS });
  }

  /** A snapshot of its counters. */
  get stats(): LaneStats {
    return {
      queued: this.#queue.length,
      running: this.#running.size,
      done: this.#done,
      failed: this.#failed,
      refused: this.#refused,
      displaced: this.#displaced,
    };
  }

  /** Runs a job; rejects with the codes of the `Engine` contract. A failed answer is `engine.job_failed`. */
  run(
    make: (id: number) => EngineJob,
    { deadlineMs, signal, flow, costMs, ifFree = false, release = false }: LaneJobOptions,
  ): Promise<JobAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<JobAnswer>();
    if (signal?.aborted) return Promise.reject(canceled(signal));
    if (ifFree && !this.#hasFreeSlot()) {
      return Promise.reject(new EarshotError("engine.busy", "Cannot take the job: it would have to wait"));
    }
    if (this.#shut !== undefined) {
      this.#refused++;
      return Promise.reject(this.#shut);
    }
    const giveUp = () => {
      this.#queue.remove(job);
      job.settle(canceled(signal));
      const running = this.#running.entries().find(([, { settle }]) => settle === job.settle);
      if (running !== undefined) this.#options.onGivenUp?.(running[0]);
    };
    const job: Job = {
      make,
      deadlineMs,
      settle: (outcome) => {
        signal?.removeEventListener("abort", giveUp);
        if (outcome instanceof EarshotError) reject(outcome);
        else resolve(outcome);
      },
    };
    signal?.addEventListener("abort", giveUp, { once: true });
    this.#queue.push(job, { flow, costMs, kept: release });
    this.#dispatch();
    this.#makeRoom(job);
    return promise;
  }

  /** The engine is up: hands over what waits. */
  open(send: (job: EngineJob) => void): void {
    this.#shut = undefined;
    this.#send = send;
    this.#dispatch();
  }

  /** The engine is down: what it had fails with `lost`, what waits and what comes is kept for the next one. */
  pause(lost: EarshotError): void {
    this.#send = undefined;
    for (const id of [...this.#running.keys()]) this.#finish(id, lost);
  }

  /** The engine will not be up soon: what waits and what comes fails with `reason` until the lane is opened. */
  shut(reason: EarshotError): void {
    this.#shut = reason;
    this.#refused += this.#queue.length;
    for (const job of this.#queue.clear()) job.settle(reason);
  }

  /** Takes an answer; `false` when it is to no job of this lane. */
  answer(answer: JobAnswer): boolean {
    const failure = answer.type === "failed"
      ? new EarshotError("engine.job_failed", answer.message)
      : undefined;
    if (!this.#finish(answer.id, failure ?? answer)) return false;
    this.#dispatch();
    return true;
  }

  /** When one too many waits, the flow that is furthest ahead loses its newest job. */
  #makeRoom(newest: Job): void {
    const job = this.#queue.displace();
    if (job === undefined) return;
    if (job === newest) this.#refused++;
    else this.#displaced++;
    job.settle(
      new EarshotError(
        "engine.busy",
        `Cannot take the job: ${this.#queue.length} are waiting, and due before it`,
      ),
    );
  }

  #hasFreeSlot(): boolean {
    return this.#send !== undefined && this.#running.size < this.#options.slots;
  }

  #dispatch(): void {
    while (this.#hasFreeSlot()) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      this.#start(job);
    }
  }

  #start(job: Job): void {
    const id = this.#options.nextId();
    const cancelDeadline = scheduleFairly(this.#clock, job.deadlineMs, () => this.#overdue(id));
    this.#running.set(id, { ...job, cancelDeadline });
    try {
      this.#send?.(job.make(id));
    } catch (cause) {
      this.#finish(
        id,
        new EarshotError("engine.job_failed", "Cannot send the job: it has no frame", { cause }),
      );
    }
  }

  #overdue(id: number): void {
    const deadlineMs = this.#running.get(id)?.deadlineMs;
    this.#finish(id, new EarshotError("engine.timeout", `Cannot wait longer: ${deadlineMs} ms are over`));
    this.#options.onOverdue();
  }

  #finish(id: number, outcome: JobAnswer | EarshotError): boolean {
    const job = this.#running.get(id);
    if (job === undefined) return false;
    this.#running.delete(id);
    job.cancelDeadline();
    if (outcome instanceof EarshotError) this.#failed++;
    else this.#done++;
    job.settle(outcome);
    return true;
  }
}

function canceled(signal: AbortSignal | undefined): EarshotError {
  return new EarshotError("canceled", "Cannot finish the job: it was given up", { cause: signal?.reason });
}
