import type { LlmReply } from "./llm_answer.ts";
import type { LlmExchange, LlmRefusalKind } from "./llm_behavior.ts";
import type { LlmCounts, LlmDialect } from "./llm_emulator.ts";

/** The key that it takes. */
export const DIFY_KEY = "dify-app-key";

/** The kinds of apps, each with events of its own; a new agent says its whole answer once more at the end. */
export type DifyApp = "chatbot" | "agent" | "new agent" | "chatflow";

/** A Dify, and what it knows; each emulator needs one of its own. */
export interface DifyServer extends LlmDialect {
  /** Whose each conversation is, by its id. */
  readonly conversations: Map<string, string>;
  /** Conversations that take nothing more. */
  readonly completed: Set<string>;
  /** Whether it answers nobody who wants to stop a task. */
  deaf: boolean;
  /** Tasks that were to be stopped, and by whom. */
  readonly stopped: { readonly task: string; readonly user: unknown }[];
}

const FAULTS: Readonly<Record<LlmRefusalKind, readonly [status: number, code: string, message: string]>> = {
  busy: [429, "too_many_requests", "Too many requests. Please try again later."],
  loading: [503, "service_unavailable", "The server is temporarily unable to service your request."],
  quota: [400, "provider_quota_exceeded", "Your quota has been exhausted."],
  auth: [401, "unauthorized", "Access token is invalid"],
  model: [400, "app_unavailable", "App unavailable, please check your app configurations."],
  context: [
    400,
    "completion_request_error",
    "[openai] Bad Request Error, This model's maximum context length is 8192 tokens.",
  ],
  content: [
    400,
    "completion_request_error",
    "[tongyi] DataInspectionFailed, Input data may contain inappropriate content.",
  ],
  server: [500, "internal_server_error", "The server encountered an internal error."],
  request: [400, "invalid_param", "query is required in input form"],
};
const FIELDS = ["inputs", "query", "user", "response_mode", "conversation_id"];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const json = (status: number, value: unknown, headers?: LlmReply["headers"]): LlmReply => ({
  status,
  body: JSON.stringify(value),
  ...(headers && { headers }),
});
const refused = (status: number, code: string, message: string) => json(status, { code, message, status });

