import { getLogger } from "@logtape/logtape";
import { EarshotError } from "../errors/mod.ts";
import type { HeldPermissions } from "../executable/mod.ts";
import { type Clock, raceSignal, systemClock, withDeadline } from "../lifecycle/mod.ts";
import type { EngineRuntime } from "./contract.ts";
import { engineArgs, needsOf, prepareRuntime } from "./engine_launch.ts";
import { type EngineEnd, EngineProcess } from "./engine_process.ts";
import type { EngineRequest, EngineSetup, JobAnswer } from "./messages.ts";
import { reportsLoss, withoutWords } from "./sherpa/complaints.ts";
import { RestartBackoff } from "./restart_backoff.ts";

/** How long a new process may take until it says that it is ready, in ms. */
const START_DEADLINE_MS = 30_000;
/** How long the process has to end by itself once its stdin is closed, in ms. */
const CLOSE_DEADLINE_MS = 2_000;

const logger = getLogger(["earshot", "engine"]);

/** Where the engine is: never started, starting, ready, waiting before the next start, or closed for good. */
export type EngineState = "idle" | "starting" | "ready" | "waiting" | "closed";

/** Options of an {@linkcode EngineSupervisor}. */
export interface SupervisorOptions {
  /** The runtimes to try, the preferred one first; the first that gets ready is kept. */
  readonly runtimes: readonly EngineRuntime[];
  /** The set-up of each process, besides its runtime. */
  readonly setup: Omit<EngineSetup, "runtime">;
  /** The module to run instead of the engine itself; see {@linkcode engineArgs}. */
  readonly entry?: URL;
  /** A process is ready for jobs. */
  readonly onUp: (process: EngineProcess) => void;
  /** The process is gone, or could not be started; the next start comes after `waitMs`. */
  readonly onDown: (waitMs: number) => void;
  /** A job was answered. */
  readonly onAnswer: (answer: JobAnswer) => void;
  readonly clock?: Clock;
}

/** Keeps one engine process running: starts it, watches it, and starts it anew, ever more slowly while it fails. */
export class EngineSupervisor {
  readonly #options: SupervisorOptions;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #backoff = new RestartBackoff();
  readonly #prepared = new Set<EngineRuntime>();
  #runtimes: readonly EngineRuntime[];
  #runtime: EngineRuntime | undefined;
  #permissions: HeldPermissions | undefined;
  #process: EngineProcess | undefined;
  #attempt = newAttempt();
  #loop: Promise<void> | undefined;
  #state: EngineState = "idle";
  #starts = 0;

