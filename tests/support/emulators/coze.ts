import type { LlmReply } from "./llm_answer.ts";
import type { LlmExchange, LlmRefusalKind } from "./llm_behavior.ts";
import type { LlmDialect } from "./llm_emulator.ts";

/** The token that it takes, and the bot that there is. */
export const COZE_TOKEN = "pat_coze";
export const COZE_BOT = "7379462189365198898";

/** A Coze, and what it knows; each emulator needs one of its own. */
export interface CozeServer extends LlmDialect {
  /** Whose each conversation is, by its id. */
  readonly conversations: Map<string, string>;
  /** Chats that were to be canceled. */
  readonly canceled: Readonly<Record<string, unknown>>[];
}

const FAULTS: Readonly<Record<LlmRefusalKind, readonly [code: number, msg: string]>> = {
  busy: [4013, "The request exceeds the rate limit."],
  loading: [4009, "The system is busy, please try again later."],
  quota: [4011, "The balance of Coze Token is not enough."],
  auth: [4100, "authentication is invalid"],
  model: [4015, "The bot has not been published to the channel Agent As API."],
  context: [4010, "The prompt of the question is longer than the model reads."],
  content: [4014, "The bot cannot answer this question."],
  server: [5000, "event interval error"],
  request: [4000, "The field additional_messages provided is not a valid json."],
};
const FIELDS = ["bot_id", "user_id", "stream", "additional_messages", "custom_variables"];

const event = (name: string, data: unknown) => `event:${name}\ndata:${JSON.stringify(data)}\n\n`;
const DONE = event("done", "[DONE]");