/** An app of this kind. */
export function dify(app: DifyApp = "chatbot"): DifyServer {
  const conversations = new Map<string, string>();
  const completed = new Set<string>();
  const stopped: { readonly task: string; readonly user: unknown }[] = [];
  /** Who asks with which task, and what was said so far. */
  const tasks = new WeakMap<LlmExchange, { readonly ids: Ids; said: string }>();
  const refusal = (kind: LlmRefusalKind) => refused(...FAULTS[kind]);

  /** The ids of an answer: a request that names no conversation begins one. */
  const begun = (exchange: LlmExchange) => {
    const known = tasks.get(exchange);
    if (known !== undefined) return known;
    const conversation = String(exchange.body["conversation_id"]) || crypto.randomUUID();
    conversations.set(conversation, String(exchange.body["user"]));
    const ids = {
      conversation_id: conversation,
      message_id: crypto.randomUUID(),
      task_id: crypto.randomUUID(),
      created_at: 1_705_395_332,
    };
    const task = { ids, said: "" };
    tasks.set(exchange, task);
    return task;
  };
  const event = (name: string, exchange: LlmExchange, more: Readonly<Record<string, unknown>> = {}) =>
    `data: ${JSON.stringify({ event: name, ...begun(exchange).ids, ...more })}\n\n`;
  const isAgent = app === "agent" || app === "new agent";

  const server: DifyServer = {
    deaf: false,
    conversations,
    completed,
    stopped,
    base: "/v1",
    path: "/v1/chat-messages",
    contentType: "text/event-stream; charset=utf-8",
    tooLong: "refuse",
    comment: "event: ping\n\n",
    messagesOf: ({ query }) => [{ role: "user", content: String(query) }],
    other: ({ method, path, headers, body }) => {
      const [, task] = /^\/v1\/chat-messages\/([^/]+)\/stop$/.exec(path) ?? [];
      if (task === undefined || method !== "POST") return undefined;
      if (headers.authorization !== `Bearer ${DIFY_KEY}`) return refusal("auth");
      stopped.push({ task, user: body["user"] });
      if (server.deaf) return "silence";
      // It says so of any user, and of a task that there is not.
      return json(200, { result: "success" }, { connection: "close" });
    },
    check: (exchange, { violation }) => {
      if (exchange.headers.authorization !== `Bearer ${DIFY_KEY}`) return refusal("auth");
      const wrong = wrongOf(exchange);
      if (wrong !== undefined) {
        violation(wrong);
        return refusal("request");
      }
      const { conversation_id: id, user } = exchange.body;
      if (id === "") return undefined;
      if (conversations.get(String(id)) !== user) {
        return refused(404, "not_found", "Conversation Not Exists.");
      }
      return completed.has(String(id))
        ? refused(
          400,
          "conversation_completed",
          "The conversation has ended. Please start a new conversation.",
        )
        : undefined;
    },
    thinks: () => true,
    begin: (exchange) =>
      "event: ping\n\n" + (app === "chatflow"
        ? event("workflow_started", exchange, { data: { id: "run" } }) +
          event("node_started", exchange, { data: { node_type: "llm", title: "LLM" } })
        : ""),
    thought: (thought, exchange) =>
      isAgent
        ? event("agent_thought", exchange, { id: "t", position: 1, thought, observation: "", tool: "" })
        : app === "chatflow"
        ? event("reasoning_chunk", exchange, { data: { reasoning: thought, node_id: "n" } })
        : event("message", exchange, { answer: thought }),
    token: (answer, exchange) => {
      begun(exchange).said += answer;
      return event(isAgent ? "agent_message" : "message", exchange, { answer });
    },
    end: (finish, { exchange, omit, ...counts }) => {
      const { said } = begun(exchange);
      const replaced = finish === "content_filter"
        ? event("message_replace", exchange, {
          answer: "I cannot talk about it.",
          reason: "output_moderation",
        })
        : "";
      const again = app === "new agent" && said !== "" ? event("message", exchange, { answer: said }) : "";
      const flow = app === "chatflow" && omit !== "finish" && omit !== "both"
        ? event("workflow_finished", exchange, { data: { status: "succeeded", error: null, outputs: {} } })
        : "";
      const end = omit === "done" || omit === "both"
        ? ""
        : event("message_end", exchange, { metadata: metadataOf(counts) });
      return replaced + again + flow + end;
    },
    whole: (answer, { thoughts: _, ...counts }) =>
      JSON.stringify({
        event: "message",
        task_id: crypto.randomUUID(),
        message_id: crypto.randomUUID(),
        conversation_id: crypto.randomUUID(),
        mode: "chat",
        answer,
        metadata: metadataOf(counts),
      }),
    refusal,
    midError: (kind) => {
      const [status, code, message] = FAULTS[kind];
      return `data: ${JSON.stringify({ event: "error", task_id: "t", status, code, message })}\n\n`;
    },
  };
  return server;
}

interface Ids {
  readonly conversation_id: string;
  readonly message_id: string;
  readonly task_id: string;
  readonly created_at: number;
}

function metadataOf({ promptTokens, answerTokens }: LlmCounts) {
  return {
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: answerTokens,
      total_tokens: promptTokens + answerTokens,
      total_price: "0.0001",
      currency: "USD",
    },
    retriever_resources: [],
  };
}

/** What it does not take. */
function wrongOf({ method, headers, body }: LlmExchange): string | undefined {
  const { inputs, query, user, response_mode: mode, conversation_id: id } = body;
  if (method !== "POST") return `a ${method}`;
  if (!headers["content-type"]?.startsWith("application/json")) return "no JSON";
  const unknown = Object.keys(body).filter((name) => !FIELDS.includes(name));
  if (unknown.length > 0) return `the fields ${unknown}`;
  if (typeof inputs !== "object" || inputs === null) return "no inputs";
  if (typeof query !== "string" || query.trim() === "") return "no query";
  if (typeof user !== "string" || user === "") return "no user";
  if (mode !== "streaming") return `response_mode ${mode}`;
  return id === "" || UUID.test(String(id)) ? undefined : `conversation_id must be a valid UUID, not ${id}`;
}
