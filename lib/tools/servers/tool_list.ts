import { z } from "zod";
import { EarshotError } from "../../errors/mod.ts";
import type { JsonObject, Tool } from "../contract.ts";
import { matchesTool } from "../matches_tool.ts";
import type { ListedTool, Rpc } from "./contract.ts";

/** The most tools of one server; further ones are left out. */
export const MAX_TOOLS = 256;
/** The most pages of a list; a server that goes on has something wrong with its cursors. */
const MAX_PAGES = 64;
/** The longest description, in UTF-16 units; the rest is cut. */
const MAX_DESCRIPTION_LENGTH = 4_096;
/** The largest schema of arguments, in UTF-16 units as JSON; a tool with a larger one is left out. */
const MAX_SCHEMA_LENGTH = 32_768;

const page = z.looseObject({
  tools: z.array(z.unknown()),
  nextCursor: z.string().max(4_096).optional().nullable().catch(undefined),
});
const flag = z.boolean().optional().catch(undefined);
const listed = z.looseObject({
  name: z.string().min(1).max(128),
  title: z.string().max(200).optional().catch(undefined),
  description: z.string().optional().catch(undefined),
  inputSchema: z.record(z.string(), z.unknown()).optional().catch(undefined),
  annotations: z.looseObject({
    title: z.string().max(200).optional().catch(undefined),
    readOnlyHint: flag,
    destructiveHint: flag,
  }).optional().catch(undefined),
});

/**
 * All that a server lists, page by page; what cannot be used is left out.
 *
 * @throws {EarshotError} `tool.protocol` where it is no list, or one without end
 */
export async function listTools(
  server: string,
  rpc: Pick<Rpc, "request">,
  signal: AbortSignal,
): Promise<readonly ListedTool[]> {
  const tools = new Map<string, ListedTool>();
  let cursor: string | undefined;
  for (let count = 0; count < MAX_PAGES; count++) {
    const params: JsonObject = cursor === undefined ? {} : { cursor };
    const parsed = page.safeParse(await rpc.request("tools/list", params, signal));
    if (!parsed.success) {
      throw new EarshotError("tool.protocol", `Cannot use ${server}: it answers tools/list without tools`);
    }
    for (const value of parsed.data.tools) {
      const tool = readTool(value);
      if (tool !== undefined && tools.size < MAX_TOOLS && !tools.has(tool.name)) tools.set(tool.name, tool);
    }
    const { nextCursor } = parsed.data;
    if (nextCursor === undefined || nextCursor === null || nextCursor === "") return [...tools.values()];
    if (tools.size >= MAX_TOOLS) return [...tools.values()];
    cursor = nextCursor;
  }
  throw new EarshotError("tool.protocol", `Cannot use ${server}: its list of tools has no end`);
}

function readTool(value: unknown): ListedTool | undefined {
  const parsed = listed.safeParse(value);
  if (!parsed.success) return undefined;
  const { name, title, description = "", inputSchema = {}, annotations = {} } = parsed.data;
  if (JSON.stringify(inputSchema).length > MAX_SCHEMA_LENGTH) return undefined;
  const called = title ?? annotations.title;
  return {
    name,
    ...(called !== undefined && called !== "" && { title: called }),
    description: description.slice(0, MAX_DESCRIPTION_LENGTH),
    // Home Assistant's lack parts that language models insist on.
    parameters: { ...inputSchema, type: "object", properties: inputSchema["properties"] ?? {} },
    readOnly: annotations.readOnlyHint === true,
    destructive: annotations.destructiveHint === true && annotations.readOnlyHint !== true,
  };
}

/** A listed tool as the rest of the program knows it. */
export function toTool(
  { name, title, description, parameters, readOnly, destructive }: ListedTool,
  { server, patterns }: {
    readonly server: string;
    /** Those of `tools.destructive`. */
    readonly patterns: readonly string[];
  },
): Tool {
  const asksBack = destructive || patterns.some((pattern) => matchesTool(pattern, server, name));
  return {
    name,
    ...(title !== undefined && { title }),
    description,
    parameters,
    kind: asksBack ? "destructive" : readOnly ? "read" : "act",
    audience: "listed",
    approvedOnly: true,
  };
}
