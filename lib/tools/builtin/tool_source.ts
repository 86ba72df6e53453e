import { EarshotError } from "../../errors/mod.ts";
import type { JsonObject, Tool, ToolResult, ToolSource } from "../contract.ts";

/** A tool and what runs it. */
export interface BuiltinTool {
  readonly tool: Tool;
  /** Runs it with arguments that fit its schema; throws as `ToolSource.call` does. */
  readonly call: (args: JsonObject, signal: AbortSignal) => Promise<ToolResult> | ToolResult;
}

/** Tools that never change as a source. */
export function sourceOf(name: string, tools: readonly BuiltinTool[]): ToolSource {
  const list = tools.map(({ tool }) => tool);
  const byName = new Map(tools.map((each) => [each.tool.name, each]));
  return {
    name,
    list: () => list,
    call: async (tool, args, signal) => {
      const found = byName.get(tool);
      if (found === undefined) {
        throw new EarshotError("tool.unknown", `Cannot call ${tool}: ${name} has no such tool`);
      }
      if (signal.aborted) throw EarshotError.from(signal.reason, "canceled");
      return await found.call(args, signal);
    },
  };
}

/** An argument that is a text; `undefined` where it is left out, empty, or no text. */
export function textOf(args: JsonObject, name: string): string | undefined {
  const value = args[name];
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}
