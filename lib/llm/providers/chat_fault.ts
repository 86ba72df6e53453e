import { z } from "zod";
import type { EarshotError } from "../../errors/mod.ts";
import { faultOfStatus, jsonOf, type ServiceName } from "../../service/mod.ts";
import { llmError, type LlmFault } from "./llm_error.ts";

/** What a server says that went wrong; what it leaves out is `""`. */
export interface ChatFault {
  /** Its words. */
  readonly message: string;
  /** Its kind, such as `invalid_request_error`. */
  readonly type: string;
  /** Its name or number, such as `insufficient_quota` or `1113`. */
  readonly code: string;
  /** The field that is wrong. */
  readonly param: string;
}

const text = z.union([z.string(), z.number()]).nullish().catch(undefined).transform((value) =>
  String(value ?? "")
);
const fields = z.looseObject({ message: text, type: text, code: text, param: text, status: text })
  // Google's kind is its `status`.
  .transform(({ message, type, code, param, status }): ChatFault => ({
    message,
    type: type === "" ? status : type,
    code,
    param,
  }));
const detailItem = z.looseObject({
  msg: z.string(),
  loc: z.array(z.union([z.string(), z.number()])).catch([]),
});

const SHAPES = z.union([
  z.looseObject({ error: fields }).transform(({ error }) => error),
  z.looseObject({ error: z.string().min(1), code: text, type: text }).transform(({ error, code, type }) => ({
    ...worded(error),
    code,
    type,
  })),
  z.looseObject({ errors: fields }).transform(({ errors }) => errors),
  z.looseObject({ detail: z.string() }).transform(({ detail }) => worded(detail)),
  // What was sent is in it too, and is not repeated.
  z.looseObject({ detail: z.array(detailItem).min(1) }).transform(({ detail }) => ({
    ...worded(detail.map(({ msg }) => msg).join(", ")),
    param: detail.flatMap(({ loc }) => loc[0] === "body" ? [loc.slice(1).join(".")] : [])[0] ?? "",
  })),
  fields.refine(({ message }) => message !== ""),
  z.string().transform(worded),
]);

/** A fault in whatever shape it comes, decoded; what says nothing is a fault without words. */
export function chatFaultOf(value: unknown): ChatFault {
  const read = SHAPES.safeParse(Array.isArray(value) ? value[0] : value);
  return read.success ? read.data : worded("");
}

/** The body of a refusal, in whatever shape it comes: an object, a list, a bare string, or no JSON at all. */
export function readChatFault(body: string): ChatFault {
  const value = jsonOf(body);
  if (value !== undefined) return chatFaultOf(value);
  // Of a page, its words.
  return worded(body.replaceAll(/<(script|style)\b.*?<\/\1>|<[^>]*>/gis, " "));
}

const fault = z.union([
  z.looseObject({ error: z.union([z.looseObject({}), z.string().min(1)]) }),
  z.looseObject({
    code: z.union([z.string(), z.number()]),
    message: z.string(),
    choices: z.null().optional(),
  }),
]);

/** Whether a message of a stream, or an answer with status 200, says that something went wrong. */
export function isChatFault(value: unknown): boolean {
  return fault.safeParse(Array.isArray(value) ? value[0] : value).success;
}

/** What names and kinds mean whatever the status is: some say with 429 that the money is used up. */
const ALWAYS: readonly (readonly [RegExp, LlmFault])[] = [
  [
    /content_?filter|content_policy|^sensitive|sensitive_?content|data_?inspection|^1301$|responsible_?ai/i,
    "content",
  ],
  [/context_length|exceed_context|context_window|string_above_max|^1261$/i, "context"],
  [
    /insufficient_(user_)?(quota|balance)|exceeded_current_quota|arrear|overdue|billing|^1113$|^1304$|^13(08|09|10)$/i,
    "quota",
  ],
];
const ALWAYS_WORDS: readonly (readonly [RegExp, LlmFault])[] = [
  [/inappropriate content|content filtering|不安全或敏感/i, "content"],
  [/insufficient (account )?balance|balance is (insufficient|too low|not enough)|余额不足|欠费/i, "quota"],
];
/** Words for a conversation that is too long; in a refusal for another reason they mean something else. */
const TOO_LONG =
  /maximum context|context (length|window|size)|prompt is too long|range of input length|input (length|tokens?|token count) .*exceeds?/i;
const NOT_FOR_LENGTH = new Set([401, 402, 403, 404, 429, 503, 529]);

/** What names and kinds mean where the status leaves it open. */
const NAMES: readonly (readonly [RegExp, LlmFault])[] = [
  [
    /rate_?limit|throttl|overload|too_many|concurren|exhausted|unavailable|server_busy|^13(02|03|05|12)$/i,
    "throttled",
  ],
  [/api_?key|authenti|permission|unauthorized|access_?denied|token_expired|^100[0-4]$/i, "auth"],
  [/not_?(found|open|exist)|unknown_?model|^1211$|^20012$/i, "config"],
  [/server_?error|internal|api_error|network_error|^50\d$/i, "failed"],
  [/invalid|bad_?request|unsupported|^12\d\d$|^40[0-9]$|^422$/i, "config"],
];
const KEY_WORDS =
  /api.?key (is )?(not valid|invalid|incorrect|missing)|(invalid|incorrect|missing|no) api.?key/i;

/** What went wrong, by the name that the server gives it, its words, and its HTTP status, if there is one. */
export function meaningOf(fault: ChatFault, status = statusIn(fault)): LlmFault {
  const { message, type, code } = fault;
  const named = (table: typeof ALWAYS) =>
    table.find(([name]) => name.test(code))?.[1] ?? table.find(([name]) => name.test(type))?.[1];
  const always = named(ALWAYS) ?? ALWAYS_WORDS.find(([words]) => words.test(message))?.[1];
  if (always !== undefined) return always;
  if (status === 413 || (TOO_LONG.test(message) && !NOT_FOR_LENGTH.has(status ?? 0))) return "context";
  if (status === 429 || status === 503 || status === 529) return "throttled";
  // A name never makes a refusal final that its status says may pass.
  if (status !== undefined && status >= 500) return "failed";
  if (KEY_WORDS.test(message)) return "auth";
  return named(NAMES) ?? (status === undefined ? "failed" : faultOfStatus(status));
}

/** An error of the server in whatever words it has; `meaning` where the server's own names say it. */
export function chatError(
  service: ServiceName,
  fault: ChatFault,
  { status, cause, meaning = meaningOf(fault, status) }: {
    readonly status?: number;
    readonly cause?: unknown;
    readonly meaning?: LlmFault | undefined;
  } = {},
): EarshotError {
  const { message, code } = fault;
  // llama.cpp repeats the status as its code.
  const words = code === String(status) || message.includes(code) ? message : `${code} ${message}`;
  return llmError(service, meaning, {
    detail: status === undefined ? words : `it answered ${status} ${words}`,
    cause,
  });
}

/** In mid-answer some servers say the HTTP status that they would have sent. */
function statusIn({ code }: ChatFault): number | undefined {
  return /^[45]\d\d$/.test(code) ? Number(code) : undefined;
}

function worded(message: string): ChatFault {
  return { message, type: "", code: "", param: "" };
}
