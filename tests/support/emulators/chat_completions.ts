import { chunksOf } from "./call_shapes.ts";
import { CHAT_SERVER, type ChatServer, type ChatServerName } from "./chat_servers.ts";
import type { LlmReply } from "./llm_answer.ts";
import type { LlmBehavior, LlmExchange, LlmRefusalKind } from "./llm_behavior.ts";
import { type LlmDialect, LlmEmulator, type LlmEmulatorOptions, messagesFault } from "./llm_emulator.ts";
import { chatTalk } from "./tool_talk.ts";

/** What every server means, if it has no words of its own. */
const FAULTS: Readonly<
  Record<LlmRefusalKind, Parameters<ChatServer["error"]>[1] & { readonly message: string }>
> = {
  busy: { status: 429, code: "rate_limit_exceeded", type: "rate_limit_error", message: "Rate limit reached" },
  loading: { status: 503, code: "", type: "unavailable_error", message: "Loading model" },
  quota: { status: 402, code: "", type: "", message: "Insufficient Balance" },
  auth: {
    status: 401,
    code: "invalid_api_key",
    type: "authentication_error",
    message: "Incorrect API key provided",
  },
  model: {
    status: 404,
    code: "model_not_found",
    type: "NotFoundError",
    message: "The model `m` does not exist.",
  },
  context: {
    status: 400,
    code: "context_length_exceeded",
    type: "invalid_request_error",
    message: "prompt is too long",
  },
  content: { status: 400, code: "content_filter", type: "content_filter", message: "inappropriate content" },
  server: { status: 500, code: "", type: "server_error", message: "The server had an error" },
  request: { status: 422, code: "", type: "invalid_request_error", message: "Invalid value." },
};

const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const DONE = "data: [DONE]\n\n";

/** A server of this name; for load and soak, `openai` is as good as any. */
export function chatCompletions(name: ChatServerName = "openai"): LlmDialect {
  const server = CHAT_SERVER[name];
  const refusal = (kind: LlmRefusalKind): LlmReply => {
    const { message, ...facts } = FAULTS[kind];
    const error = server.error(message, facts);
    return server.refusals[kind] ?? {
      status: facts.status,
      body: typeof error === "string" ? error : JSON.stringify(error),
      ...(typeof error === "string" && { type: "text/plain" }),
    };
  };
  const chunkOf = (choice: unknown, { body }: LlmExchange, usage?: unknown) =>
    event({
      id: "chatcmpl-1",
      object: "chat.completion.chunk",
      created: 1_700_000_000,
      model: body["model"],
      ...server.chunk,
      ...(choice !== undefined && { choices: [choice] }),
      ...(usage !== undefined && { usage }),
    });
  const deltaOf = (delta: unknown, exchange: LlmExchange, finish: string | null = null) =>
    chunkOf(
      { index: 0, delta, logprobs: null, finish_reason: finish },
      exchange,
      // Servers that count all along say so from the first chunk on.
      server.usage === "every chunk" ? usageOf(1, exchange.tokens) : undefined,
    );
  return {
    base: name === "bare" ? "" : "/v1",
    path: name === "bare" ? "/chat/completions" : "/v1/chat/completions",
    contentType: name === "bare" ? "text/event-stream" : "text/event-stream; charset=utf-8",
    tooLong: server.tooLong,
    comment: server.comment,
    ...(name === "ollama" && { slots: 1, warmPath: "/api/generate" }),
    other: ({ path, method }) => {
      if (name === "ollama" && path === "/api/generate") return ok({ done: true, done_reason: "load" });
      if (!path.endsWith("/models") || method !== "GET") return undefined;
      return ok({ object: "list", data: [{ id: "m", object: "model", meta: { n_ctx: 4_096 } }] });
    },
    talkOf: chatTalk,
    check: (exchange, { behavior, violation }) => {
      const wrong = wrongOf(exchange) ?? server.wrong?.(exchange);
      if (wrong !== undefined) violation(wrong);
      if (wrong !== undefined) return refusal("request");
      return server.refuses?.(exchange) ?? refusedTools(server, exchange, behavior) ??
        refusedField(exchange, behavior);
    },
    thinks: ({ body }) => server.thinks(body),
    begin: (exchange) =>
      (server.opening ?? []).map(event).join("") +
      (name === "bare"
        ? ""
        : deltaOf({ role: "assistant", content: "", refusal: null, ...server.delta }, exchange)),
    thought: (token, exchange) => {
      switch (server.thoughtsIn) {
        case "hidden":
          return server.comment;
        case "content":
          return deltaOf({ ...server.delta, content: token }, exchange);
        case "reasoning_details":
          return deltaOf({ reasoning_details: [{ type: "reasoning.text", text: token }] }, exchange);
        default:
          return deltaOf({ ...server.delta, content: null, [server.thoughtsIn]: token }, exchange);
      }
    },
    token: (token, exchange) => deltaOf({ ...server.delta, content: token }, exchange),
    calls: (calls, { shape, exchange }) =>
      chunksOf(shape, calls).map((fragments, index) =>
        deltaOf({
          ...server.delta,
          content: null,
          tool_calls: fragments.map((fragment) => ({
            ...fragment,
            ...(index === 0 && server.callExtra && { extra_content: server.callExtra }),
          })),
        }, exchange)
      ),
    end: (finish, { exchange, promptTokens, answerTokens, omit }) => {
      const usage = usageOf(promptTokens, answerTokens);
      const finishes = server.finish !== "never" && omit !== "finish" && omit !== "both";
      const delta = server.finish === "empty text" ? { content: "" } : {};
      const choice = { index: 0, delta, logprobs: null, finish_reason: finish };
      const asked = JSON.stringify(exchange.body["stream_options"]) === '{"include_usage":true}';
      return [
        finishes ? chunkOf(choice, exchange, server.usage === "own chunk" ? undefined : usage) : "",
        asked && server.usage === "own chunk" ? event({ id: "chatcmpl-1", choices: [], usage }) : "",
        omit === "done" || omit === "both" ? "" : DONE,
      ].join("");
    },
    whole: (content, { promptTokens, answerTokens, finish, thoughts, calls }) =>
      JSON.stringify({
        id: "chatcmpl-1",
        object: "chat.completion",
        choices: [{
          index: 0,
          message: {
            role: "assistant",
            content: content === "" && calls.length > 0 ? null : content,
            ...(thoughts !== "" && { reasoning_content: thoughts }),
            ...(calls.length > 0 && { tool_calls: chunksOf("together", calls)[0] }),
          },
          finish_reason: finish,
        }],
        usage: usageOf(promptTokens, answerTokens),
      }),
    refusal,
    midError: (kind) => {
      const { message, ...facts } = FAULTS[kind];
      return server.midError(kind, server.error(message, facts));
    },
  };
}

