import { EarshotError } from "../errors/mod.ts";
import { type Clock, raceSignal, type Scope } from "../lifecycle/mod.ts";
import type { LlmTool, LlmToolCall, LlmToolResult } from "../llm/mod.ts";
import { boundedCall } from "./bounded_call.ts";
import { canonicalJson, readArguments } from "./call_arguments.ts";
import {
  CALL_MS,
  type JsonObject,
  type Tool,
  type ToolEffect,
  type ToolResult,
  type ToolSource,
} from "./contract.ts";
import { cutResult } from "./cut_result.ts";
import type { CallableTool } from "./toolbox.ts";

/** How long the calls of a turn may take together, in ms; and where one of them takes longer itself, as a camera does. */
const TURN_MS = 30_000;
const LONG_TURN_MS = 60_000;
/** How many calls of one step are made; a model that repeats itself calls without end. */
const MOST_AT_ONCE = 16;
/** How many calls a turn records. */
const MOST_STEPS = 128;

/** What a model is told of a call that nobody has waited for. */
const CANCELED = JSON.stringify({ status: "cancelled" });

/** How a call ended. */
export type CallStatus = "done" | "failed" | "canceled" | "asks_back";

/** What came of a call. */
export interface ToolOutcome extends LlmToolResult {
  readonly status: CallStatus;
  /** Absent where there is no such tool. */
  readonly tool?: Tool;
  readonly effect?: ToolEffect;
  /** Its arguments, as the tool was given them. */
  readonly args?: JsonObject;
}

/** A call that waits for somebody's yes. */
export interface PendingCall {
  readonly call: LlmToolCall;
  readonly source: ToolSource;
  readonly tool: Tool;
  readonly atMs: number;
}

/** One call as it is kept: the tool by the name that the model knows, and what the model was told. */
export interface ToolStep {
  readonly tool: string;
  readonly arguments: string;
  readonly result: string;
  readonly status: "done" | "failed" | "canceled";
}

/** What happens with tools. */
export type ToolEvent =
  /** A call has ended; `unknown` is one that may not be made, `repeated` one that was made before in its turn. */
  | {
    readonly type: "called";
    readonly source: string;
    readonly outcome:
      | "done"
      | "failed"
      | "timeout"
      | "canceled"
      | "unknown"
      | "arguments"
      | "repeated"
      | "asks_back"
      | "too_many";
    readonly callMs: number;
  }
  /** The result was longer than a model is told. */
  | { readonly type: "cut"; readonly source: string }
  /** So many tools were not offered for want of room. */
  | { readonly type: "left_out"; readonly count: number };

/** Options of {@linkcode TurnTools}. */
export interface TurnToolsOptions {
  readonly tools: readonly CallableTool[];
  readonly clock: Clock;
  /** Owns the calls. */
  readonly scope: Scope;
  readonly onEvent: (event: ToolEvent) => void;
  /** The tools of a turn whose words this one answers as well. */
  readonly before?: TurnTools | undefined;
  /** What the turn before has asked back about. */
  readonly pending?: PendingCall | undefined;
  /** Told of a call that needs somebody's yes. */
  readonly onAskBack: (call: PendingCall) => void;
}

/**
 * The tools of one turn: what is offered, and every call that was made of it. No call throws, hangs or floods: each ends by
 * its deadline and that of the turn, in at most 4 KB of text for the model; the same call again gets the first result.
 */
export class TurnTools {
  /** What the model is offered. */
  readonly offered: readonly LlmTool[];
  readonly #options: TurnToolsOptions;
  /** What comes of calls, by tool and arguments; a canceled one may be made again. */
  readonly #made: Map<string, Promise<ToolResult>>;
  readonly #steps: ToolStep[] = [];
  readonly #done: ToolOutcome[] = [];
  /** When the calls have to have ended; known with the first one. */
  #dueMs: number | undefined;

  /** Made by `Toolbox.turn`. */
  constructor(options: TurnToolsOptions) {
    const { before, tools } = options;
    this.#options = options;
    this.offered = tools.map(({ offer }) => offer);
    this.#made = before === undefined ? new Map() : before.#made;
  }

