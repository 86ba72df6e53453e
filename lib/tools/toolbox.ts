import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { LlmTool } from "../llm/mod.ts";
import type { Tool, ToolSource } from "./contract.ts";
import { ModelNames, renamed } from "./model_names.ts";
import { matchesTool } from "./tool_pattern.ts";
import { type PendingCall, type ToolEvent, TurnTools } from "./turn_tools.ts";

/** How many tools a language model is offered; each costs it about 80 tokens. */
export const MOST_OFFERED = 32;
/** The longest description that a model is told, in UTF-16 units. */
const MAX_DESCRIPTION_CHARS = 1_024;
/** For how long a call waits for the yes that it needs, in ms. */
const PENDING_MS = 60_000;

/** The sources whose harmless tools an agent may call unless it says otherwise. */
export const DEFAULT_TOOLS = ["builtin", "music", "requests", "device"] as const;

/** Options of a {@linkcode Toolbox}. */
export interface ToolboxOptions {
  readonly clock: Clock;
  /** Owns calls, also those that go on when their turn is over: a session's. */
  readonly scope: Scope;
  /** Told of each call, and of what was not offered. Must not throw. */
  readonly onEvent?: (event: ToolEvent) => void;
}

/** Who may call what. */
export interface ToolRights {
  /** Patterns of tools (see {@linkcode matchesTool}); {@linkcode DEFAULT_TOOLS}, the harmless ones, unless told. */
  readonly allow?: readonly string[] | undefined;
  /** Patterns of tools that ask back, beside those that say so themselves. */
  readonly destructive?: readonly string[];
  /** Whether the device is approved. */
  readonly trusted: boolean;
}

/** Who may call what in a turn. */
export interface TurnRights extends ToolRights {
  /** The tools of a turn whose words this one answers as well: what it has done is done. */
  readonly before?: TurnTools | undefined;
}

/** A tool that may be called, and what the model calls it. */
export interface CallableTool {
  readonly source: ToolSource;
  readonly tool: Tool;
  /** Whether somebody has to say yes first. */
  readonly asksBack: boolean;
  /** As the model is told of it. */
  readonly offer: LlmTool;
}

/** What an agent may call, in the order in which it is offered; those beyond the bound are left out. */
export function callableTools(
  sources: readonly ToolSource[],
  rights: ToolRights,
): { readonly tools: readonly CallableTool[]; readonly leftOut: number } {
  const allowed = sources.flatMap((source) =>
    source.list().filter((tool) => isAllowed(source, tool, rights)).map((tool) => ({ source, tool }))
  );
  const taken = allowed.slice(0, MOST_OFFERED);
  const names = new ModelNames();
  const named = taken.map(({ source, tool }) => ({ source, tool, name: names.of(tool, source.name) }));
  const tools = named.map(({ source, tool, name }) => ({
    source,
    tool,
    asksBack: tool.kind === "destructive" || matchesOne(rights.destructive ?? [], source, tool),
    offer: {
      name,
      description: descriptionOf(
        tool,
        new Map(
          named.filter((other) => other.source === source).map((other) => [other.tool.name, other.name]),
        ),
      ),
      parameters: tool.parameters,
    },
  }));
  return { tools, leftOut: allowed.length - taken.length };
}

/** The tools of one session: what an answer may call is decided anew for each turn. */
export class Toolbox {
  readonly #options: ToolboxOptions;
  #pending: PendingCall | undefined;

  /** Calls nothing yet. */
  constructor(options: ToolboxOptions) {
    this.#options = options;
  }

  /**
   * The tools of a turn, of these sources, in the order in which they are offered. What the turn before has asked back
   * about can be confirmed in this one and in no later one.
   */
  turn(sources: readonly ToolSource[], { before, ...rights }: TurnRights): TurnTools {
    const { clock, scope, onEvent = () => {} } = this.#options;
    const { tools, leftOut } = callableTools(sources, rights);
    if (leftOut > 0) onEvent({ type: "left_out", count: leftOut });
    const pending = this.#takePending(tools);
    return new TurnTools({
      tools,
      clock,
      scope,
      onEvent,
      before,
      pending,
      onAskBack: (call) => {
        this.#pending = call;
      },
    });
  }

  #takePending(tools: readonly CallableTool[]): PendingCall | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending === undefined || this.#options.clock.nowMs() - pending.atMs > PENDING_MS) return undefined;
    // Another agent may not be allowed to do it.
    return tools.some(({ source, tool }) => source === pending.source && tool.name === pending.tool.name)
      ? pending
      : undefined;
  }
}

function isAllowed(source: ToolSource, tool: Tool, { allow, trusted }: ToolRights): boolean {
  if (tool.audience === "operator" || (tool.approvedOnly && !trusted)) return false;
  if (allow !== undefined) return matchesOne(allow, source, tool);
  return tool.audience === "everyone" && matchesOne(DEFAULT_TOOLS, source, tool);
}

function matchesOne(patterns: readonly string[], source: ToolSource, tool: Tool): boolean {
  return patterns.some((pattern) => matchesTool(pattern, source.name, tool.name));
}

function descriptionOf(tool: Tool, names: ReadonlyMap<string, string>): string {
  // deno-lint-ignore no-control-regex
  const plain = tool.description.toWellFormed().replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, " ");
  return renamed(plain, names).slice(0, MAX_DESCRIPTION_CHARS).toWellFormed();
}
