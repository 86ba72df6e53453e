import { getLogger } from "@logtape/logtape";
import { EarshotError } from "../../errors/mod.ts";
import { type Clock, pause, raceSignal, withDeadline, within } from "../../lifecycle/mod.ts";
import type { JsonObject, Tool, ToolResult, ToolSource } from "../contract.ts";
import type { ConnectServer, ListedTool, ServerLink } from "./contract.ts";
import { MAX_CALL_MS, MAX_CALLS } from "./limits.ts";
import { RestartBackoff } from "./restart_backoff.ts";
import { SessionGone } from "./session_gone.ts";
import { toTool } from "./tool_list.ts";

/** How often a server is asked for its list, in ms: that shows whether it answers, also where nobody calls it. */
const LOOK_EVERY_MS = 60_000;
/** How long it may take to answer then, in ms. */
const LOOK_MS = 10_000;
/** How long a call waits for a new session where the server has dropped ours, in ms. */
const AGAIN_MS = 5_000;
/** How long a link may take to close, in ms. */
const CLOSE_MS = 3_500;

const NONE: readonly Tool[] = [];

const logger = getLogger(["earshot", "tools"]);

/** What became of calls. */
export const CALL_OUTCOMES = ["done", "failed", "timeout", "unavailable", "canceled"] as const;

/** One of {@linkcode CALL_OUTCOMES}. */
export type CallOutcome = typeof CALL_OUTCOMES[number];

/** Options of a {@linkcode ToolServer}. */
export interface ToolServerOptions {
  /** Its name in the config. */
  readonly name: string;
  readonly connect: ConnectServer;
  readonly clock: Clock;
  /** How long connecting may take, its list included, in ms. */
  readonly startTimeoutMs: number;
  /** Those of `tools.destructive`. */
  readonly destructive?: readonly string[];
  /** Numbers from 0 to below 1. Default: `Math.random`. */
  readonly random?: () => number;
}

/** How a server is; a plain snapshot. */
export interface ToolServerStats {
  /** Its name in the config. */
  readonly name: string;
  /** Whether its tools can be called. */
  readonly up: boolean;
  /** How many tools it has. */
  readonly tools: number;
  /** How often it was connected anew after the first time. */
  readonly restarts: number;
  /** How often connecting has failed. */
  readonly failedStarts: number;
  /** Calls under way. */
  readonly active: number;
  /** Calls that have ended, by what became of them. */
  readonly calls: Readonly<Record<CallOutcome, number>>;
  /** Why it is not up. */
  readonly fault: EarshotError | undefined;
}

/**
 * An MCP server as a source of tools: connected in the background, again and ever more slowly while that fails. While it is
 * down it has no tools, and a call ends at once.
 */
