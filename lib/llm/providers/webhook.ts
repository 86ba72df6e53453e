import { z } from "zod";
import { answerLines, HttpClient, httpUrl, isLocalUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import type { LlmEvent, LlmProviderRequest } from "../contract.ts";
import { defineLlmProvider, type LlmProviderType } from "../provider.ts";
import { askChat } from "./ask_chat.ts";
import { sendable } from "./chat_messages.ts";
import { Conversations } from "./conversations.ts";
import { STREAM_LIMITS } from "./event_reader.ts";
import { brokenOff } from "./llm_error.ts";
import { unquote } from "./unquote.ts";
import { untilEnd } from "./until_end.ts";
import { WebhookReader } from "./webhook_reader.ts";

const ACCEPT = "application/x-ndjson, application/json, text/plain";
const fieldName = z.string().min(1).max(100);

/** Any address that takes a question and answers it. */
export const webhook: LlmProviderType = defineLlmProvider({
  type: "webhook",
  about:
    "a webhook, such as a flow of n8n: it is sent each question as JSON, and answers with JSON (output, text or " +
    "answer), with text, or with JSON lines",
  config: {
    url: httpUrl.describe("where each question is sent, such as http://192.168.1.20:5678/webhook/voice"),
    header: z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, "must be the name of a header")
      .default("Authorization").describe("the header that carries the secret"),
    secret: secretSource.optional()
      .describe("what the header says, as a whole: for a bearer token with the word Bearer before it"),
    fields: z.strictObject({
      text: fieldName.default("text").describe("the question"),
      device: fieldName.default("device").describe("the id of the device"),
      language: fieldName.default("language").describe("the language that was spoken"),
      conversation: fieldName.default("conversation").describe("the id of the conversation"),
    }).prefault({}).describe(
      "how the fields of a request are called; for a chat trigger of n8n { text: chatInput, conversation: sessionId }",
    ),
    extra: z.record(fieldName, z.unknown()).default({}).describe("further fields of each request"),
  },
  check: ({ fields, extra }, problem) => {
    const names = Object.values(fields);
    if (new Set(names).size < names.length) problem("fields", "must be different names");
    for (const name of names.filter((name) => name in extra)) {
      problem("extra", `${name} is not for it to say`);
    }
  },
  capabilities: ({ url }) => ({
    stateless: false,
    acts: true,
    local: isLocalUrl(url),
    maxConcurrent: isLocalUrl(url) ? 4 : 8,
    languages: "any",
  }),
  open: ({ url, header, secret, fields, extra }, { service, clock, trust }) => {
    const http = new HttpClient(trust);
    const headers = { accept: ACCEPT, ...(secret !== undefined && { [header]: secret }) };
    const conversations = new Conversations({ clock });
    // Whoever knows the path may ask, and some repeat it in their refusal.
    const { pathname, search } = new URL(url);
    const address = [search, pathname, ...pathname.split("/")];

    async function* answer(
      request: LlmProviderRequest,
      signal: AbortSignal,
    ): AsyncGenerator<LlmEvent, void> {
      const call = new AbortController();
      const conversation = conversations.of(request);
      const id = conversation.id ?? crypto.randomUUID();
      conversation.named(id);
      const unquoted = unquote(request, [id, ...address]);
      try {
        const response = await askChat({
          http,
          service,
          url,
          headers,
          fixed: {
            ...extra,
            [fields.text]: sendable(request.question),
            [fields.device]: request.conversation,
            [fields.language]: request.language,
            [fields.conversation]: id,
          },
          unquoted,
          signal: AbortSignal.any([signal, call.signal]),
        });
        yield { type: "started" };
        const contentType = response.headers.get("content-type") ?? "";
        const reader = new WebhookReader({ service, contentType, unquoted });
        try {
          const lines = untilEnd(answerLines(response, signal, STREAM_LIMITS), {
            waitMs: () => reader.waitMs,
            signal,
            hangUp: () => call.abort(),
            clock,
          });
          for await (const line of lines) {
            const text = reader.take(line);
            yield text === "" ? { type: "alive" } : { type: "text", text };
          }
        } catch (thrown) {
          throw brokenOff(service, thrown);
        }
        yield* reader.conclude();
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
