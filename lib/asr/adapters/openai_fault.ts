import { z } from "zod";
import type { EarshotError, ErrorCode } from "../../errors/mod.ts";
import type { HttpRefusal } from "../../net/mod.ts";
import { codeOfStatus, serviceError } from "../service_error.ts";

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
const CODES: Readonly<Record<string, ErrorCode>> = {
  invalid_api_key: "asr.auth",
  insufficient_quota: "asr.quota",
  billing_hard_limit_reached: "asr.quota",
  rate_limit_exceeded: "asr.throttled",
  model_not_found: "asr.config",
  audio_unintelligible: "asr.bad_audio",
  authentication_error: "asr.auth",
  permission_error: "asr.auth",
  rate_limit_error: "asr.throttled",
  server_error: "asr.failed",
  invalid_request_error: "asr.config",
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

/** A refused request as an error of recognition: by the name that the service gives it, else by its status. */
export function openaiRefusal(service: string, refusal: HttpRefusal): EarshotError {
  const fault = readOpenaiFault(refusal.body);
  const { status } = refusal;
  const named = CODES[fault.code];
  // A name never makes a refusal final that its status says may pass, except for money that is used up.
  const code = status === 400 && SOUND.has(fault.param)
    ? "asr.bad_audio"
    : status < 500 && named !== undefined
    ? named
    : codeOfStatus(status);
  return serviceError(code, { service, detail: `it answered ${status} ${fault.message}`, cause: refusal });
}

/** What a service says in the midst of its events, as an error of recognition. */
export function openaiError(service: string, fault: OpenaiFault): EarshotError {
  const code = SOUND.has(fault.param)
    ? "asr.bad_audio"
    : CODES[fault.code] ?? CODES[fault.type] ?? "asr.failed";
  return serviceError(code, { service, detail: `${fault.code} ${fault.message}` });
}

function named(message: string): OpenaiFault {
  return { message, type: "", code: "", param: "" };
}