  /** Makes a supervisor that starts nothing until {@linkcode start}. */
  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#runtimes = options.runtimes;
    this.#clock = options.clock ?? systemClock;
  }

  /** Where it is. */
  get state(): EngineState {
    return this.#state;
  }

  /** The id of the process that is ready. */
  get pid(): number | undefined {
    return this.#state === "ready" ? this.#process?.pid : undefined;
  }

  /** The runtime of the process that is, or was last, ready. */
  get runtime(): EngineRuntime | undefined {
    return this.#runtime;
  }

  /** What the process that is, or was last, ready says that it may do. */
  get permissions(): HeldPermissions | undefined {
    return this.#permissions;
  }

  /** How many processes were ready after the first one. */
  get restarts(): number {
    return Math.max(0, this.#starts - 1);
  }

  /**
   * Starts the engine if it was not, and resolves when it is ready. Rejects when the attempt under way, or the next
   * one, fails (`engine.runtime`, `engine.unavailable`, `engine.crashed`, `lifecycle.deadline`); further attempts
   * go on in the background.
   */
  start(): Promise<void> {
    if (this.#state === "idle") this.#loop = this.#supervise();
    return this.#attempt.promise;
  }

  /** Sends to the process that is ready; where there is none, nobody needs it. */
  send(request: EngineRequest): void {
    if (this.#state === "ready") this.#process?.send(request);
  }

  /** Ends a process that hangs; it is started anew. */
  kill(): void {
    logger.warn("Engine process {pid} passed the deadline of a job and is killed", {
      pid: this.#process?.pid,
    });
    this.#process?.kill();
  }

  /** Ends the process, by force after 2 s, and starts no other. */
  async close(): Promise<void> {
    this.#state = "closed";
    const reason = new EarshotError("canceled", "Cannot start the engine: it was closed");
    this.#closing.abort(reason);
    await this.#loop;
    this.#attempt.reject(reason);
  }

  async #supervise(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      this.#state = "starting";
      const healthyMs = await this.#serveOnce();
      if (signal.aborted) return;
      const waitMs = this.#backoff.next(healthyMs);
      this.#state = "waiting";
      this.#options.onDown(waitMs);
      await this.#pause(waitMs);
    }
  }

  /** Starts a process and stays until it ends; gives how long it was ready, in ms. */
  async #serveOnce(): Promise<number> {
    const process = await this.#startAny();
    if (process === undefined) return 0;
    if (this.#closing.signal.aborted) {
      await process.close(CLOSE_DEADLINE_MS, this.#clock);
      return 0;
    }
    const readyAtMs = this.#clock.nowMs();
    this.#process = process;
    this.#state = "ready";
    this.#starts++;
    logger.info("Engine process {pid} is ready with the {runtime} runtime", {
      pid: process.pid,
      runtime: this.#runtime,
    });
    this.#options.onUp(process);
    this.#attempt.resolve();
    const end = await this.#untilEnd(process);
    this.#process = undefined;
    this.#attempt = newAttempt();
    if (!this.#closing.signal.aborted) logEnd(process.pid, end);
    return this.#clock.nowMs() - readyAtMs;
  }

  /** Tries the runtimes in their order, and keeps to the first that gets ready. */
  async #startAny(): Promise<EngineProcess | undefined> {
    const faults: EarshotError[] = [];
    for (const runtime of this.#runtimes) {
      try {
        const process = await this.#startTwice(runtime);
        this.#runtime = runtime;
        this.#runtimes = [runtime];
        return process;
      } catch (error) {
        if (this.#closing.signal.aborted) return undefined;
        const fault = EarshotError.from(error, "engine.unavailable");
        logger.warn("Engine could not be started with the {runtime} runtime: {message}", {
          runtime,
          message: fault.message,
          code: fault.code,
        });
        faults.push(fault);
      }
    }
    this.#attempt.reject(allFailed(faults));
    this.#attempt = newAttempt();
    return undefined;
  }

  /** Only a process that died twice before it was ready rules its runtime out. */
  async #startTwice(runtime: EngineRuntime): Promise<EngineProcess> {
    try {
      return await this.#startWith(runtime);
    } catch (error) {
      const { code } = EarshotError.from(error);
      if (this.#closing.signal.aborted || code !== "engine.crashed") throw error;
      logger.warn("Engine ended before it was ready with the {runtime} runtime", { runtime, code });
      return await this.#startWith(runtime);
    }
  }

  async #startWith(runtime: EngineRuntime): Promise<EngineProcess> {
    const { signal } = this.#closing;
    const { entry, setup, onAnswer } = this.#options;
    const needs = needsOf({ runtime, ...setup });
    if (!this.#prepared.has(runtime)) {
      await prepareRuntime(needs, { ...(entry && { entry }), signal });
      this.#prepared.add(runtime);
    }
    const ready = Promise.withResolvers<void>();
    const process = new EngineProcess(engineArgs(needs, entry), {
      onLine: (written) => {
        const line = setup.models.voice === undefined ? written : withoutWords(written);
        if (reportsLoss(written)) logger.warn("{line}", { line });
        else logger.info("{line}", { line });
      },
      onReply: (reply) => {
        if (reply.type === "ready") {
          this.#permissions = reply.permissions;
          ready.resolve();
        } else if (reply.type === "runtime_failed") {
          ready.reject(new EarshotError("engine.runtime", reply.message));
        } else onAnswer(reply);
      },
    });
    process.ended.then((end) =>
      ready.reject(new EarshotError("engine.crashed", describeEnd(end), { cause: end.fault }))
    );
    process.send({ type: "setup", runtime, ...setup });
    try {
      await withDeadline(ready.promise, START_DEADLINE_MS, {
        what: "the engine",
        signal,
        clock: this.#clock,
      });
      return process;
    } catch (error) {
      process.kill();
      await process.ended;
      throw error;
    }
  }

  /** Waits until the process has ended, by itself or because the supervisor is closed. */
  async #untilEnd(process: EngineProcess): Promise<EngineEnd> {
    const { signal } = this.#closing;
    const close = () => process.close(CLOSE_DEADLINE_MS, this.#clock);
    signal.addEventListener("abort", close, { once: true });
    const end = await process.ended;
    signal.removeEventListener("abort", close);
    return end;
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.schedule(ms, resolve);
    await raceSignal(promise, this.#closing.signal).catch(() => {});
    cancel();
  }
}

/** An attempt to start, whose rejection is handled even without a waiter. */
function newAttempt(): PromiseWithResolvers<void> {
  const attempt = Promise.withResolvers<void>();
  attempt.promise.catch(() => {});
  return attempt;
}

function logEnd(pid: number, end: EngineEnd): void {
  logger.error("Engine process {pid} ended: {message}", {
    pid,
    message: describeEnd(end),
    exitCode: end.code,
    signal: end.signal,
  });
}

function describeEnd({ code, signal, fault }: EngineEnd): string {
  if (fault !== undefined) return `Cannot go on with the engine: ${fault.message}`;
  return `Cannot go on with the engine: it ended with code ${code}${signal === null ? "" : ` (${signal})`}`;
}

function allFailed(faults: readonly EarshotError[]): EarshotError {
  const [only, ...others] = faults;
  if (only !== undefined && others.length === 0) return only;
  const states = faults.map((fault) => fault.message).join("; ");
  return new EarshotError("engine.runtime", `Cannot start the engine: ${states}`, { cause: faults });
}
