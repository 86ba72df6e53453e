import type { LlmReply } from "./llm_answer.ts";
import { type LlmExchange, type LlmRefusalKind, tokensOf } from "./llm_behavior.ts";
import { cutTokens } from "./call_shapes.ts";
import { anthropicTalk, type ToolTalk } from "./tool_talk.ts";
import { type LlmDialect, LlmEmulator, type LlmEmulatorOptions, messagesFault } from "./llm_emulator.ts";

/** The key that it takes. */
export const ANTHROPIC_KEY = "anthropic-key";

const FAULTS: Readonly<Record<LlmRefusalKind, readonly [status: number, type: string, message: string]>> = {
  busy: [429, "rate_limit_error", "This request would exceed your organization's rate limit."],
  loading: [529, "overloaded_error", "Overloaded"],
  quota: [400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."],
  auth: [401, "authentication_error", "invalid x-api-key"],
  model: [404, "not_found_error", "model: m"],
  context: [400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"],
  content: [400, "invalid_request_error", "Output blocked by content filtering policy"],
  server: [500, "api_error", "Internal server error"],
  request: [400, "invalid_request_error", "messages: at least one message is required"],
};
const FIELDS = [
  "model",
  "max_tokens",
  "system",
  "messages",
  "stream",
  "temperature",
  "thinking",
  "top_p",
  "tools",
  "tool_choice",
];
/** How it says why an answer ends. */
const STOPS: Readonly<Record<string, string>> = {
  stop: "end_turn",
  length: "max_tokens",
  content_filter: "refusal",
  tool_calls: "tool_use",
};
/** What of the prompt it had in its cache. */
const CACHED_TOKENS = 2;

const event = (type: string, more: Readonly<Record<string, unknown>> = {}) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const error = (type: string, message: string) => ({
  type: "error",
  error: { type, message },
  request_id: "req_1",
});
const PING = event("ping");

/** The Messages API. */
export function anthropic(): LlmDialect {
  const refusal = (kind: LlmRefusalKind): LlmReply => {
    const [status, type, message] = FAULTS[kind];
    return { status, body: JSON.stringify(error(type, message)) };
  };
  const delta = (index: number, delta: unknown) => event("content_block_delta", { index, delta });
  const begun = (index: number, content_block: unknown) =>
    event("content_block_start", { index, content_block });
  const TEXT = { type: "text", text: "" };
  const indexOf = ({ thought }: LlmExchange) => thought ? 1 : 0;
  return {
    base: "",
    path: "/v1/messages",
    contentType: "text/event-stream; charset=utf-8",
    tooLong: "refuse",
    comment: PING,
    talkOf,
    check: (exchange, { behavior, violation }) => {
      const { headers, body } = exchange;
      if (headers["x-api-key"] !== ANTHROPIC_KEY) return refusal("auth");
      const wrong = wrongOf(exchange);
      if (wrong !== undefined) {
        violation(wrong);
        return refusal("request");
      }
      if (behavior.refusesTools !== undefined && body["tools"] !== undefined) {
        const where = behavior.refusesTools === "all" ? "tools" : "tools.0.custom.input_schema";
        const message = `${where}: Extra inputs are not permitted`;
        return { status: 400, body: JSON.stringify(error("invalid_request_error", message)) };
      }
      const refused = behavior.refusedFields?.find((name) => body[name] !== undefined);
      if (refused === undefined) return undefined;
      const message = `${refused}: Extra inputs are not permitted`;
      return { status: 400, body: JSON.stringify(error("invalid_request_error", message)) };
    },
    thinks: ({ body }) => typeOf(body["thinking"]) !== "disabled",
    begin: (exchange) =>
      event("message_start", {
        message: {
          id: "msg_1",
          type: "message",
          role: "assistant",
          content: [],
          model: exchange.body["model"],
          stop_reason: null,
          stop_sequence: null,
          usage: {
            input_tokens: tokensOf(exchange.messages.map(({ content }) => content).join(" ")).length -
              CACHED_TOKENS,
            cache_creation_input_tokens: 0,
            cache_read_input_tokens: CACHED_TOKENS,
            output_tokens: 1,
          },
        },
      }) + begun(0, exchange.thought ? { type: "thinking", thinking: "", signature: "" } : TEXT) + PING,
    thought: (thinking) => delta(0, { type: "thinking_delta", thinking }),
    token: (text, exchange, index) =>
      (exchange.thought && index === 0
        ? delta(0, { type: "signature_delta", signature: "EqQBCgIYAhIM" }) +
          event("content_block_stop", { index: 0 }) + begun(1, TEXT)
        : "") + delta(indexOf(exchange), { type: "text_delta", text }),
    calls: (calls, { exchange, afterText }) => {
      const signed = exchange.thought && !afterText;
      const first = signed ? 0 : indexOf(exchange);
      return calls.flatMap(({ id, name, arguments: text }, at) => [
        (signed && at === 0 ? delta(0, { type: "signature_delta", signature: "EqQBCgIYAhIM" }) : "") +
        event("content_block_stop", { index: first + at }) +
        begun(first + at + 1, { type: "tool_use", id, name, input: {} }),
        ...["", ...cutTokens(text === "{}" ? "" : text)].map((piece) =>
          delta(first + at + 1, { type: "input_json_delta", partial_json: piece })
        ),
      ]);
    },
    end: (finish, { answerTokens, exchange, omit }) => {
      const finishes = omit !== "finish" && omit !== "both";
      return event("content_block_stop", { index: indexOf(exchange) }) +
        (finishes
          ? event("message_delta", {
            delta: { stop_reason: STOPS[finish] ?? finish, stop_sequence: null },
            usage: { output_tokens: answerTokens },
          })
          : "") +
        (omit === "done" || omit === "both" ? "" : event("message_stop"));
    },
    whole: (text, { promptTokens, answerTokens, finish, thoughts, calls }) =>
      JSON.stringify({
        id: "msg_1",
        type: "message",
        role: "assistant",
        content: [
          ...(thoughts === "" ? [] : [{ type: "thinking", thinking: thoughts, signature: "EqQB" }]),
          ...(text === "" ? [] : [{ type: "text", text }]),
          ...calls.map(({ id, name, arguments: text }) => ({
            type: "tool_use",
            id,
            name,
            input: JSON.parse(text),
          })),
        ],
        stop_reason: STOPS[finish] ?? finish,
        stop_sequence: null,
        usage: { input_tokens: promptTokens, output_tokens: answerTokens },
      }),
    refusal,
    midError: (kind) => {
      const [, type, message] = FAULTS[kind];
      return `event: error\ndata: ${JSON.stringify(error(type, message))}\n\n`;
    },
  };
}

/** Starts one. */
export function startAnthropic(options: LlmEmulatorOptions = {}): Promise<LlmEmulator> {
  return LlmEmulator.start(anthropic(), options);
}

/** What it does not take. */
function wrongOf({ method, headers, body, messages }: LlmExchange): string | undefined {
  const { model, max_tokens: mostTokens, stream, thinking, temperature } = body;
  if (method !== "POST") return `a ${method}`;
  if (headers["anthropic-version"] !== "2023-06-01") return `version ${headers["anthropic-version"]}`;
  if (headers["authorization"] !== undefined) return "two keys";
  const unknown = Object.keys(body).filter((name) => !FIELDS.includes(name));
  if (unknown.length > 0) return `the fields ${unknown}`;
  if (typeof model !== "string" || stream !== true) return "no model, or no stream";
  if (typeof mostTokens !== "number" || mostTokens < 1) return "max_tokens: Field required";
  if (typeOf(thinking) === "enabled") {
    const budget = Object(thinking).budget_tokens;
    if (temperature !== undefined) return "temperature may only be 1 when thinking is enabled";
    if (!(budget >= 1_024 && budget < mostTokens)) return `thinking for ${budget} of ${mostTokens} tokens`;
  }
  const sent = Array.isArray(body["messages"]) ? body["messages"] : [];
  if (sent.some(({ role }) => role === "system")) return "a system message among the messages";
  const last = sent.findLast(({ role, content }) =>
    role === "assistant" && Array.isArray(content) && content.some(({ type }) => type === "tool_use")
  );
  const inLoop = last !== undefined && sent.indexOf(last) > sent.findLastIndex(isAsked);
  if (inLoop && typeOf(thinking) === "enabled" && !/thinking$/.test(last.content[0]?.type)) {
    return "Expected `thinking` or `redacted_thinking`, but found `tool_use`";
  }
  return anthropicTalk(body).fault ?? messagesFault(messages);
}

/** Whether a message is the user's words, not results. */
function isAsked({ role, content }: { readonly role?: unknown; readonly content?: unknown }): boolean {
  return role === "user" && !(Array.isArray(content) && content.some(({ type }) => type === "tool_result"));
}

/** The conversation, with its system prompt. */
function talkOf(body: LlmExchange["body"]): ToolTalk {
  const { system } = body;
  const talk = anthropicTalk(body);
  const first = typeof system === "string" ? [{ role: "system", content: system }] : [];
  return { ...talk, messages: [...first, ...talk.messages] };
}

function typeOf(thinking: unknown): unknown {
  return Object(thinking).type;
}