export class ToolServer implements ToolSource {
  readonly name: string;
  readonly #options: ToolServerOptions;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #backoff: RestartBackoff;
  readonly #calls: Record<CallOutcome, number> = {
    done: 0,
    failed: 0,
    timeout: 0,
    unavailable: 0,
    canceled: 0,
  };
  #tools = NONE;
  #link: ServerLink | undefined;
  #attempt = newAttempt();
  #ended = newEnd();
  #loop: Promise<void> | undefined;
  #active = 0;
  #starts = 0;
  #failedStarts = 0;
  #fault: EarshotError | undefined;

  /** Connects to nothing yet. */
  constructor(options: ToolServerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#clock = options.clock;
    this.#backoff = new RestartBackoff(options.random ?? Math.random);
  }

  /** Begins to connect, in the background; a second call does nothing. */
  start(): void {
    this.#loop ??= this.#supervise();
  }

  /** Resolves when it is up; rejects when the try under way, or the next one, fails. Tries go on all the same. */
  ready(signal: AbortSignal): Promise<void> {
    return this.#link === undefined ? raceSignal(this.#attempt.promise, signal) : Promise.resolve();
  }

  /** See {@linkcode ToolSource.list}. */
  list(): readonly Tool[] {
    return this.#tools;
  }

  /** How it is. */
  get stats(): ToolServerStats {
    const { name } = this;
    return {
      name,
      up: this.#link !== undefined,
      tools: this.#tools.length,
      restarts: Math.max(0, this.#starts - 1),
      failedStarts: this.#failedStarts,
      active: this.#active,
      calls: { ...this.#calls },
      fault: this.#link === undefined ? this.#fault : undefined,
    };
  }

  /** See {@linkcode ToolSource.call}. */
  async call(name: string, args: JsonObject, signal: AbortSignal): Promise<ToolResult> {
    if (this.#active >= MAX_CALLS) {
      this.#calls.unavailable++;
      throw this.#unavailable(`${MAX_CALLS} calls are under way`);
    }
    this.#active++;
    try {
      const result = await this.#callTwice(name, args, signal);
      this.#calls[result.failed === true ? "failed" : "done"]++;
      return result;
    } catch (thrown) {
      const error = EarshotError.from(thrown, "tool.failed");
      this.#calls[outcomeOf(error)]++;
      throw error;
    } finally {
      this.#active--;
    }
  }

  /** Ends the link, the try under way and every call. Joins a close under way. */
  async close(): Promise<void> {
    this.#closing.abort(new EarshotError("canceled", `Cannot use ${this.name}: it was closed`));
    await this.#loop;
    this.#attempt.reject(this.#unavailable("it was closed"));
  }

  /** A server that has dropped our session has done nothing: it is asked again in the next one. */
  async #callTwice(name: string, args: JsonObject, signal: AbortSignal): Promise<ToolResult> {
    try {
      return await this.#callOnce(name, args, signal);
    } catch (thrown) {
      if (!(thrown instanceof SessionGone)) throw thrown;
      const attempt = raceSignal(this.#attempt.promise, signal);
      attempt.catch(() => {});
      await within(attempt, AGAIN_MS, this.#clock);
      return await this.#callOnce(name, args, signal);
    }
  }

  async #callOnce(name: string, args: JsonObject, signal: AbortSignal): Promise<ToolResult> {
    const link = this.#link;
    if (signal.aborted) throw EarshotError.from(signal.reason, "canceled");
    if (link === undefined) throw this.#unavailable(this.#fault === undefined ? "it is being started" : "");
    if (!this.#tools.some((tool) => tool.name === name)) {
      throw new EarshotError("tool.unknown", `Cannot call a tool of ${this.name}: it has none of this name`);
    }
    const life = new AbortController();
    const called = link.call(name, args, life.signal);
    called.catch(() => {});
    const ended = this.#ended.promise.catch((fault: unknown) => {
      // It says of another call that it was not made. This one may have been: what its own request says counts.
      if (fault instanceof SessionGone) return called;
      throw fault;
    });
    try {
      return await withDeadline(Promise.race([called, ended]), MAX_CALL_MS, {
        signal,
        clock: this.#clock,
        errorAtDeadline: () =>
          new EarshotError("tool.timeout", `Cannot wait for ${this.name}: ${MAX_CALL_MS} ms have passed`),
      });
    } finally {
      life.abort(new EarshotError("canceled", `Cannot go on with a call of ${this.name}: it was given up`));
    }
  }

  async #supervise(): Promise<void> {
    const { signal } = this.#closing;
    let hasty = false;
    /** Why it was not there the last time: what goes on is said once. */
    let told = "";
    while (!signal.aborted) {
      const { upMs, fault } = await this.#serveOnce();
      if (signal.aborted) return;
      // A session that is gone is replaced at once, but not one after the other.
      const atOnce: boolean = fault instanceof SessionGone && !hasty;
      hasty = atOnce;
      const waitMs = atOnce ? 0 : this.#backoff.next(upMs);
      const { message } = fault;
      const isNew = upMs > 0 || message !== told;
      told = message;
      logger[isNew ? "warn" : "debug"]("Tool server {server} is not there: {message}", {
        server: this.name,
        code: fault.code,
        message,
        waitMs: Math.round(waitMs),
      });
      if (!atOnce) await pause(waitMs, { clock: this.#clock, signal }).catch(() => {});
    }
  }

  /** Connects and stays until the link ends; says for how long it was up, in ms, and why it is no more. */
  async #serveOnce(): Promise<{ readonly upMs: number; readonly fault: EarshotError }> {
    const end = newEnd();
    const onTools = (tools: readonly ListedTool[]) => {
      if (this.#ended === end) this.#setTools(tools);
    };
    let link: ServerLink;
    try {
      link = await this.#connect({
        onTools,
        onEnd: (fault) => {
          this.#takeDown(end, fault);
          end.reject(fault);
        },
      });
    } catch (thrown) {
      const fault = EarshotError.from(thrown, "tool.unavailable");
      this.#fault = fault;
      this.#failedStarts++;
      this.#attempt.reject(fault);
      this.#attempt = newAttempt();
      return { upMs: 0, fault };
    }
    const upAtMs = this.#clock.nowMs();
    this.#ended = end;
    this.#link = link;
    this.#starts++;
    this.#setTools(link.tools);
    logger.info("Tool server {server} is there with {tools} tools", {
      server: this.name,
      tools: this.#tools.length,
    });
    this.#attempt.resolve();
    const fault = await this.#untilEnd(link, end);
    this.#takeDown(end, fault);
    end.reject(fault);
    await within(link.close().catch(() => {}), CLOSE_MS, this.#clock);
    return { upMs: this.#clock.nowMs() - upAtMs, fault };
  }

  /** From now on it is not there; whoever waits for it waits for the next link. */
  #takeDown(end: PromiseWithResolvers<never>, fault: EarshotError): void {
    if (this.#ended !== end || this.#link === undefined) return;
    this.#link = undefined;
    this.#tools = NONE;
    this.#fault = fault;
    this.#attempt = newAttempt();
  }

  /** A link that comes after the deadline, or after the close, is closed at once. */
  async #connect(handlers: Parameters<ConnectServer>[0]): Promise<ServerLink> {
    const { connect, startTimeoutMs, name } = this.#options;
    const life = new AbortController();
    const connecting = connect(handlers, life.signal);
    try {
      return await withDeadline(connecting, startTimeoutMs, {
        signal: this.#closing.signal,
        clock: this.#clock,
        errorAtDeadline: () =>
          new EarshotError(
            "tool.timeout",
            `Cannot use ${name}: it was not ready within ${startTimeoutMs} ms`,
          ),
      });
    } catch (thrown) {
      life.abort(thrown);
      const late = connecting.then((link) => link.close()).catch(() => {});
      await within(late, CLOSE_MS, this.#clock);
      throw thrown;
    }
  }

  /** Looks now and then whether it still answers; what is busy with a call is left alone. */
  async #untilEnd(link: ServerLink, end: PromiseWithResolvers<never>): Promise<EarshotError> {
    const { signal } = this.#closing;
    const life = new AbortController();
    const over = AbortSignal.any([signal, life.signal]);
    try {
      for (;;) {
        await Promise.race([
          pause(LOOK_EVERY_MS, { clock: this.#clock, signal: over }),
          end.promise,
        ]);
        if (this.#active > 0) continue;
        const refreshed = link.refresh(life.signal);
        refreshed.catch(() => {});
        await withDeadline(Promise.race([refreshed, end.promise]), LOOK_MS, {
          signal,
          clock: this.#clock,
          errorAtDeadline: () =>
            new EarshotError("tool.unavailable", `Cannot use ${this.name}: it does not answer any more`),
        });
      }
    } catch (thrown) {
      return EarshotError.from(thrown, "tool.unavailable");
    } finally {
      life.abort();
    }
  }

  #setTools(tools: readonly ListedTool[]): void {
    const made = tools.map((tool) =>
      toTool(tool, { server: this.name, patterns: this.#options.destructive ?? [] })
    );
    if (JSON.stringify(made) !== JSON.stringify(this.#tools)) this.#tools = made;
  }

  #unavailable(detail: string): EarshotError {
    const state = detail === "" ? this.#fault?.message ?? "it is not there" : detail;
    return new EarshotError("tool.unavailable", `Cannot use ${this.name}: ${state}`);
  }
}

function outcomeOf({ code }: EarshotError): CallOutcome {
  if (code === "canceled") return "canceled";
  if (code === "tool.timeout") return "timeout";
  return code === "tool.unavailable" || code === "tool.auth" ? "unavailable" : "failed";
}

/** A try to connect, whose rejection is handled even without a waiter. */
function newAttempt(): PromiseWithResolvers<void> {
  const attempt = Promise.withResolvers<void>();
  attempt.promise.catch(() => {});
  return attempt;
}

function newEnd(): PromiseWithResolvers<never> {
  const end = Promise.withResolvers<never>();
  end.promise.catch(() => {});
  return end;
}
