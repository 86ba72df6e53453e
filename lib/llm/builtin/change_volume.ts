import { z } from "zod";
import type { LlmRequest, LlmStep, LlmToolCall } from "../contract.ts";
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

/** What was done for what is asked now. */
export function stepsOfNow({ steps = [] }: Pick<LlmRequest, "steps">): readonly LlmStep[] {
  return steps.filter(({ past }) => past !== true);
}

/** The volume in percent that it says it has set; `undefined` where it has set none. */
export function changedTo(request: Pick<LlmRequest, "steps">): number | undefined {
  const told = stepsOfNow(request).flatMap(({ results }) => results).findLast(({ call }) =>
    NAME.test(call.name)
  );
  try {
    return result.safeParse(JSON.parse(told?.text ?? "")).data?.volume;
  } catch {
    return undefined; // it says in words why not
  }
}
