import type { LlmExchange, LlmRefusalKind } from "./llm_behavior.ts";
import type { LlmReply } from "./llm_answer.ts";

/** The servers that speak chat completions, each with ways of its own. */
export const CHAT_SERVERS = [
  "openai",
  "azure",
  "deepseek",
  "qwen",
  "glm",
  "doubao",
  "siliconflow",
  "gemini",
  "ollama",
  "lmstudio",
  "vllm",
  "vllm_old",
  "llamacpp",
  "xinference",
  "bare",
] as const;

/** One of {@linkcode CHAT_SERVERS}. */
export type ChatServerName = typeof CHAT_SERVERS[number];

/** In what a server differs from OpenAI's. */
export interface ChatServer {
  /** Whether it is told not to think. */
  readonly thinks: (body: LlmExchange["body"]) => boolean;
  /** Where thoughts are; `content` is in the answer, in tags. */
  readonly thoughtsIn: "hidden" | "reasoning_content" | "reasoning" | "reasoning_details" | "content";
  /** What each chunk has besides. */
  readonly chunk?: Readonly<Record<string, unknown>>;
  /** What a delta of text has besides. */
  readonly delta?: Readonly<Record<string, unknown>>;
  /** Events before the first word. */
  readonly opening?: readonly unknown[];
  /** A sign of life. */
  readonly comment: string;
  /** Whether the reason of the end comes with the last text, on its own, or never. */
  readonly finish: "alone" | "empty text" | "never";
  /** Where the counts are: in a chunk without choices, with the end, or in every chunk. */
  readonly usage: "own chunk" | "with finish" | "every chunk";
  readonly tooLong: "refuse" | "forget" | "empty";
  /** What it says where it, or the model, takes no tools. Default: that the field is not supported. */
  readonly toolsRefusal?: LlmReply;
  /** What it says with the first call, and wants to see again. */
  readonly callExtra?: Readonly<Record<string, unknown>>;
  /** What it does not take of a conversation with calls. */
  readonly wrong?: (exchange: LlmExchange) => string | undefined;
  /** What it refuses of a request. */
  readonly refuses?: (exchange: LlmExchange) => LlmReply | undefined;
  /** How it words what went wrong, where it has words of its own. */
  readonly refusals: Partial<Record<LlmRefusalKind, LlmReply>>;
  /** How it wraps an error. */
  readonly error: (
    message: string,
    facts: { readonly status: number; readonly code: string; readonly type: string },
  ) => unknown;
  /** What it says in mid-answer that went wrong; then `[DONE]`, or not. */
  readonly midError: (kind: LlmRefusalKind, error: unknown) => string;
}

const json = (status: number, value: unknown): LlmReply => ({ status, body: JSON.stringify(value) });
const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const DONE = "data: [DONE]\n\n";
const never = () => false;
const always = () => true;

const OPENAI: ChatServer = {
  thinks: never,
  thoughtsIn: "hidden",
  chunk: { service_tier: "default", system_fingerprint: "fp", obfuscation: "x7Gq" },
  comment: ": keep-alive\n\n",
  finish: "alone",
  usage: "own chunk",
  tooLong: "refuse",
  refuses: ({ body }) => {
    if (!/^(o\d|gpt-5)/.test(String(body["model"]))) return undefined;
    const named = ["max_tokens", "temperature"].find((name) => body[name] !== undefined);
    if (named === undefined) return undefined;
    return json(400, {
      error: {
        message: `Unsupported parameter: '${named}' is not supported with this model.` +
          (named === "max_tokens" ? " Use 'max_completion_tokens' instead." : ""),
        type: "invalid_request_error",
        param: named,
        code: "unsupported_parameter",
      },
    });
  },
  refusals: {
    quota: json(429, {
      error: {
        message: "You exceeded your current quota, please check your plan and billing details.",
        type: "insufficient_quota",
        param: null,
        code: "insufficient_quota",
      },
    }),
    context: json(400, {
      error: {
        message:
          "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
        type: "invalid_request_error",
        param: "messages",
        code: "context_length_exceeded",
      },
    }),
    content: json(400, {
      error: { message: "The response was filtered.", type: null, param: "prompt", code: "content_filter" },
    }),
  },
  error: (message, { code, type }) => ({ error: { message, type, param: null, code } }),
  midError: (_kind, error) => event(error),
};

