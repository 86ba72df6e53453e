import type { LlmReply } from "./llm_answer.ts";
import type { LlmExchange, LlmRefusalKind } from "./llm_behavior.ts";
import type { LlmDialect } from "./llm_emulator.ts";

/** What its header has to say. */
export const WEBHOOK_SECRET = "webhook-secret";
/** Its path, which is nobody's business. */
export const WEBHOOK_PATH = "/webhook/5f1c2a9e";

/** How it answers: line by line, in JSON, or in text. */
export type WebhookForm = "lines" | "json" | "text";

const FIELDS = ["text", "device", "language", "conversation"];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const CONTENT_TYPES: Readonly<Record<WebhookForm, string>> = {
  // Lines bear it as well.
  lines: "application/json; charset=utf-8",
  json: "application/json; charset=utf-8",
  // Text does, unless its flow says otherwise.
  text: "text/html; charset=utf-8",
};

const line = (type: string, content?: string) =>
  `${
    JSON.stringify({
      type,
      ...(content !== undefined && { content }),
      metadata: { nodeId: "n", nodeName: "AI Agent", itemIndex: 0, runIndex: 0, timestamp: 1_755_000_000 },
    })
  }\n`;
const json = (status: number, value: unknown): LlmReply => ({ status, body: JSON.stringify(value) });

/** A flow of n8n behind a webhook. */
export function webhook(form: WebhookForm = "lines"): LlmDialect {
  const refusal = (kind: LlmRefusalKind): LlmReply => {
    switch (kind) {
      case "auth":
        return { status: 403, body: "Authorization data is wrong!", type: "text/plain" };
      case "model":
        return json(404, {
          code: 404,
          message: `The requested webhook "POST ${WEBHOOK_PATH.slice(9)}" is not registered.`,
          hint: "The workflow must be active for a production URL to run successfully.",
        });
      case "busy":
        return json(429, { message: "Too many requests" });
      case "loading":
        return json(503, { code: 503, message: "Database is not ready!" });
      case "request":
        return json(400, { message: "Failed to parse request body" });
      default:
        return json(500, { message: "Error in workflow" });
    }
  };
  return {
    base: WEBHOOK_PATH,
    path: WEBHOOK_PATH,
    contentType: CONTENT_TYPES[form],
    inOnePiece: form !== "lines",
    tooLong: "forget",
    comment: "\n",
    messagesOf: ({ text }) => [{ role: "user", content: String(text) }],
    check: (exchange, { violation }) => {
      if (exchange.headers["x-secret"] !== WEBHOOK_SECRET) return refusal("auth");
      const wrong = wrongOf(exchange);
      if (wrong === undefined) return undefined;
      violation(wrong);
      return refusal("request");
    },
    thinks: () => true,
    begin: () => form === "lines" ? line("begin") : "",
    thought: (token) => line("item", token),
    token: (token) => line("item", token),
    end: (_, { omit }) => omit === undefined ? line("end") : "",
    whole: (answer, { thoughts }) =>
      form === "text"
        ? `${thoughts}${answer}`
        : JSON.stringify([{ output: `${thoughts}${answer}` }], null, 2),
    refusal,
    midError: () =>
      form === "lines" ? line("error", "Error in workflow") : '{"error":{"message":"Error in workflow"}}',
  };
}

/** What its flow does not take. */
function wrongOf({ method, headers, body }: LlmExchange): string | undefined {
  const { text, device, language, conversation } = body;
  if (method !== "POST") return `a ${method}`;
  if (!headers["content-type"]?.startsWith("application/json")) return "no JSON";
  const unknown = Object.keys(body).filter((name) => !FIELDS.includes(name));
  if (unknown.length > 0) return `the fields ${unknown}`;
  if (typeof text !== "string" || text.trim() === "") return "no text";
  if (typeof device !== "string" || typeof language !== "string") return "no device, or no language";
  return UUID.test(String(conversation)) ? undefined : `conversation ${conversation}`;
}
