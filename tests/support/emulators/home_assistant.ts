import type { LlmReply } from "./llm_answer.ts";
import type { LlmExchange, LlmRefusalKind } from "./llm_behavior.ts";
import type { LlmDialect } from "./llm_emulator.ts";

/** The token that it takes. */
export const HOME_TOKEN = "home-assistant-token";

/** A Home Assistant, and what it knows; each emulator needs one of its own. */
export interface HomeServer extends LlmDialect {
  /** The conversations that it holds, by their ids. */
  readonly conversations: Set<string>;
}

const FIELDS = ["text", "language", "agent_id", "conversation_id"];
const LANGUAGE = /^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$/;
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const plain = (status: number, body: string): LlmReply => ({
  status,
  body,
  type: "text/plain; charset=utf-8",
});
const wrongForm = (what: string): LlmReply => ({
  status: 400,
  body: JSON.stringify({ message: `Message format incorrect: ${what}` }),
});

/** What it says, as its response; `speech` may be missing. */
export function homeReply(
  type: "action_done" | "partial_action_done" | "query_answer" | "error",
  { speech, code, id = ulid() }: {
    readonly speech?: string;
    readonly code?: string;
    readonly id?: string | null;
  } = {},
): string {
  return JSON.stringify({
    response: {
      speech: speech === undefined ? {} : { plain: { speech, extra_data: null } },
      card: {},
      language: "en",
      response_type: type,
      data: code === undefined ? { targets: [], success: [], failed: [] } : { code },
    },
    conversation_id: id,
    continue_conversation: false,
  });
}

/** Assist. */
export function homeAssistant(): HomeServer {
  const conversations = new Set<string>();
  const refusal = (kind: LlmRefusalKind): LlmReply => {
    switch (kind) {
      case "auth":
        return plain(401, "401: Unauthorized");
      case "model":
        return wrongForm("invalid agent ID for dictionary value @ data['agent_id']. Got 'x'");
      case "request":
        return wrongForm("required key not provided @ data['text']. Got None");
      // What stands before it says this.
      case "busy":
        return plain(429, "429 Too Many Requests");
      case "loading":
        return plain(503, "503 Service Unavailable");
      default:
        return plain(500, "500 Internal Server Error\n\nServer got itself in trouble");
    }
  };
  return {
    conversations,
    base: "",
    path: "/api/conversation/process",
    contentType: "application/json",
    inOnePiece: true,
    tooLong: "forget",
    comment: "",
    messagesOf: ({ text }) => [{ role: "user", content: String(text) }],
    check: (exchange, { violation }) => {
      if (exchange.headers.authorization !== `Bearer ${HOME_TOKEN}`) return refusal("auth");
      const wrong = wrongOf(exchange);
      if (wrong === undefined) return undefined;
      violation(wrong);
      return refusal("request");
    },
    thinks: () => false,
    begin: () => "",
    thought: () => "",
    token: () => "",
    end: () => "",
    whole: (speech, { exchange }) => {
      const { conversation_id: asked } = exchange.body;
      // One of its own that it does not hold any more is replaced.
      const id = typeof asked === "string" && conversations.has(asked) ? asked : ulid();
      conversations.add(id);
      return homeReply("query_answer", { speech, id });
    },
    refusal,
    midError: () => homeReply("error", { speech: "An unexpected error occurred", code: "unknown" }),
  };
}

function ulid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(26));
  return Array.from(bytes, (byte) => CROCKFORD[byte % 32]).join("");
}

/** What it does not take. */
function wrongOf({ method, headers, body }: LlmExchange): string | undefined {
  const { text, language, agent_id: agent, conversation_id: id } = body;
  if (method !== "POST") return `a ${method}`;
  if (!headers["content-type"]?.startsWith("application/json")) return "no JSON";
  const unknown = Object.keys(body).filter((name) => !FIELDS.includes(name));
  if (unknown.length > 0) return `extra keys not allowed: ${unknown}`;
  if (typeof text !== "string" || text.trim() === "") return "no text";
  if (!LANGUAGE.test(String(language))) return `language ${language}`;
  if (agent !== undefined && typeof agent !== "string") return "an agent that is no text";
  return id === undefined || /^[0-9A-Z]{26}$/.test(String(id)) ? undefined : `conversation ${id}`;
}
