import { z } from "zod";
import type { EarshotError } from "../../errors/mod.ts";
import { jsonOf, type ServiceName } from "../../service/mod.ts";
import { chatError, meaningOf } from "./chat_fault.ts";
import type { LlmFault } from "./llm_error.ts";

/** What Coze says that went wrong: a number, and words. */
export interface CozeFault {
  /** As a number in decimal; `""` where it says none. */
  readonly code: string;
  readonly message: string;
}

/** What its numbers mean. */
const CODES: ReadonlyMap<string, LlmFault> = new Map([
  // The day's questions, the balance, the models behind it.
  ...["4008", "4011", "4019", "4022"].map((code) => [code, "quota"] as const),
  // 4016: the answer before is still being written.
  ...["4009", "4013", "4016", "4020", "4102"].map((code) => [code, "throttled"] as const),
  ...["4010"].map((code) => [code, "context"] as const),
  ...["4014", "4105"].map((code) => [code, "content"] as const),
  ...["4100", "4101", "700012006"].map((code) => [code, "auth"] as const),
  // 4002 and 4200: there is no such conversation, or bot.
  ...["4000", "4002", "4003", "4004", "4005", "4006", "4012", "4015", "4021", "4200"]
    .map((code) => [code, "config"] as const),
]);
/** A conversation that is not there, or is somebody else's. */
const LOST = new Set(["4002", "4200"]);

const number = z.union([z.number(), z.string()]).nullish().catch(undefined)
  .transform((value) => String(value ?? ""));
const fault = z.looseObject({ code: number, msg: z.string().nullish().catch(undefined) })
  .transform(({ code, msg }): CozeFault => ({ code, message: msg ?? "" }));

/** What a message or the body of a refusal says that went wrong; a code of 0 is none. */
export function cozeFaultOf(value: unknown): CozeFault {
  const read = fault.safeParse(typeof value === "string" ? jsonOf(value) : value);
  return read.success ? read.data : { code: "", message: typeof value === "string" ? value : "" };
}

/** Whether Coze cannot go on with the conversation that was named. */
export function isLostCoze({ code }: CozeFault): boolean {
  return LOST.has(code);
}

/** An error of Coze, in a refusal, in an answer with status 200, or in its stream. */
export function cozeError(
  service: ServiceName,
  { code, message }: CozeFault,
  { status, cause }: { readonly status?: number; readonly cause?: unknown } = {},
): EarshotError {
  const named = { code, message, type: "", param: "" };
  const meaning = CODES.get(code) ?? (status === undefined ? "failed" : meaningOf(named, status));
  return chatError(service, named, { ...(status !== undefined && { status }), cause, meaning });
}