const effortOff = ({ reasoning_effort: effort }: LlmExchange["body"]) => effort !== "none";
const thinkingOff = ({ thinking }: LlmExchange["body"]) => JSON.stringify(thinking) !== '{"type":"disabled"}';
const templateOff = ({ chat_template_kwargs: kwargs }: LlmExchange["body"]) =>
  JSON.stringify(kwargs) !== '{"enable_thinking":false}';
/** `{code, message, data}`, as several clouds have it. */
const numbered: ChatServer["error"] = (message, { code, status }) => ({
  code: code || status,
  message,
  data: null,
});

/** The calls of a request, with the message that has them. */
const callsIn = ({ body }: LlmExchange) =>
  (Array.isArray(body["messages"]) ? body["messages"] : []).filter(({ tool_calls: calls }) =>
    Array.isArray(calls)
  );

/** Every server. */
export const CHAT_SERVER: Readonly<Record<ChatServerName, ChatServer>> = {
  openai: OPENAI,
  azure: {
    ...OPENAI,
    opening: [{ choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] }],
  },
  deepseek: {
    ...OPENAI,
    chunk: { system_fingerprint: "fp" },
    thinks: thinkingOff,
    thoughtsIn: "reasoning_content",
    wrong: (exchange) =>
      thinkingOff(exchange.body) &&
        callsIn(exchange).some(({ reasoning_content: thoughts }) => thoughts === undefined)
        ? "Missing `reasoning_content` field in the assistant message"
        : undefined,
    // The deltas of thoughts have no content, those of the answer no thoughts.
    delta: { reasoning_content: null },
    usage: "with finish",
    refuses: () => undefined,
    refusals: {
      ...OPENAI.refusals,
      quota: json(402, {
        error: {
          message: "Insufficient Balance",
          type: "unknown_error",
          param: null,
          code: "invalid_request_error",
        },
      }),
      content: json(400, {
        error: { message: "Content Exists Risk", type: "invalid_request_error", code: "content_filter" },
      }),
    },
  },
  qwen: {
    ...OPENAI,
    thinks: ({ enable_thinking: enabled }) => enabled !== false,
    thoughtsIn: "reasoning_content",
    refuses: () => undefined,
    refusals: {
      busy: json(429, {
        error: {
          message: "Requests throttling triggered.",
          type: "Throttling.RateQuota",
          code: "Throttling.RateQuota",
        },
        request_id: "r",
      }),
      quota: json(400, {
        error: {
          message: "Access denied, please make sure your account is in good standing.",
          type: "Arrearage",
          param: null,
          code: "Arrearage",
        },
      }),
      context: json(400, {
        error: {
          message: "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]",
          type: "invalid_request_error",
          code: "invalid_parameter_error",
        },
      }),
      content: json(400, {
        code: "DataInspectionFailed",
        message: "Input data may contain inappropriate content.",
        request_id: "r",
      }),
    },
  },
  glm: {
    ...OPENAI,
    wrong: ({ body }) =>
      ["auto", undefined].some((known) => known === body["tool_choice"])
        ? undefined
        : "tool_choice is not auto",
    chunk: { request_id: "r" },
    thinks: thinkingOff,
    thoughtsIn: "reasoning_content",
    usage: "with finish",
    refuses: () => undefined,
    refusals: {
      busy: json(429, { error: { code: "1302", message: "您当前使用该API的并发数过高" } }),
      quota: json(429, { error: { code: "1113", message: "您的账户已欠费，请充值后重试" } }),
      auth: json(401, { error: { code: "1002", message: "Authorization Token非法" } }),
      model: json(400, { error: { code: "1211", message: "模型不存在，请检查模型代码。" } }),
      context: json(400, { error: { code: "1261", message: "Prompt 超长" } }),
      content: json(400, {
        contentFilter: [{ level: 1, role: "user" }],
        error: { code: "1301", message: "系统检测到输入或生成内容可能包含不安全或敏感内容" },
      }),
      request: json(400, { error: { code: "1210", message: "API 调用参数有误" } }),
    },
  },
  doubao: {
    ...OPENAI,
    thinks: thinkingOff,
    thoughtsIn: "reasoning_content",
    refuses: () => undefined,
    refusals: {
      busy: json(429, {
        error: {
          code: "ModelAccountTpmRateLimitExceeded",
          message: "TPM",
          param: "",
          type: "TooManyRequests",
        },
      }),
      quota: json(403, {
        error: { code: "AccountOverdueError", message: "overdue balance", param: "", type: "Forbidden" },
      }),
      auth: json(401, {
        error: { code: "AuthenticationError", message: "API key format", param: "", type: "Unauthorized" },
      }),
      model: json(404, {
        error: { code: "ModelNotOpen", message: "not activated", param: "", type: "NotFound" },
      }),
      context: json(400, {
        error: {
          code: "InvalidParameter",
          message: "Total tokens of image and text exceed max message tokens: maximum context length",
          param: "messages",
          type: "BadRequest",
        },
      }),
      content: json(400, {
        error: {
          code: "InputTextSensitiveContentDetected",
          message: "may contain",
          param: "",
          type: "BadRequest",
        },
      }),
    },
  },
  siliconflow: {
    ...OPENAI,
    toolsRefusal: json(400, {
      code: 20037,
      message: "Function call is not supported for this model.",
      data: null,
    }),
    thinks: ({ enable_thinking: enabled }) => enabled !== false,
    thoughtsIn: "reasoning_content",
    usage: "every chunk",
    refuses: () => undefined,
    error: numbered,
    refusals: {
      busy: { status: 503, body: '{"code":50505,"message":"Model service overloaded.","data":null}' },
      quota: json(403, { code: 30001, message: "Sorry, your account balance is insufficient", data: null }),
      auth: { status: 401, body: '"Invalid token"' },
      model: json(400, { code: 20012, message: "Model does not exist.", data: null }),
      context: json(413, {
        code: 20015,
        message: "length of prompt_tokens must be less than max_seq_len",
        data: null,
      }),
      content: json(451, { code: 451, message: "content_filter: inappropriate content", data: null }),
    },
  },
  gemini: {
    ...OPENAI,
    callExtra: { google: { thought_signature: "Eu8BCuwB" } },
    wrong: (exchange) =>
      callsIn(exchange).some(({ tool_calls: [first] }) =>
          typeof first?.extra_content?.google?.thought_signature !== "string"
        )
        ? "Function call is missing a thought_signature in functionCall parts."
        : undefined,
    toolsRefusal: json(400, [{
      error: {
        code: 400,
        message: "Function calling is not enabled for models/m",
        status: "INVALID_ARGUMENT",
      },
    }]),
    thinks: effortOff,
    // It keeps its thoughts.
    thoughtsIn: "hidden",
    usage: "every chunk",
    refuses: () => undefined,
    error: (message, { status, type }) => [{ error: { code: status, message, status: type } }],
    refusals: {
      busy: json(429, [{
        error: { code: 429, message: "Resource has been exhausted.", status: "RESOURCE_EXHAUSTED" },
      }]),
      auth: json(400, [{
        error: {
          code: 400,
          message: "API key not valid. Please pass a valid API key.",
          status: "INVALID_ARGUMENT",
        },
      }]),
      context: json(400, [{
        error: {
          code: 400,
          message: "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
          status: "INVALID_ARGUMENT",
        },
      }]),
    },
  },
  ollama: {
    ...OPENAI,
    toolsRefusal: json(400, {
      error: {
        message: "registry.ollama.ai/library/m:latest does not support tools",
        type: "invalid_request_error",
        param: null,
        code: null,
      },
    }),
    chunk: { system_fingerprint: "fp_ollama" },
    thinks: effortOff,
    thoughtsIn: "reasoning",
    comment: "",
    tooLong: "forget",
    refuses: () => undefined,
    refusals: {
      model: json(404, {
        error: {
          message: 'model "m" not found, try pulling it first',
          type: "not_found_error",
          param: null,
          code: null,
        },
      }),
    },
    // It goes without a word.
    midError: () =>
      event({ choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }] }),
  },
  lmstudio: {
    ...OPENAI,
    thinks: always,
    thoughtsIn: "reasoning_content",
    comment: "",
    tooLong: "empty",
    refuses: () => undefined,
    error: (message) => ({ error: message }),
    refusals: {},
    midError: (_kind, error) => `event: error\ndata: ${JSON.stringify(error)}\n\n`,
  },
  vllm: {
    ...OPENAI,
    toolsRefusal: json(400, {
      error: {
        message: '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        type: "BadRequestError",
        param: null,
        code: 400,
      },
    }),
    thinks: templateOff,
    thoughtsIn: "reasoning",
    comment: "",
    finish: "empty text",
    refuses: () => undefined,
    error: (message, { status, type }) => ({ error: { message, type, param: null, code: status } }),
    refusals: {
      context: json(400, {
        error: {
          message: "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
          type: "BadRequestError",
          param: null,
          code: 400,
        },
      }),
    },
    midError: (_kind, error) => event(error) + DONE,
  },
  vllm_old: {
    ...OPENAI,
    thinks: templateOff,
    thoughtsIn: "reasoning_content",
    comment: "",
    finish: "never",
    refuses: () => undefined,
    error: (message, { status, type }) => ({ object: "error", message, type, param: null, code: status }),
    refusals: {},
    midError: (_kind, error) => event(error) + DONE,
  },
  llamacpp: {
    ...OPENAI,
    toolsRefusal: json(500, {
      error: { code: 500, message: "tools param requires --jinja flag", type: "server_error" },
    }),
    thinks: templateOff,
    thoughtsIn: "reasoning_content",
    // As xllamacpp 2026.10.11549 does it.
    opening: [{ choices: [{ index: 0, delta: { role: "assistant", content: null }, finish_reason: null }] }],
    chunk: { system_fingerprint: "b0-unknown" },
    comment: ":\n\n",
    refuses: () => undefined,
    error: (message, { status, type }) => ({ error: { code: status, message, type } }),
    refusals: {
      loading: json(503, { error: { code: 503, message: "Loading model", type: "unavailable_error" } }),
      context: json(400, {
        error: {
          code: 400,
          message:
            "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it",
          type: "exceed_context_size_error",
          n_prompt_tokens: 5_000,
          n_ctx: 4_096,
        },
      }),
    },
  },
  xinference: {
    ...OPENAI,
    toolsRefusal: json(400, { detail: "Only ['qwen2.5-instruct'] support tool calls" }),
    thinks: always,
    thoughtsIn: "content",
    delta: { role: "assistant", tool_calls: [] },
    comment: "event: ping\n\n",
    refuses: ({ messages }) =>
      messages.slice(1).some(({ role }) => role === "system")
        ? json(400, { detail: "System message must be at the beginning." })
        : undefined,
    error: (message) => ({ detail: message }),
    refusals: {},
    midError: (kind) => event({ error: `Model actor is out: ${kind}` }),
  },
  /** As little as can be: no role, no finish, errors as plain text. */
  bare: {
    ...OPENAI,
    thinks: always,
    thoughtsIn: "reasoning_details",
    comment: "\n",
    finish: "never",
    refuses: () => undefined,
    error: (message) => message,
    refusals: {
      model: {
        status: 404,
        body: "<html><head><title>404</title></head><body>Not Found</body></html>",
        type: "text/html",
      },
      context: { status: 413, body: "<h1>413 Request Entity Too Large</h1>", type: "text/html" },
    },
    midError: (_kind, error) => `event: error\ndata: ${String(error)}\n\n`,
  },
};
