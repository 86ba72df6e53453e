import { z } from "zod";
import type { EarshotError } from "../../errors/mod.ts";
import { faultOfStatus, jsonOf, type ServiceName } from "../../service/mod.ts";
import { chatError, chatFaultOf, meaningOf, readChatFault } from "./chat_fault.ts";
import type { LlmFault } from "./llm_error.ts";

/** What FastGPT says that went wrong. */
export interface FastgptFault {
  /** Its name, such as `unAuthApiKey`, or a number; `""` where it says none. */
  readonly code: string;
  readonly message: string;
}

/** The chat is still busy with the question before. */
const GENERATING = "chatIsGenerating";
/** What its names mean; its HTTP status says nothing. */
const NAMES: readonly (readonly [RegExp, LlmFault])[] = [
  [/^unAuth/, "auth"],
  [/^insufficientQuota$|NotEnough$/, "quota"],
  [new RegExp(`^${GENERATING}$|^tooMany`, "i"), "throttled"],
  [/unExist$|notExist$|^invalid/i, "config"],
];

const named = z.looseObject({
  statusText: z.string().min(1),
  message: z.string().nullish().catch(undefined),
}).transform(({ statusText, message }): FastgptFault => ({ code: statusText, message: message ?? "" }));

/** What an event or the body of a refusal says that went wrong, in whatever shape it comes. */
export function fastgptFaultOf(value: unknown): FastgptFault {
  const decoded = typeof value === "string" ? jsonOf(value) : value;
  const read = named.safeParse(decoded);
  if (read.success) return read.data;
  const { code, message } = decoded === undefined ? readChatFault(String(value)) : chatFaultOf(decoded);
  return { code, message };
}

/** Whether the chat takes no question yet. */
export function isGenerating({ code }: FastgptFault): boolean {
  return code === GENERATING;
}

/** An error of FastGPT, in a refusal or in its stream. */
export function fastgptError(
  service: ServiceName,
  { code, message }: FastgptFault,
  { status, cause }: { readonly status?: number; readonly cause?: unknown } = {},
): EarshotError {
  const fault = { code, message, type: "", param: "" };
  const byName = NAMES.find(([name]) => name.test(code))?.[1];
  const byNumber = /^4\d\d$/.test(code) ? faultOfStatus(Number(code)) : undefined;
  // What a model's provider has said is in the words.
  const byWords = meaningOf({ ...fault, code: "" }, status === 500 ? undefined : status);
  const meaning = byName ?? (byWords === "failed" ? byNumber : undefined) ?? byWords;
  return chatError(service, fault, { ...(status !== undefined && { status }), cause, meaning });
}
