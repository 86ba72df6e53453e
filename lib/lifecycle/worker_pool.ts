import { CATALOG, EarshotError, type ErrorCode } from "../errors/mod.ts";
import { type Clock, systemClock } from "./clock.ts";
import { withDeadline } from "./deadline.ts";
import type { PoolMessage, WorkerReply } from "./worker_messages.ts";

/** Options of a {@linkcode WorkerPool}. */
export interface WorkerPoolOptions {
  /** What the pool is called in messages. */
  readonly name: string;
  /** How many Workers there may be; each is started when a job first needs it. */
  readonly size: number;
  /** How many jobs may wait for a Worker. */
  readonly queueCapacity: number;
  /** Starts a Worker, whose module calls `serveWorker`. */
  readonly spawn: () => Worker;
  /** How long a job may wait, and then again how long it may run, in ms. */
  readonly jobDeadlineMs: number;
  /** How long the Workers may take to free what they hold when the pool closes, in ms. Default 1500. */
  readonly releaseDeadlineMs?: number;
  /**
   * How long a Worker may be idle before it is asked to free what it holds, within `jobDeadlineMs`, and is ended, in
   * ms; jobs that come meanwhile wait for the next. Default: it stays.
   */
  readonly maxIdleMs?: number;
  /** Called for each Worker that died or hung and was ended; another takes its place. Must not throw. */
  readonly onWorkerDeath?: (error: EarshotError) => void;
  readonly clock?: Clock;
}

/** Options of {@linkcode WorkerPool.run}. */
export interface WorkerJobOptions {
  /** Buffers of the request that are handed over rather than copied; they are empty from then on. Default: none. */
  readonly transfer?: readonly ArrayBuffer[];
}

/** A snapshot of a pool. */
export interface WorkerPoolStats {
  /** Workers that live. */
  readonly workers: number;
  /** Workers that died or were ended because they hung. */
  readonly died: number;
}

interface Job<Request, Response> {
  readonly request: Request;
  readonly transfer: readonly ArrayBuffer[];
  resolve(response: Response): void;
  reject(error: EarshotError): void;
}

interface Member<Request, Response> {
  readonly worker: Worker;
  readonly released: PromiseWithResolvers<void>;
  job: Job<Request, Response> | undefined;
  /** Of the job's deadline, of the idle time, or of the release. */
  cancelTimer: () => void;
  /** Was asked to free what it holds; it gets no more jobs. */
  releasing: boolean;
}

/**
 * Runs jobs in Workers, one at a time in each. A Worker that dies, or does not answer by the deadline, is
 * ended; its job fails with a retryable error and the next job gets a new Worker. A native crash ends the
 * process instead, and a Worker that closes itself does so silently: only the deadline finds that out.
 */
export class WorkerPool<Request, Response> {
  readonly #options: WorkerPoolOptions;
  readonly #clock: Clock;
  readonly #members = new Set<Member<Request, Response>>();
  /** Jobs that wait, each with what cancels its deadline. */
  readonly #waiting = new Map<Job<Request, Response>, () => void>();
  #died = 0;
  #closing: Promise<void> | undefined;

