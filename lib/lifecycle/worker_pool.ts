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
   * How long a Worker may have nothing to do before it is asked to free what it holds, within `jobDeadlineMs`, and
   * is ended, in ms; jobs that come meanwhile wait for the next. Default: it stays.
   */
  readonly restMs?: number;
  /** Told of each Worker that died or hung and was ended; another takes its place. Must not throw. */
  readonly onWorkerDeath?: (error: EarshotError) => void;
  /** The time source. */
  readonly clock?: Clock;
}

/** Options of {@linkcode WorkerPool.run}. */
export interface PoolRunOptions {
  /** Gives the job up; one that runs already keeps its Worker busy until it ends. */
  readonly signal?: AbortSignal;
  /** Overrides `jobDeadlineMs`. */
  readonly deadlineMs?: number;
  /** What is moved to the Worker rather than copied. */
  readonly transfer?: Transferable[];
}

/** A snapshot of a pool. */
export interface WorkerPoolStats {
  /** Workers that live. */
  readonly workers: number;
  /** Workers with a job. */
  readonly busy: number;
  /** Jobs that wait. */
  readonly queued: number;
  /** Jobs that were refused because the queue was full. */
  readonly refused: number;
  /** Workers that died or were ended because they hung. */
  readonly died: number;
}

interface Job<Request, Response> {
  readonly request: Request;
  readonly transfer: Transferable[];
  readonly deadlineMs: number;
  resolve(response: Response): void;
  reject(error: EarshotError): void;
}

interface Member<Request, Response> {
  readonly worker: Worker;
  readonly released: PromiseWithResolvers<void>;
  jobId: number;
  job: Job<Request, Response> | undefined;
  /** Of the job's deadline, of the rest, or of the leave. */
  cancelTimer: () => void;
  /** Asked to free what it holds; it gets no more jobs. */
  leaving: boolean;
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
  readonly #waiting = new Set<Job<Request, Response>>();
  #lastJobId = 0;
  #refused = 0;
  #died = 0;
  #closing: Promise<void> | undefined;