  /** What was done for words that this turn answers too: the model is told that it is done. */
  get inherited(): readonly ToolOutcome[] {
    const { before } = this.#options;
    return before === undefined ? [] : [...before.inherited, ...before.#done];
  }

  /** Every call in its order; one that is under way is `canceled`, since nobody knows what comes of it. */
  get steps(): readonly ToolStep[] {
    const before = this.#options.before?.steps ?? [];
    return [...before.filter(({ status }) => status === "done"), ...this.#steps];
  }

  /** What waits for a yes that this turn may be. */
  get pending(): PendingCall | undefined {
    return this.#options.pending ?? this.#options.before?.pending;
  }

  /** Whether the time for calls is spent. */
  get spent(): boolean {
    return this.#dueMs !== undefined && this.#options.clock.nowMs() >= this.#dueMs;
  }

  /**
   * Makes the calls of one step, all at once; never rejects. Once the signal aborts nobody waits: readers are canceled, and
   * actions go on to their end, of which nobody hears.
   */
  callAll(calls: readonly LlmToolCall[], signal: AbortSignal): Promise<readonly ToolOutcome[]> {
    return Promise.all(
      calls.map((call, index) => index < MOST_AT_ONCE ? this.#call(call, signal) : this.#tooMany(call)),
    );
  }

  /** Somebody has said yes: makes the call that waits for it. */
  async confirm(signal: AbortSignal): Promise<ToolOutcome | undefined> {
    const { pending } = this;
    const callable = this.#options.tools.find(({ source, tool }) =>
      source === pending?.source && tool.name === pending.tool.name
    );
    if (pending === undefined || callable === undefined) return undefined;
    return await this.#call(pending.call, signal, { confirmed: true });
  }

  #call(
    call: LlmToolCall,
    signal: AbortSignal,
    { confirmed = false }: { readonly confirmed?: boolean } = {},
  ): Promise<ToolOutcome> {
    const callable = this.#find(call.name);
    if (callable === undefined) {
      return this.#refuse(call, {
        outcome: "unknown",
        text: `Error: there is no tool ${call.name.slice(0, 64)}.`,
      });
    }
    let args: JsonObject;
    try {
      args = readArguments(call.arguments, callable.tool);
    } catch (thrown) {
      const { message } = EarshotError.from(thrown, "tool.arguments");
      return this.#refuse(call, { callable, outcome: "arguments", text: `Error: ${message}` });
    }
    const key = `${callable.source.name} ${callable.tool.name} ${canonicalJson(args)}`;
    const made = this.#made.get(key);
    if (made === undefined && callable.asksBack && !confirmed) return this.#askBack(call, callable, args);
    return this.#make(call, { callable, args, signal, key, made });
  }

  /** Models now and then write a name as it stands in a description. */
  #find(name: string): CallableTool | undefined {
    const { tools } = this.#options;
    const plain = tools.filter(({ tool }) => tool.name === name);
    return tools.find(({ offer }) => offer.name === name) ?? (plain.length === 1 ? plain[0] : undefined);
  }

  #askBack(call: LlmToolCall, { source, tool }: CallableTool, args: JsonObject): Promise<ToolOutcome> {
    const { clock, onAskBack } = this.#options;
    onAskBack({ call, source, tool, atMs: clock.nowMs() });
    this.#told({ source: source.name, outcome: "asks_back", callMs: 0 });
    const text = "Not done yet: the user was asked whether to do it.";
    return Promise.resolve({ call, text, status: "asks_back", tool, args });
  }

  #tooMany(call: LlmToolCall): Promise<ToolOutcome> {
    return this.#refuse(call, { outcome: "too_many", text: `Error: at most ${MOST_AT_ONCE} calls at once.` });
  }

  #refuse(
    call: LlmToolCall,
    { callable, outcome, text }: {
      readonly callable?: CallableTool;
      readonly outcome: "unknown" | "arguments" | "too_many";
      readonly text: string;
    },
  ): Promise<ToolOutcome> {
    this.#told({ source: callable?.source.name ?? "none", outcome, callMs: 0 });
    this.#record(call)({ result: text, status: "failed" });
    return Promise.resolve({ call, text, status: "failed", ...(callable && { tool: callable.tool }) });
  }

  async #make(
    call: LlmToolCall,
    { callable, args, signal, key, made }: {
      readonly callable: CallableTool;
      readonly args: JsonObject;
      readonly signal: AbortSignal;
      readonly key: string;
      readonly made: Promise<ToolResult> | undefined;
    },
  ): Promise<ToolOutcome> {
    const { clock, onEvent } = this.#options;
    const { source, tool } = callable;
    const beganMs = clock.nowMs();
    // What was recorded of the first one says it.
    const record = made === undefined ? this.#record(call) : () => {};
    const told = (outcome: "done" | "failed" | "timeout" | "canceled") =>
      this.#told({
        source: source.name,
        outcome: made === undefined ? outcome : "repeated",
        callMs: clock.nowMs() - beganMs,
      });
    try {
      const result = await raceSignal(made ?? this.#begin(callable, { args, key, signal }), signal);
      const { text, cut } = cutResult(result.text);
      if (cut) onEvent({ type: "cut", source: source.name });
      const status = result.failed === true ? "failed" : "done";
      told(status);
      record({ result: text, status });
      const outcome = { call, text, status, tool, args } as const;
      if (made !== undefined) return outcome;
      const whole = result.effect === undefined ? outcome : { ...outcome, effect: result.effect };
      if (status === "done") this.#done.push(whole);
      return whole;
    } catch (thrown) {
      const error = EarshotError.from(thrown, "tool.failed");
      if (error.code === "canceled") {
        told("canceled");
        record({ result: CANCELED, status: "canceled" });
        return { call, text: CANCELED, status: "canceled", tool, args };
      }
      told(error.code === "tool.timeout" ? "timeout" : "failed");
      const { text } = cutResult(`Error: ${toldFault(error)}`);
      record({ result: text, status: "failed" });
      return { call, text, status: "failed", tool, args };
    }
  }

  /** Begins a call, which is remembered; one that was canceled may be made again. */
  #begin(
    { source, tool, offer }: CallableTool,
    { args, key, signal }: { readonly args: JsonObject; readonly key: string; readonly signal: AbortSignal },
  ): Promise<ToolResult> {
    const { clock, scope } = this.#options;
    const limitMs = tool.timeoutMs ?? CALL_MS;
    this.#dueMs ??= clock.nowMs() + (limitMs > CALL_MS ? LONG_TURN_MS : TURN_MS);
    const result = boundedCall(
      (life) => source.call(tool.name, args, life),
      {
        clock,
        scope,
        name: offer.name,
        limitMs: Math.max(0, Math.min(limitMs, this.#dueMs - clock.nowMs())),
        // An action is not undone by leaving it.
        endsWith: tool.kind === "read" ? signal : undefined,
      },
    );
    this.#made.set(key, result);
    result.catch((thrown) => {
      if (EarshotError.from(thrown, "tool.failed").code === "canceled") this.#made.delete(key);
    });
    return result;
  }

  /** Keeps a place in the order of calls; the function says what came of it, once. */
  #record(call: LlmToolCall): (end: Pick<ToolStep, "result" | "status">) => void {
    const step = { tool: call.name, arguments: call.arguments };
    const index = this.#steps.length;
    if (index >= MOST_STEPS) return () => {};
    this.#steps.push({ ...step, result: CANCELED, status: "canceled" });
    return (end) => {
      this.#steps[index] = { ...step, ...end };
    };
  }

  #told(event: Omit<Extract<ToolEvent, { type: "called" }>, "type">): void {
    this.#options.onEvent({ type: "called", ...event });
  }
}

/** What a model is told of a fault: of a server that is not there neither its address nor what the system says of it. */
function toldFault({ code, message }: EarshotError): string {
  switch (code) {
    case "tool.unavailable":
    case "tool.auth":
      return "what has this tool cannot be reached now.";
    case "tool.protocol":
      return "what has this tool gave no proper answer.";
    default:
      return message;
  }
}
