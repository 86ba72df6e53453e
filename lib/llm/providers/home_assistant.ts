import { z } from "zod";
import { answerText, HttpClient, httpUrl, isLocalUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import { readReply, type ServiceName } from "../../service/mod.ts";
import type { LlmEvent, LlmProviderRequest } from "../contract.ts";
import { defineLlmProvider, type LlmProviderType } from "../provider.ts";
import { askChat } from "./ask_chat.ts";
import { sendable } from "./chat_messages.ts";
import { Conversations } from "./conversations.ts";
import { endpointOf } from "./endpoint_of.ts";
import { MAX_WHOLE_BYTES } from "./event_reader.ts";
import { brokenOff, llmError } from "./llm_error.ts";
import { unquote } from "./unquote.ts";

const PATH = "/api/conversation/process";
/** How long it keeps a conversation that rests, in ms. */
const REST_MS = 300_000;

const text = z.union([z.string(), z.number()]).optional().catch(undefined)
  .transform((value) => String(value ?? ""));
const reply = z.looseObject({
  response: z.looseObject({
    response_type: z.string(),
    speech: z.looseObject({ plain: z.looseObject({ speech: text }).optional() }).optional(),
    data: z.looseObject({ code: text }).optional(),
  }),
  conversation_id: z.string().min(1).optional().catch(undefined),
});

/** Home Assistant's conversation: it does what is said to it. */
export const homeAssistant: LlmProviderType = defineLlmProvider({
  type: "homeAssistant",
  about:
    "Home Assistant's Assist: it switches what is in the house, and leaves what it does not understand to the next " +
    "language model of the agent",
  config: {
    url: httpUrl.default("http://homeassistant.local:8123").describe("where Home Assistant runs"),
    token: secretSource.describe("a long-lived access token of one of its users"),
    agentId: z.string().min(1).max(255).optional().describe(
      "which of its agents answers, such as conversation.home_assistant; the usual one unless told. One that asks a model " +
        "answers as a whole, so it may need a longer headersTimeoutMs",
    ),
    unmatched: z.enum(["next", "say"]).default("next").describe(
      "what becomes of what it does not understand: the next language model of the agent answers, or it says so itself",
    ),
  },
  capabilities: ({ url }) => ({
    stateless: false,
    acts: true,
    local: isLocalUrl(url),
    maxConcurrent: 4,
    languages: "any",
  }),
  open: ({ url, token, agentId, unmatched }, { service, clock, trust }) => {
    const http = new HttpClient(trust);
    const conversations = new Conversations({ clock, restMs: REST_MS });

    async function* answer(
      request: LlmProviderRequest,
      signal: AbortSignal,
    ): AsyncGenerator<LlmEvent, void> {
      const call = new AbortController();
      const conversation = conversations.of(request);
      const life = AbortSignal.any([signal, call.signal]);
      try {
        const response = await askChat({
          http,
          service,
          url: endpointOf(url, PATH),
          headers: { authorization: `Bearer ${token}` },
          fixed: {
            text: sendable(request.question),
            language: request.language,
            agent_id: agentId,
            conversation_id: conversation.id,
          },
          unquoted: unquote(request, [conversation.id, agentId]),
          signal: life,
        });
        yield { type: "started" };
        const body = await answerText(response, signal, { maxBytes: MAX_WHOLE_BYTES }).catch((thrown) => {
          throw brokenOff(service, thrown);
        });
        const { response: said, conversation_id: id } = readReply(service, body, reply);
        if (id !== undefined) conversation.named(id);
        yield { type: "text", text: speechOf(service, said, { unmatched, language: request.language }) };
        yield { type: "ended", reason: "stop" };
      } finally {
        call.abort();
      }
    }

    return {
      answer,
      forget: (conversation) => conversations.forget(conversation),
      kept: () => ({ ...conversations.stats, stopsDropped: 0 }),
      close: () => http.close(),
    };
  },
});

/** What it says; its words for a fault are its answer, so they are spoken or left out, and never part of an error. */
function speechOf(
  service: ServiceName,
  { response_type: type, speech, data }: z.output<typeof reply>["response"],
  { unmatched, language }: { readonly unmatched: "next" | "say"; readonly language: string },
): string {
  const words = speech?.plain?.speech ?? "";
  const code = data?.code ?? "";
  if (type === "error") {
    if (code === "no_intent_match" && unmatched === "next") {
      throw llmError(service, "unmatched", { detail: "it has no rule for what was said" });
    }
    // That there is no such lamp is an answer.
    if (code !== "no_intent_match" && code !== "no_valid_targets") {
      throw llmError(service, "failed", { detail: `it answered ${code}` });
    }
  }
  if (words.trim() !== "") return words;
  // A rule of somebody's own may do something without a word.
  if (/action_done$/.test(type)) return /^zh\b/i.test(language) ? "好的。" : "OK.";
  throw llmError(service, "empty", { detail: "it answered without a word" });
}
