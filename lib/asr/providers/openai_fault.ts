import { z } from "zod";
import type { EarshotError, ServiceFault } from "../../errors/mod.ts";
import type { HttpRefusal } from "../../net/mod.ts";
import { type FaultFacts, faultOfStatus, serviceError, type ServiceName } from "../../service/mod.ts";

/** What an OpenAI-compatible service says that went wrong; what it leaves out is `""`. */
export interface OpenaiFault {
  /** Its words. */
  readonly message: string;
  /** Its kind, such as `invalid_request_error`. */
  readonly type: string;
  /** Its name, such as `insufficient_quota`. */
  readonly code: string;
  /** The field that is wrong. */
  readonly param: string;
}

const text = z.union([z.string(), z.number()]).nullish().transform((value) => String(value ?? ""));

/** An `error` object. */
export const openaiFault: z.ZodType<OpenaiFault> = z.looseObject({
  message: text,
  type: text,
  code: text,
  param: text,
});

const SHAPES = z.union([
  z.looseObject({ error: openaiFault }).transform(({ error }) => error),
  z.looseObject({ error: z.string() }).transform(({ error }) => named(error)),
  z.looseObject({ detail: z.string() }).transform(({ detail }) => named(detail)),
  z.looseObject({ detail: z.array(z.looseObject({ msg: z.string() })).min(1) })
    .transform(({ detail }) => named(detail.map(({ msg }) => msg).join(", "))),
  z.looseObject({ message: z.string(), code: text }).transform(({ message, code }) => ({
    ...named(message),
    code,
  })),
  z.string().transform(named),
]);

/** What the names mean; then the kinds. */
const CODES: Readonly<Record<string, ServiceFault>> = {
  invalid_api_key: "auth",
  insufficient_quota: "quota",
  billing_hard_limit_reached: "quota",
  rate_limit_exceeded: "throttled",
  model_not_found: "config",
  audio_unintelligible: "bad_input",
  authentication_error: "auth",
  permission_error: "auth",
  rate_limit_error: "throttled",
  server_error: "failed",
  invalid_request_error: "config",
};

/** Where the sound is in a request. */
const SOUND = new Set(["file", "audio"]);

/** Reads the body of a refusal in whatever shape it comes: an object, a bare string, a `detail`, or no JSON at all. */
export function readOpenaiFault(body: string): OpenaiFault {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return named(body);
  }
  const read = SHAPES.safeParse(value);
  return read.success ? read.data : named("");
}

/** A refused request as an error of the service: by the name that it gives the fault, else by its status. */
export function openaiRefusal(service: ServiceName, refusal: HttpRefusal): EarshotError {
  const fault = readOpenaiFault(refusal.body);
  const { status } = refusal;
  const named = CODES[fault.code];
  // A name never makes a refusal final that its status says may pass, except for money that is used up.
  const meaning = status === 400 && SOUND.has(fault.param)
    ? "bad_input"
    : status < 500 && named !== undefined
    ? named
    : faultOfStatus(status);
  return serviceError(service, meaning, { detail: `it answered ${status} ${fault.message}`, cause: refusal });
}

/** What a service says in the midst of its events that went wrong. */
export function openaiMeaning(
  { code, type, param, message }: OpenaiFault,
): readonly [ServiceFault, FaultFacts] {
  const meaning = SOUND.has(param) ? "bad_input" : CODES[code] ?? CODES[type] ?? "failed";
  return [meaning, { detail: `${code} ${message}` }];
}

function named(message: string): OpenaiFault {
  return { message, type: "", code: "", param: "" };
}
