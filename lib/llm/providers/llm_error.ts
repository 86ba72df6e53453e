import { EarshotError, type ServiceFault } from "../../errors/mod.ts";
import { safeDetail } from "../../net/mod.ts";
import {
  connectionError,
  endedError,
  type FaultFacts,
  serviceError,
  type ServiceName,
} from "../../service/mod.ts";

/** How a language model can fail: as every service, and in ways of its own. */
export type LlmFault = ServiceFault | OwnFault;

/** Each is the second part of an error code. */
const OWN_FAULTS = ["empty", "context", "content", "unmatched"] as const;
type OwnFault = typeof OWN_FAULTS[number];

/** An error of a language model, with the code `llm.FAULT`. */
export function llmError(service: ServiceName, fault: LlmFault, facts: FaultFacts = {}): EarshotError {
  if (!isOwn(fault)) return serviceError(service, fault, facts);
  const { detail = "", cause, retryable } = facts;
  const words = safeDetail(detail);
  return new EarshotError(
    `llm.${fault}`,
    `Cannot answer with ${service.name}${words === "" ? "" : `: ${words}`}`,
    { ...(cause !== undefined && { cause }), ...(retryable !== undefined && { retryable }) },
  );
}

function isOwn(fault: LlmFault): fault is OwnFault {
  return OWN_FAULTS.some((own) => own === fault);
}

/** What goes wrong once an answer has begun is not that nobody is there. */
export function brokenOff(service: ServiceName, thrown: unknown): EarshotError {
  const error = connectionError(service, thrown);
  if (error.code !== "llm.unreachable") return error;
  return endedError(service, { code: 1006, reason: "in its answer", error });
}