  /** Creates a pool without a Worker. */
  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** What the pool does now. */
  get stats(): WorkerPoolStats {
    return { workers: this.#members.size, died: this.#died };
  }

  /**
   * Runs one job. Rejects with the error of the Worker's handler by its code, or with `lifecycle.overflow`
   * (the queue is full), `lifecycle.deadline` (it waited or ran too long), `lifecycle.worker_died`, or
   * `lifecycle.scope_closed` (the pool closes).
   */
  run(request: Request, { transfer = [] }: WorkerJobOptions = {}): Promise<Response> {
    if (this.#closing !== undefined) return Promise.reject(this.#closedError());
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const job = { request, transfer, resolve, reject };
    if (!this.#start(job)) this.#enqueue(job);
    return promise;
  }

  /**
   * Tells every Worker that lives something that it does not answer, behind the job that it runs; what its handler throws
   * then ends it. None is started for it.
   */
  notify(notice: Request): void {
    for (const { worker } of this.#members) worker.postMessage({ notice } satisfies PoolMessage<Request>);
  }

  /**
   * Fails every job with `lifecycle.scope_closed`, asks each Worker to free what it holds, and ends them all.
   * Rejects with `lifecycle.deadline` when a Worker had to be ended before it answered. Joins.
   */
  close(signal?: AbortSignal): Promise<void> {
    this.#closing ??= this.#close(signal);
    return this.#closing;
  }

  async #close(signal: AbortSignal | undefined): Promise<void> {
    for (const [job, cancelWait] of this.#waiting) {
      cancelWait();
      job.reject(this.#closedError());
    }
    this.#waiting.clear();
    const members = [...this.#members];
    for (const member of members) {
      member.job?.reject(this.#closedError());
      this.#requestRelease(member);
    }
    try {
      await withDeadline(
        Promise.all(members.map((member) => member.released.promise)),
        this.#options.releaseDeadlineMs ?? 1_500,
        { what: `the Workers of ${this.#options.name}`, clock: this.#clock, ...(signal && { signal }) },
      );
    } finally {
      for (const member of members) this.#end(member);
    }
  }

  /** Gives the job to a Worker, if one is idle or may be started. */
  #start(job: Job<Request, Response>): boolean {
    const idle = this.#members.values().find((member) => member.job === undefined && !member.releasing);
    if (idle === undefined && this.#members.size >= this.#options.size) return false;
    try {
      this.#dispatch(idle ?? this.#spawn(), job);
    } catch (error) {
      job.reject(EarshotError.from(error));
    }
    return true;
  }

  #enqueue(job: Job<Request, Response>): void {
    const { name, queueCapacity, jobDeadlineMs } = this.#options;
    if (this.#waiting.size >= queueCapacity) {
      const state = `${queueCapacity} wait already`;
      return job.reject(new EarshotError("lifecycle.overflow", `Cannot queue a job of ${name}: ${state}`));
    }
    const cancelWait = this.#clock.schedule(jobDeadlineMs, () => {
      this.#waiting.delete(job);
      job.reject(this.#deadlineError("waited"));
    });
    this.#waiting.set(job, cancelWait);
  }

  #startNext(): void {
    for (const [job, cancelWait] of this.#waiting) {
      if (!this.#start(job)) return;
      cancelWait();
      this.#waiting.delete(job);
    }
  }

  #dispatch(member: Member<Request, Response>, job: Job<Request, Response>): void {
    member.worker.postMessage({ request: job.request } satisfies PoolMessage<Request>, [...job.transfer]);
    member.job = job;
    member.cancelTimer();
    member.cancelTimer = this.#clock.schedule(this.#options.jobDeadlineMs, () => {
      this.#endFailed(member, this.#deadlineError("ran"));
    });
  }

  #spawn(): Member<Request, Response> {
    const worker = this.#options.spawn();
    const member: Member<Request, Response> = {
      worker,
      released: Promise.withResolvers<void>(),
      job: undefined,
      cancelTimer: () => {},
      releasing: false,
    };
    worker.onmessage = (event: MessageEvent<WorkerReply<Response>>) => this.#answered(member, event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#endFailed(member, this.#deathError(event.message));
    };
    worker.onmessageerror = () => this.#endFailed(member, this.#deathError("an answer could not be read"));
    this.#members.add(member);
    return member;
  }

  #answered(member: Member<Request, Response>, reply: WorkerReply<Response>): void {
    const { job } = member;
    if (!this.#members.has(member)) return;
    if ("released" in reply) {
      this.#end(member);
    } else if (job !== undefined) {
      member.cancelTimer();
      member.job = undefined;
      this.#limitIdle(member);
      if (reply.ok) job.resolve(reply.response);
      else job.reject(new EarshotError(knownCode(reply.error.code), reply.error.message));
    }
    this.#startNext();
  }

  #limitIdle(member: Member<Request, Response>): void {
    const { maxIdleMs, jobDeadlineMs, name } = this.#options;
    if (maxIdleMs === undefined) return;
    member.cancelTimer = this.#clock.schedule(maxIdleMs, () => {
      this.#requestRelease(member);
      member.cancelTimer = this.#clock.schedule(jobDeadlineMs, () => {
        const state = `it has not freed what it holds within ${jobDeadlineMs} ms`;
        this.#endFailed(
          member,
          new EarshotError("lifecycle.deadline", `Cannot end an idle Worker of ${name}: ${state}`),
        );
      });
    });
  }

  #requestRelease(member: Member<Request, Response>): void {
    if (member.releasing) return;
    member.releasing = true;
    member.worker.postMessage({ release: true } satisfies PoolMessage<Request>);
  }

  /** Ends a Worker that failed. */
  #endFailed(member: Member<Request, Response>, error: EarshotError): void {
    if (!this.#members.has(member)) return;
    this.#died++;
    this.#end(member);
    member.job?.reject(error);
    this.#options.onWorkerDeath?.(error);
    this.#startNext();
  }

  #end(member: Member<Request, Response>): void {
    if (!this.#members.delete(member)) return;
    member.cancelTimer();
    member.released.resolve();
    member.worker.terminate();
  }

  #deadlineError(did: "waited" | "ran"): EarshotError {
    const { name, jobDeadlineMs } = this.#options;
    const state = `it ${did} ${jobDeadlineMs} ms`;
    return new EarshotError("lifecycle.deadline", `Cannot finish a job of ${name}: ${state}`);
  }

  #deathError(cause: string): EarshotError {
    const { name } = this.#options;
    return new EarshotError("lifecycle.worker_died", `Cannot finish a job of ${name}: ${cause}`);
  }

  #closedError(): EarshotError {
    return new EarshotError("lifecycle.scope_closed", `Cannot run a job of ${this.#options.name}: it closes`);
  }
}

function knownCode(code: string): ErrorCode {
  return Object.hasOwn(CATALOG, code) ? code as ErrorCode : "internal";
}
