import { z } from "zod";
import type { ServiceFamily, ServiceFault } from "../../errors/mod.ts";
import { type OpenaiFault, openaiFault, openaiMeaning } from "../openai_fault.ts";
import type { FaultFacts } from "../service_error.ts";
import { dashscopeMeaning } from "./dashscope.ts";

/** The address of a realtime session of Bailian (DashScope): what it talks to is in the URL. */
export function qwenUrl(url: string, model: string): string {
  const target = new URL(url);
  target.searchParams.set("model", model);
  return target.href;
}

/** An event for a realtime session, with an id of its own. */
export function qwenEvent(type: string, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ event_id: crypto.randomUUID(), type, ...more });
}

/** The fields of an event that say what went wrong: in `error`, or beside the event's type. */
export const qwenFault: z.ZodType<OpenaiFault> = z.union([
  z.looseObject({ error: openaiFault }).transform(({ error }) => error),
  openaiFault,
]);

/** What a realtime session says that went wrong: named as Bailian does, or as OpenAI, whose protocol it is. */
export function qwenMeaning(
  fault: OpenaiFault,
  family: ServiceFamily,
): readonly [ServiceFault, FaultFacts] {
  const meaning = dashscopeMeaning(fault);
  return meaning[0] === "failed" ? openaiMeaning(fault, family) : meaning;
}