/** Starts a server of this name. */
export function startChatCompletions(
  name: ChatServerName = "openai",
  options: LlmEmulatorOptions = {},
): Promise<LlmEmulator> {
  return LlmEmulator.start(chatCompletions(name), options);
}

const ok = (value: unknown): LlmReply => ({ status: 200, body: JSON.stringify(value) });

function usageOf(promptTokens: number, answerTokens: number) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: answerTokens,
    total_tokens: promptTokens + answerTokens,
    prompt_tokens_details: { cached_tokens: 0 },
  };
}

/** What no server takes. */
function wrongOf({ method, headers, body, messages }: LlmExchange): string | undefined {
  if (method !== "POST") return `a ${method}`;
  if (!headers["content-type"]?.startsWith("application/json")) {
    return `content-type ${headers["content-type"]}`;
  }
  if (typeof body["model"] !== "string") return "no model";
  if (body["stream"] !== true) return "no stream";
  if (body["max_tokens"] !== undefined && body["max_completion_tokens"] !== undefined) {
    return "max_tokens twice";
  }
  return chatTalk(body).fault ?? messagesFault(messages);
}

/** Tools that the server is told to refuse, in its own words. */
function refusedTools(
  server: ChatServer,
  { body }: LlmExchange,
  { refusesTools }: LlmBehavior,
): LlmReply | undefined {
  if (refusesTools === undefined || body["tools"] === undefined) return undefined;
  if (refusesTools === "all" && server.toolsRefusal !== undefined) return server.toolsRefusal;
  const param = refusesTools === "all" ? "tools" : "tools[0].function.parameters";
  const message = refusesTools === "all" ? "Unsupported parameter" : "Invalid schema for function.";
  const error = { message, type: "invalid_request_error", param, code: null };
  return { status: 400, body: JSON.stringify({ error }) };
}

/** A field that the server is told to refuse. */
function refusedField(
  { body }: LlmExchange,
  { refusedFields = [], refusedAs = "param" }: LlmBehavior,
): LlmReply | undefined {
  const name = refusedFields.find((name) => body[name] !== undefined);
  if (name === undefined) return undefined;
  const type = "invalid_request_error";
  switch (refusedAs) {
    case "param":
      return {
        status: 400,
        body: JSON.stringify({ error: { message: "Unsupported.", type, param: name, code: null } }),
      };
    case "words":
      return { status: 400, body: JSON.stringify({ error: `Unknown field \`${name}\` in request.` }) };
    case "detail": {
      const detail = [{
        type: "extra_forbidden",
        loc: ["body", name],
        msg: "Extra inputs are not permitted",
        input: 1,
      }];
      return { status: 422, body: JSON.stringify({ detail }) };
    }
  }
}
