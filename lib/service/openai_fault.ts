import { z } from "zod";
import type { EarshotError, ServiceFamily, ServiceFault } from "../errors/mod.ts";
import type { HttpRefusal } from "../net/mod.ts";
import { type FaultFacts, faultOfStatus, serviceError } from "./service_error.ts";
import type { ServiceName } from "./service_name.ts";

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
  // Kokoro-FastAPI.
  z.looseObject({ detail: z.looseObject({ error: z.string(), message: text, type: text }) })
    .transform(({ detail: { error, message, type } }) => ({ ...named(message), code: error, type })),
  z.looseObject({ message: z.string(), code: text }).transform(({ message, code }) => ({
    ...named(message),
    code,
  })),
  // Coze.
  z.looseObject({ msg: z.string(), code: text }).transform(({ msg, code }) => ({ ...named(msg), code })),
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
  // Kokoro-FastAPI.
  invalid_model: "config",
  validation_error: "config",
  // SiliconFlow.
  20012: "config",
  30001: "quota",
  // Coze.
  4013: "throttled",
  4100: "auth",
  4101: "auth",
  4200: "config",
};

/** The fields of a request that hold what somebody said or is to say, and not what the config says. */
const INPUT: Readonly<Record<ServiceFamily, readonly string[]>> = {
  asr: ["file", "audio"],
  tts: ["input"],
  llm: [],
  voiceprint: [],
};

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
  const meaning = status === 400 && INPUT[service.family].includes(fault.param)
    ? "bad_input"
    : status < 500 && named !== undefined
    ? named
    : faultOfStatus(status);
  return serviceError(service, meaning, { detail: `it answered ${status} ${fault.message}`, cause: refusal });
}

/** What a service says in the midst of its events, or with a status of 200, that went wrong. */
export function openaiMeaning(
  { code, type, param, message }: OpenaiFault,
  family: ServiceFamily,
): readonly [ServiceFault, FaultFacts] {
  const meaning = INPUT[family].includes(param) ? "bad_input" : CODES[code] ?? CODES[type] ?? "failed";
  return [meaning, { detail: `${code} ${message}` }];
}

function named(message: string): OpenaiFault {
  return { message, type: "", code: "", param: "" };
}
