import type { LlmReply } from "./llm_answer.ts";
import type { LlmExchange, LlmRefusalKind } from "./llm_behavior.ts";
import type { LlmDialect } from "./llm_emulator.ts";

/** The key that it takes. */
export const FASTGPT_KEY = "fastgpt-app-key";

const FAULTS: Readonly<Record<LlmRefusalKind, Readonly<Record<string, unknown>>>> = {
  busy: { code: 504_003, statusText: "chatIsGenerating", message: "The chat is generating", data: null },
  loading: { message: "503 Service temporarily overloaded, please retry: rate limit" },
  quota: { code: 500_002, statusText: "aiPointsNotEnough", message: "AI积分已用完~", data: null },
  auth: { code: 514, statusText: "unAuthApiKey", message: "Api Key 不合法", data: null },
  model: { code: 502_000, statusText: "appUnExist", message: "应用不存在", data: null },
  context: { message: "400 This model's maximum context length is 8192 tokens." },
  content: { message: "400 Input data may contain inappropriate content." },
  server: { message: "Connection error." },
  request: { message: "messages is not array" },
};
const FIELDS = ["chatId", "stream", "detail", "variables", "messages"];

const chunk = (delta: unknown, finish: string | null = null) =>
  JSON.stringify({
    id: "",
    object: "",
    created: 0,
    model: "",
    choices: [{ delta, index: 0, finish_reason: finish }],
  });

/** Apps of FastGPT; in detail each event has a name. */
export function fastgpt(): LlmDialect {
  const event = (name: string, data: string, { body }: LlmExchange) =>
    `${body["detail"] === true ? `event: ${name}\n` : ""}data: ${data}\n\n`;
  const inDetail = (name: string, value: unknown, { body }: LlmExchange) =>
    body["detail"] === true ? `event: ${name}\ndata: ${JSON.stringify(value)}\n\n` : "";
  const error = (kind: LlmRefusalKind) => `event: error\ndata: ${JSON.stringify(FAULTS[kind])}\n\n`;
  // Whatever it is, the answer has begun already.
  const refusal = (kind: LlmRefusalKind): LlmReply =>
    kind === "loading"
      ? { status: 503, body: "<html><h1>503 Service Temporarily Unavailable</h1></html>", type: "text/html" }
      : { status: 200, body: error(kind), type: "text/event-stream;charset=utf-8" };
  return {
    base: "/api",
    path: "/api/v1/chat/completions",
    contentType: "text/event-stream;charset=utf-8",
    tooLong: "refuse",
    comment: "",
    check: (exchange, { violation }) => {
      if (exchange.headers.authorization !== `Bearer ${FASTGPT_KEY}`) return refusal("auth");
      const wrong = wrongOf(exchange);
      if (wrong === undefined) return undefined;
      violation(wrong);
      return refusal("request");
    },
    thinks: () => true,
    begin: (exchange) =>
      inDetail("flowNodeStatus", { status: "running", name: "AI chat" }, exchange) +
      inDetail("toolCall", { tool: { id: "t", toolName: "search", params: "", response: "" } }, exchange) +
      inDetail("toolResponse", { tool: { id: "t", response: '{"choices":"no"}' } }, exchange) +
      event("answer", chunk({ role: "assistant", content: "" }), exchange),
    thought: (reasoning_content, exchange) =>
      event("answer", chunk({ role: "assistant", reasoning_content }), exchange),
    token: (content, exchange) =>
      event(
        exchange.tokens === 0 ? "fastAnswer" : "answer",
        chunk({ role: "assistant", content }),
        exchange,
      ),
    end: (_, { exchange, omit }) =>
      (omit === "finish" || omit === "both"
        ? ""
        : event("answer", chunk({ role: "assistant", content: null }, "stop"), exchange)) +
      (omit === "done" || omit === "both" ? "" : event("answer", "[DONE]", exchange) +
        inDetail("flowResponses", [{ moduleName: "AI chat", textOutput: "no", choices: [] }], exchange) +
        inDetail("workflowDuration", { durationSeconds: 1.2 }, exchange)),
    whole: (content, { thoughts }) =>
      JSON.stringify({
        id: "chat",
        model: "",
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 1 },
        choices: [{
          message: { role: "assistant", content, reasoning_content: thoughts },
          finish_reason: "stop",
          index: 0,
        }],
      }),
    refusal,
    midError: error,
  };
}

/** What it does not take. */
function wrongOf({ method, headers, body, messages }: LlmExchange): string | undefined {
  const { chatId, stream, detail, variables } = body;
  if (method !== "POST") return `a ${method}`;
  if (!headers["content-type"]?.startsWith("application/json")) return "no JSON";
  const unknown = Object.keys(body).filter((name) => !FIELDS.includes(name));
  if (unknown.length > 0) return `the fields ${unknown}`;
  if (typeof chatId !== "string" || chatId === "") return "no chatId";
  if (stream !== true || typeof detail !== "boolean") return "no stream, or no detail";
  if (typeof variables !== "object" || variables === null) return "no variables";
  const [message, ...more] = messages;
  if (message?.role !== "user" || more.length > 0) return `${messages.length} messages`;
  return message.content.trim() === "" ? "an empty message" : undefined;
}