  /** Creates a pool without a Worker. */
  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** What the pool does now. */
  get stats(): WorkerPoolStats {
    return {
      workers: this.#members.size,
      busy: [...this.#members].filter((member) => member.job !== undefined).length,
      queued: this.#waiting.size,
      refused: this.#refused,
      died: this.#died,
    };
  }

  /**
   * Runs one job. Rejects with the error of the Worker's handler by its code, or with `lifecycle.overflow`
   * (the queue is full), `lifecycle.deadline` (it waited or ran too long), `lifecycle.worker_died`,
   * `lifecycle.scope_closed` (the pool closes), or the reason of its signal.
   */
  run(request: Request, options: PoolRunOptions = {}): Promise<Response> {
    const { signal, deadlineMs = this.#options.jobDeadlineMs, transfer = [] } = options;
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    if (this.#closing !== undefined) return Promise.reject(this.#closedError());
    if (signal?.aborted) return Promise.reject(EarshotError.from(signal.reason, "canceled"));
    const job = { request, transfer, deadlineMs, resolve, reject };
    if (!this.#start(job) && !this.#enqueue(job)) return promise;
    const drop = (error: EarshotError) => {
      this.#waiting.delete(job);
      reject(error);
    };
    const onAbort = () => drop(EarshotError.from(signal?.reason, "canceled"));
    signal?.addEventListener("abort", onAbort);
    const cancelWait = this.#waiting.has(job)
      ? this.#clock.schedule(deadlineMs, () => {
        if (this.#waiting.has(job)) drop(this.#deadlineError("waited", deadlineMs));
      })
      : undefined;
    return promise.finally(() => {
      signal?.removeEventListener("abort", onAbort);
      cancelWait?.();
    });
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
    for (const job of this.#waiting) job.reject(this.#closedError());
    this.#waiting.clear();
    const members = [...this.#members];
    for (const member of members) {
      member.job?.reject(this.#closedError());
      this.#askToLeave(member);
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
    let member: Member<Request, Response> | undefined;
    for (const candidate of this.#members) {
      if (candidate.job === undefined && !candidate.leaving) member = candidate;
    }
    if (member === undefined && this.#members.size >= this.#options.size) return false;
    try {
      this.#dispatch(member ?? this.#spawn(), job);
    } catch (error) {
      job.reject(EarshotError.from(error));
    }
    return true;
  }

  #enqueue(job: Job<Request, Response>): boolean {
    const { name, queueCapacity } = this.#options;
    if (this.#waiting.size < queueCapacity) {
      this.#waiting.add(job);
      return true;
    }
    this.#refused++;
    job.reject(
      new EarshotError("lifecycle.overflow", `Cannot queue a job of ${name}: ${queueCapacity} wait already`),
    );
    return false;
  }

  #dispatch(member: Member<Request, Response>, job: Job<Request, Response>): void {
    const id = ++this.#lastJobId;
    member.worker.postMessage({ id, request: job.request } satisfies PoolMessage<Request>, job.transfer);
    member.jobId = id;
    member.job = job;
    member.cancelTimer();
    member.cancelTimer = this.#clock.schedule(job.deadlineMs, () => {
      this.#bury(member, this.#deadlineError("ran", job.deadlineMs));
    });
  }

  #spawn(): Member<Request, Response> {
    const worker = this.#options.spawn();
    const member: Member<Request, Response> = {
      worker,
      released: Promise.withResolvers<void>(),
      jobId: 0,
      job: undefined,
      cancelTimer: () => {},
      leaving: false,
    };
    worker.onmessage = (event: MessageEvent<WorkerReply<Response>>) => this.#answered(member, event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#bury(member, this.#deathError(event.message));
    };
    worker.onmessageerror = () => this.#bury(member, this.#deathError("an answer could not be read"));
    this.#members.add(member);
    return member;
  }

  #answered(member: Member<Request, Response>, reply: WorkerReply<Response>): void {
    if ("released" in reply) return this.#left(member);
    const { job } = member;
    if (job === undefined || reply.id !== member.jobId) return;
    member.cancelTimer();
    member.job = undefined;
    this.#letRest(member);
    if (reply.ok) job.resolve(reply.response);
    else job.reject(new EarshotError(knownCode(reply.error.code), reply.error.message));
    this.#startNext();
  }

  #letRest(member: Member<Request, Response>): void {
    const { restMs, jobDeadlineMs, name } = this.#options;
    if (restMs === undefined) return;
    member.cancelTimer = this.#clock.schedule(restMs, () => {
      this.#askToLeave(member);
      member.cancelTimer = this.#clock.schedule(jobDeadlineMs, () => {
        const state = `it has not freed what it holds within ${jobDeadlineMs} ms`;
        this.#bury(
          member,
          new EarshotError("lifecycle.deadline", `Cannot end an idle Worker of ${name}: ${state}`),
        );
      });
    });
  }

  #askToLeave(member: Member<Request, Response>): void {
    if (member.leaving) return;
    member.leaving = true;
    member.worker.postMessage({ release: true } satisfies PoolMessage<Request>);
  }

  #left(member: Member<Request, Response>): void {
    this.#end(member);
    this.#startNext();
  }

  /** Ends a Worker that failed. */
  #bury(member: Member<Request, Response>, error: EarshotError): void {
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

  #startNext(): void {
    for (const job of this.#waiting) {
      if (!this.#start(job)) return;
      this.#waiting.delete(job);
    }
  }

  #deadlineError(did: "waited" | "ran", deadlineMs: number): EarshotError {
    const { name } = this.#options;
    return new EarshotError(
      "lifecycle.deadline",
      `Cannot finish a job of ${name}: it ${did} ${deadlineMs} ms`,
    );
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
