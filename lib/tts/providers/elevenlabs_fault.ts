import { z } from "zod";
import type { EarshotError, ServiceFault } from "../../errors/mod.ts";
import { HttpRefusal } from "../../net/mod.ts";
import { connectionError, faultOfStatus, jsonOf, serviceError, type ServiceName } from "../../service/mod.ts";

/** What the service's names for faults mean. */
const FAULTS: Readonly<Record<string, ServiceFault>> = {
  invalid_api_key: "auth",
  missing_api_key: "auth",
  needs_authorization: "auth",
  invalid_authorization_header: "auth",
  missing_permissions: "auth",
  // A free account that is shut off.
  detected_unusual_activity: "quota",
  quota_exceeded: "quota",
  payment_required: "quota",
  subscription_required: "quota",
  voice_not_found: "config",
  voice_does_not_exist: "config",
  model_not_found: "config",
  invalid_uid: "config",
  output_format_not_allowed: "config",
  max_character_limit_exceeded: "bad_input",
  text_too_long: "bad_input",
  too_many_concurrent_requests: "throttled",
  concurrent_limit_exceeded: "throttled",
  rate_limit_exceeded: "throttled",
  system_busy: "throttled",
  input_timeout_exceeded: "timeout",
  invalid_input_message: "protocol",
};

const body = z.looseObject({
  detail: z.looseObject({
    status: z.string().optional(),
    code: z.string().optional(),
    message: z.string().default(""),
  }),
});

/** What the service says that went wrong by JSON with status 200; `undefined` where it is none of its. */
export function elevenlabsFaultIn(service: ServiceName, json: unknown): EarshotError | undefined {
  const { data } = body.safeParse(json);
  if (data === undefined) return undefined;
  const { status, code, message } = data.detail;
  return elevenlabsFault(service, { name: status ?? code ?? "", message });
}

/** What it says by its name for it. */
export function elevenlabsFault(
  service: ServiceName,
  { name, message }: { readonly name: string; readonly message: string },
): EarshotError {
  return serviceError(service, FAULTS[name] ?? "failed", { detail: `${spelled(name)} ${message}` });
}

/** A refused request or handshake: 401 may be a wrong key or a spent account, so its name for it goes first. */
export function elevenlabsRefusal(service: ServiceName, thrown: unknown): EarshotError {
  if (!(thrown instanceof HttpRefusal)) return connectionError(service, thrown);
  const { data } = body.safeParse(jsonOf(thrown.body));
  if (data === undefined) return connectionError(service, thrown);
  const { status: name, code, message } = data.detail;
  const fault = FAULTS[name ?? code ?? ""] ?? faultOfStatus(thrown.status);
  const detail = `it answered ${thrown.status} ${spelled(name ?? code ?? "")} ${message}`;
  return serviceError(service, fault, { detail, cause: thrown });
}

/** As one word it is so long that it would be taken for a secret. */
function spelled(name: string): string {
  return name.replaceAll("_", " ");
}
