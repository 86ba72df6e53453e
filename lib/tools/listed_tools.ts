import { EarshotError } from "../errors/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import { boundedCall } from "./bounded_call.ts";
import { readArguments } from "./call_arguments.ts";
import { cutResult } from "./cut_result.ts";
import {
  CALL_MS,
  type JsonObject,
  type Tool,
  type ToolKind,
  type ToolResult,
  type ToolSource,
} from "./contract.ts";
import { type CallableTool, callableTools, type ToolRights } from "./toolbox.ts";

/** A tool as an operator sees it. */
export interface ShownTool {
  readonly source: string;
  /** Its name there. */
  readonly name: string;
  /** What the language model calls it; `null` where it may not call it. */
  readonly modelName: string | null;
  readonly description: string;
  readonly kind: ToolKind;
  /** Whether somebody has to say yes first. */
  readonly asksBack: boolean;
  /** The JSON Schema of its arguments. */
  readonly parameters: JsonObject;
}

/** Every tool of these sources: what a language model may call first, in the order in which it is told. */
export function listTools(sources: readonly ToolSource[], rights: ToolRights): readonly ShownTool[] {
  const { tools } = callableTools(sources, rights);
  const others = sources.flatMap((source) =>
    source.list().filter((tool) => !tools.some((one) => one.source === source && one.tool.name === tool.name))
      .map((tool): ShownTool => ({
        ...shown(source, tool),
        modelName: null,
        asksBack: tool.kind === "destructive",
      }))
  );
  return [
    ...tools.map(({ source, tool, asksBack, offer }) => ({
      ...shown(source, tool),
      modelName: offer.name,
      asksBack,
    })),
    ...others,
  ];
}

/**
 * Calls one tool for an operator, who needs nobody's yes: by `SOURCE.TOOL`, by its name where it is the only one, or by
 * what the language model calls it. At most 4 KB of the result are given.
 *
 * @throws {EarshotError} `tool.*`
 */
export async function tryTool(
  { name, json }: { readonly name: string; readonly json: string },
  { sources, rights, clock, scope, signal }: {
    readonly sources: readonly ToolSource[];
    readonly rights: ToolRights;
    readonly clock: Clock;
    /** Owns the call. */
    readonly scope: Scope;
    readonly signal: AbortSignal;
  },
): Promise<Pick<ToolResult, "text" | "failed">> {
  const { source, tool } = found(name, { sources, rights });
  const args = readArguments(json, tool);
  const { text, failed } = await boundedCall((life) => source.call(tool.name, args, life), {
    name,
    limitMs: tool.timeoutMs ?? CALL_MS,
    clock,
    scope,
    endsWith: signal,
  });
  return { text: cutResult(text).text, ...(failed !== undefined && { failed }) };
}

function found(
  name: string,
  { sources, rights }: { readonly sources: readonly ToolSource[]; readonly rights: ToolRights },
): Pick<CallableTool, "source" | "tool"> {
  const known = callableTools(sources, rights).tools.find(({ offer }) => offer.name === name);
  if (known !== undefined) return known;
  const all = sources.flatMap((source) => source.list().map((tool) => ({ source, tool })));
  const exact = all.find(({ source, tool }) => `${source.name}.${tool.name}` === name);
  const named = all.filter(({ tool }) => tool.name === name);
  const one = exact ?? (named.length === 1 ? named[0] : undefined);
  if (one !== undefined) return one;
  const what = named.length > 1
    ? `several sources have it: ${named.map(({ source }) => `${source.name}.${name}`).join(", ")}`
    : "there is none of this name";
  throw new EarshotError("tool.unknown", `Cannot call ${name}: ${what}`);
}

function shown(
  source: ToolSource,
  { name, description, kind, parameters }: Tool,
): Omit<ShownTool, "modelName" | "asksBack"> {
  return { source: source.name, name, description, kind, parameters };
}
