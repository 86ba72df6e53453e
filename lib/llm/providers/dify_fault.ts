import type { EarshotError } from "../../errors/mod.ts";
import type { ServiceName } from "../../service/mod.ts";
import { chatError, type ChatFault, meaningOf } from "./chat_fault.ts";
import type { LlmFault } from "./llm_error.ts";

/** What Dify's names mean, whatever the status is. */
const CODES: ReadonlyMap<string, LlmFault> = new Map([
  ["unauthorized", "auth"],
  ["forbidden", "auth"],
  ["too_many_requests", "throttled"],
  // The plan's messages are used up: waiting a moment does not help.
  ["rate_limit_error", "quota"],
  ["provider_quota_exceeded", "quota"],
  ["app_unavailable", "config"],
  ["not_chat_app", "config"],
  ["provider_not_initialize", "config"],
  ["model_currently_not_support", "config"],
  ["invalid_param", "config"],
  ["bad_request", "config"],
  ["not_found", "config"],
  ["conversation_completed", "config"],
  ["internal_server_error", "failed"],
]);
/** Whatever went wrong between Dify and the model's provider; only its words say what. */
const OF_THE_MODEL = "completion_request_error";
/** A conversation that is not there, is somebody else's, or takes nothing more. */
const LOST = new Set(["not_found", "conversation_completed"]);

/** Whether Dify cannot go on with the conversation that was named. */
export function isLostDify({ code }: ChatFault): boolean {
  return LOST.has(code);
}

/** What Dify says that went wrong, in a refusal or in its stream. */
export function difyError(
  service: ServiceName,
  fault: ChatFault,
  facts: { readonly status?: number; readonly cause?: unknown } = {},
): EarshotError {
  const meaning = fault.code === OF_THE_MODEL
    ? meaningOf({ ...fault, code: "", type: "" })
    : CODES.get(fault.code);
  return chatError(service, fault, { ...facts, meaning });
}