/** Bots of Coze. */
export function coze(): CozeServer {
  const conversations = new Map<string, string>();
  const canceled: Readonly<Record<string, unknown>>[] = [];
  const chats = new WeakMap<LlmExchange, { readonly ids: Ids; said: string }>();
  let lastId = 7_381_473_525_342_978_000n;
  const nextId = () => String(++lastId);
  const refused = (code: number, msg: string): LlmReply => ({
    status: 200,
    body: JSON.stringify({ code, msg, detail: { logid: "20240708143040790E78F9318B35A2910B" } }),
  });
  const refusal = (kind: LlmRefusalKind) => refused(...FAULTS[kind]);

  /** The ids of an answer: a request that names no conversation begins one. */
  const begun = (exchange: LlmExchange) => {
    const known = chats.get(exchange);
    if (known !== undefined) return known;
    const conversation_id = exchange.query["conversation_id"] ?? nextId();
    conversations.set(conversation_id, String(exchange.body["user_id"]));
    const chat = { ids: { conversation_id, chat_id: nextId(), message_id: nextId() }, said: "" };
    chats.set(exchange, chat);
    return chat;
  };
  const chatEvent = (what: string, exchange: LlmExchange, more: Readonly<Record<string, unknown>> = {}) => {
    const { conversation_id, chat_id } = begun(exchange).ids;
    return event(`conversation.chat.${what}`, {
      id: chat_id,
      conversation_id,
      bot_id: COZE_BOT,
      last_error: { code: 0, msg: "" },
      status: what,
      usage: { token_count: 0, output_count: 0, input_count: 0 },
      ...more,
    });
  };
  const messageEvent = (what: string, exchange: LlmExchange, more: Readonly<Record<string, unknown>>) => {
    const { conversation_id, chat_id, message_id } = begun(exchange).ids;
    return event(`conversation.message.${what}`, {
      id: message_id,
      conversation_id,
      bot_id: COZE_BOT,
      role: "assistant",
      type: "answer",
      content_type: "text",
      chat_id,
      ...more,
    });
  };

  return {
    conversations,
    canceled,
    base: "",
    path: "/v3/chat",
    contentType: "text/event-stream",
    tooLong: "refuse",
    comment: "",
    messagesOf: ({ additional_messages: messages }) =>
      Array.isArray(messages)
        ? messages.map(({ role, content }) => ({ role: String(role), content: String(content) }))
        : [],
    other: ({ method, path, headers, body }) => {
      if (path !== "/v3/chat/cancel" || method !== "POST") return undefined;
      if (headers.authorization !== `Bearer ${COZE_TOKEN}`) return refusal("auth");
      canceled.push(body);
      const data = { id: body["chat_id"], conversation_id: body["conversation_id"], status: "canceled" };
      return {
        status: 200,
        body: JSON.stringify({ code: 0, msg: "", data }),
        headers: { connection: "close" },
      };
    },
    check: (exchange, { violation }) => {
      const { headers, query, body } = exchange;
      if (headers.authorization !== `Bearer ${COZE_TOKEN}`) return refusal("auth");
      const wrong = wrongOf(exchange);
      if (wrong !== undefined) {
        violation(wrong);
        return refusal("request");
      }
      if (body["bot_id"] !== COZE_BOT) return refused(4200, "The requested resource does not exist.");
      const { conversation_id: id } = query;
      if (id === undefined || conversations.get(id) === body["user_id"]) return undefined;
      return refused(4002, "invalid conversation");
    },
    thinks: () => true,
    begin: (exchange) => chatEvent("created", exchange) + chatEvent("in_progress", exchange),
    thought: (reasoning_content, exchange) =>
      messageEvent("delta", exchange, { content: "", reasoning_content }),
    token: (content, exchange) => {
      begun(exchange).said += content;
      return messageEvent("delta", exchange, { content });
    },
    end: (finish, { exchange, omit, promptTokens, answerTokens }) => {
      if (finish === "content_filter") {
        const [code, msg] = FAULTS.content;
        return chatEvent("failed", exchange, { last_error: { code, msg }, status: "failed" }) + DONE;
      }
      const finishes = omit !== "finish" && omit !== "both";
      const verbose = JSON.stringify({ msg_type: "generate_answer_finish", data: "", from_module: null });
      return messageEvent("completed", exchange, { content: begun(exchange).said }) +
        messageEvent("completed", exchange, { id: nextId(), type: "verbose", content: verbose }) +
        messageEvent("completed", exchange, { id: nextId(), type: "follow_up", content: "And you?" }) +
        (finishes
          ? chatEvent("completed", exchange, {
            usage: {
              token_count: promptTokens + answerTokens,
              output_count: answerTokens,
              input_count: promptTokens,
            },
          })
          : "") +
        (omit === "done" || omit === "both" ? "" : DONE);
    },
    // What it answers to a request without a stream: nothing of the answer is in it.
    whole: () =>
      JSON.stringify({ code: 0, msg: "", data: { id: "1", conversation_id: "2", status: "in_progress" } }),
    refusal,
    midError: (kind) => {
      const [code, msg] = FAULTS[kind];
      return event("conversation.chat.failed", {
        id: "1",
        conversation_id: "2",
        last_error: { code, msg },
        status: "failed",
      }) + DONE;
    },
  };
}

interface Ids {
  readonly conversation_id: string;
  readonly chat_id: string;
  readonly message_id: string;
}

/** What it does not take. */
function wrongOf({ method, headers, query, body }: LlmExchange): string | undefined {
  const { bot_id: bot, user_id: user, stream, additional_messages: messages } = body;
  if (method !== "POST") return `a ${method}`;
  if (!headers["content-type"]?.startsWith("application/json")) return "no JSON";
  const unknown = Object.keys(body).filter((name) => !FIELDS.includes(name));
  if (unknown.length > 0) return `the fields ${unknown}`;
  if (Object.keys(query).some((name) => name !== "conversation_id")) return "an unknown query";
  if (query["conversation_id"] === "") return "an empty conversation_id";
  if (typeof bot !== "string" || typeof user !== "string" || user === "") return "no bot, or no user";
  if (stream !== true) return "no stream";
  const [message, ...more] = Array.isArray(messages) ? messages : [];
  if (message === undefined || more.length > 0) return `${1 + more.length} messages`;
  const { role, content, content_type: type } = message;
  return role === "user" && type === "text" && typeof content === "string" && content.trim() !== ""
    ? undefined
    : "a message that is no text of the user";
}
