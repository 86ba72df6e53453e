import { z } from "zod";
import type { EarshotError, ServiceFault } from "../../errors/mod.ts";
import { HttpRefusal } from "../../net/mod.ts";
import { openaiRefusal, readOpenaiFault } from "../openai_fault.ts";
import { readReply } from "../read_reply.ts";
import { connectionError, type FaultFacts, serviceError } from "../service_error.ts";
import type { ServiceName } from "../service_name.ts";

/** How long a connection without a task may be kept, in ms: the service ends it after 60 s. */
export const DASHSCOPE_KEPT_MS = 50_000;

/** What the codes mean; what is not here is a failure that may pass. */
const CODES: Readonly<Record<string, ServiceFault>> = {
  "CLIENT_ERROR": "disconnected",
  "ResponseTimeout": "timeout",
  "InvalidApiKey": "auth",
  "Arrearage": "quota",
  "AccessDenied.Unpurchased": "quota",
  "InvalidParameter": "config",
  "Model.AccessDenied": "config",
  "ModelNotFound": "config",
  "UNSUPPORTED_FORMAT": "bad_input",
  "DataInspectionFailed": "bad_input",
};

/** What Bailian (DashScope) says that went wrong. */
export function dashscopeMeaning(
  { code, message }: { readonly code: string; readonly message: string },
): readonly [ServiceFault, FaultFacts] {
  const meaning = CODES[code] ?? (code.startsWith("Throttling") ? "throttled" : "failed");
  return [meaning, { detail: `${code} ${message}` }];
}

/** What a connection or a request to Bailian threw, as an error of the service: by the name that it gives the fault. */
export function dashscopeError(service: ServiceName, thrown: unknown): EarshotError {
  if (!(thrown instanceof HttpRefusal)) return connectionError(service, thrown);
  const { status, body } = thrown;
  const [meaning, { detail = "" }] = dashscopeMeaning(readOpenaiFault(body));
  // A name never makes a refusal final that its status says may pass.
  if (meaning === "failed" || status >= 500) return openaiRefusal(service, thrown);
  return serviceError(service, meaning, { detail: `it answered ${status} ${detail}`, cause: thrown });
}

/** What is said to a task of Bailian's duplex inference. */
export interface DashscopeCommand {
  readonly action: "run-task" | "continue-task" | "finish-task";
  /** A UUID of its own for each task. */
  readonly taskId: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** A command as it is sent. */
export function dashscopeCommand({ action, taskId, payload }: DashscopeCommand): string {
  return JSON.stringify({ header: { action, task_id: taskId, streaming: "duplex" }, payload });
}

/** An event of Bailian's duplex inference. */
export interface DashscopeEvent {
  /** What happened, such as `task-started`. */
  readonly event: string;
  /** The task: a kept connection may still bring events of the one before. */
  readonly taskId: string;
  /** Of `task-failed`, else `""`. */
  readonly code: string;
  /** Of `task-failed`, else `""`. */
  readonly message: string;
  readonly payload: unknown;
}

const event = z.looseObject({
  header: z.looseObject({
    event: z.string(),
    task_id: z.string().default(""),
    error_code: z.string().default(""),
    error_message: z.string().default(""),
  }),
  payload: z.unknown().optional(),
});

/**
 * Reads an event.
 *
 * @throws {EarshotError} the family's `protocol` error for anything else
 */
export function readDashscopeEvent(service: ServiceName, message: string): DashscopeEvent {
  const { header, payload } = readReply(service, message, event);
  const { event: what, task_id: taskId, error_code: code, error_message } = header;
  return { event: what, taskId, code, message: error_message, payload };
}
