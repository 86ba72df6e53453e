import { getLogger } from "@logtape/logtape";
import { EarshotError } from "../../../errors/mod.ts";
import type { HeldPermissions } from "../../../executable/mod.ts";
import { type Clock, raceSignal, withDeadline } from "../../../lifecycle/mod.ts";
import type { ConnectServer } from "../contract.ts";
import type { StdioCommand } from "./messages.ts";
import { RunningProcess } from "./running_process.ts";

/** How long the process may take until it says that it is ready, in ms. */
const START_MS = 15_000;
/** How long it has to end its commands and itself, in ms: each command has 1.7 s. */
const CLOSE_MS = 3_000;

const logger = getLogger(["earshot", "tools"]);

/** Options of a {@linkcode ToolProcess}. */
export interface ToolProcessOptions {
  readonly clock: Clock;
  /** Our version, which servers are told. */
  readonly version: string;
  /** What every command has in its environment: `PATH` and `HOME`. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The third process, in which the commands of MCP servers run. It starts with the first one, and again with the next try of
 * one once it has died; how often is up to who connects.
 */
export class ToolProcess {
  readonly #options: ToolProcessOptions;
  readonly #closing = new AbortController();
  #starting: Promise<RunningProcess> | undefined;
  #running: RunningProcess | undefined;
  #orphans: readonly number[] = [];
  #starts = 0;
  #closed: Promise<void> | undefined;

  /** Starts nothing yet. */
  constructor(options: ToolProcessOptions) {
    this.#options = options;
  }

  /** The id of the process that runs. */
  get pid(): number | undefined {
    return this.#running?.pid;
  }

  /** The processes of the commands that run. */
  get commandPids(): readonly number[] {
    return this.#running?.commandPids ?? [];
  }

  /** How often the process was started anew. */
  get restarts(): number {
    return Math.max(0, this.#starts - 1);
  }

  /** What the process says that it may do; `undefined` where none runs. */
  get permissions(): HeldPermissions | undefined {
    return this.#running?.permissions;
  }

  /** Starts the process if it does not run, and resolves when it is ready. */
  async start(): Promise<void> {
    await this.#start();
  }

  /** What connects to a command of the config. */
  connect(command: StdioCommand): ConnectServer {
    return async (handlers, signal) => {
      const running = await raceSignal(this.#start(), signal);
      return await running.open(command, handlers, signal);
    };
  }

  /** Ends the process and every command, by force where need be. Joins a close under way. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await this.#starting?.catch(() => {});
    await this.#running?.close(CLOSE_MS);
  }

  #start(): Promise<RunningProcess> {
    if (this.#closing.signal.aborted) {
      return Promise.reject(
        new EarshotError("canceled", "Cannot start the process of tool servers: it was closed"),
      );
    }
    if (this.#running !== undefined) return Promise.resolve(this.#running);
    return this.#starting ??= this.#spawn().finally(() => this.#starting = undefined);
  }

  async #spawn(): Promise<RunningProcess> {
    const { clock, version, env } = this.#options;
    const process = new RunningProcess({ clock });
    const onEnd = () => {
      this.#orphans = [...this.#orphans, ...process.commandPids].slice(-64);
      if (this.#running === process) this.#running = undefined;
      if (this.#closing.signal.aborted) return;
      logger.error("The process of tool servers {pid} has ended", { pid: process.pid });
    };
    void process.ended.then(onEnd);
    process.send({ type: "setup", version, env, orphans: [...this.#orphans] });
    this.#orphans = [];
    try {
      await withDeadline(process.ready, START_MS, {
        what: "the process of tool servers",
        signal: this.#closing.signal,
        clock,
      });
    } catch (thrown) {
      process.kill();
      await process.ended;
      throw EarshotError.from(thrown, "tool.unavailable");
    }
    this.#running = process;
    this.#starts++;
    return process;
  }
}
