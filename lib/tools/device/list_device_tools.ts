import { z } from "zod";
import { CALL_MS, type JsonObject, type Tool } from "../contract.ts";
import type { DeviceRpc } from "./device_rpc.ts";
import { readDeviceTool } from "./read_device_tool.ts";

/** The most pages that are asked for. */
export const MAX_PAGES = 64;
/** The most tools that are taken. */
export const MAX_TOOLS = 256;
/** The most bytes of tools that are taken. */
export const MAX_LIST_BYTES = 1_048_576;

const MAX_CURSOR_CHARS = 256;

const page = z.object({
  tools: z.array(z.unknown()),
  nextCursor: z.string().max(MAX_CURSOR_CHARS).optional().catch(undefined),
});

const encoder = new TextEncoder();

/** What a device has, as far as it was told. */
export interface DeviceToolList {
  readonly tools: readonly Tool[];
  readonly sizeBytes: number;
  /** Whole, cut by a bound of ours, broken off by the device, or nothing came at all. */
  readonly outcome: "whole" | "cut" | "broken" | "failed";
}

/** Options of {@linkcode listDeviceTools}. */
export interface ListOptions {
  /** Whether the tools that are for people alone are asked for as well. */
  readonly withUserTools: boolean;
  /** Whether so many bytes more may be held. */
  readonly mayHold: (sizeBytes: number) => boolean;
  /** Told of what has come so far, while more is to come. Must not throw. */
  readonly onPage?: (tools: readonly Tool[], sizeBytes: number) => void;
  readonly signal?: AbortSignal;
}

/** Asks for all pages of a device's list, within bounds; what goes wrong ends it and keeps what came. Never rejects. */
export async function listDeviceTools(rpc: DeviceRpc, options: ListOptions): Promise<DeviceToolList> {
  const { withUserTools, mayHold, onPage, signal } = options;
  const tools = new Map<string, Tool>();
  const seen = new Set<string>();
  let sizeBytes = 0;
  const list = (outcome: DeviceToolList["outcome"]) => ({ tools: [...tools.values()], sizeBytes, outcome });
  let cursor = "";
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const answered = await askPage(rpc, { cursor, ...(withUserTools && { withUserTools }) }, signal);
    if (answered === undefined) return list(pages === 0 ? "failed" : "broken");
    for (const given of answered.tools) {
      const tool = readDeviceTool(given);
      if (tool === undefined || tools.has(tool.name)) continue;
      const bytes = encoder.encode(JSON.stringify(tool)).length;
      const full = tools.size >= MAX_TOOLS || sizeBytes + bytes > MAX_LIST_BYTES;
      if (full || !mayHold(sizeBytes + bytes)) return list("cut");
      tools.set(tool.name, tool);
      sizeBytes += bytes;
    }
    cursor = answered.nextCursor ?? "";
    if (cursor === "") return list("whole");
    if (seen.has(cursor)) return list("broken");
    seen.add(cursor);
    onPage?.([...tools.values()], sizeBytes);
  }
  return list("cut");
}

/** One page; `undefined` where the device gives none. */
async function askPage(
  rpc: DeviceRpc,
  params: JsonObject,
  signal: AbortSignal | undefined,
): Promise<z.infer<typeof page> | undefined> {
  try {
    const answer = await rpc.request({
      method: "tools/list",
      params,
      timeoutMs: CALL_MS,
      ...(signal && { signal }),
    });
    return answer.type === "result" ? page.safeParse(answer.result).data : undefined;
  } catch {
    return undefined; // it has left, or says nothing
  }
}
