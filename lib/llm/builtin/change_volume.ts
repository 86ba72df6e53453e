import { z } from "zod";
import type { LlmRequest, LlmToolCall } from "../contract.ts";
import type { VolumeChange } from "./phrasebook.ts";

/** The tool that changes the volume; with where it is in front, where another has its name. */
const NAME = /^(?:\w+_)?change_volume$/;

const result = z.object({ volume: z.number().min(0).max(100) });

/** The name of the tool that changes the volume, where it is offered. */
export function volumeTool({ tools = [] }: Pick<LlmRequest, "tools">): string | undefined {
  return tools.find(({ name }) => NAME.test(name))?.name;
}

/** The call of it. */
export function changeCall(name: string, { direction, percent }: VolumeChange): LlmToolCall {
  const given = { direction, ...(percent !== undefined && { percent }) };
  return { id: "call_1", name, arguments: JSON.stringify(given) };
}

/** The volume in percent that it says it has set; `undefined` where it has set none. */
export function changedTo({ steps = [] }: Pick<LlmRequest, "steps">): number | undefined {
  const told = steps.flatMap(({ results }) => results).findLast(({ call }) => NAME.test(call.name));
  try {
    return result.safeParse(JSON.parse(told?.text ?? "")).data?.volume;
  } catch {
    return undefined; // it says in words why not
  }
}
