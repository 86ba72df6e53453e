import { z } from "zod";
import { HttpClient, httpUrl, isLocalUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import type { LlmEvent, LlmProviderRequest } from "../contract.ts";
import { defineLlmProvider, type LlmProviderType } from "../provider.ts";
import { askChat } from "./ask_chat.ts";
import { sendable } from "./chat_messages.ts";
import { ChatReader } from "./chat_reader.ts";
import { Conversations } from "./conversations.ts";
import { endpointOf } from "./endpoint_of.ts";
import { fastgptError, type FastgptFault, fastgptFaultOf, isGenerating } from "./fastgpt_fault.ts";
import { keptAnswer } from "./kept_answer.ts";
import { unquote } from "./unquote.ts";

/** Events that have the answer in them; the others tell how the flow gets on. */
const SPOKEN = new Set(["answer", "fastAnswer"]);

/** An app of FastGPT. */
export const fastgpt: LlmProviderType = defineLlmProvider({
  type: "fastgpt",
  about: "an app of FastGPT, which keeps the conversation and has a prompt of its own",
  config: {
    url: httpUrl.default("http://localhost:3000/api")
      .describe("the API of the server, such as http://192.168.1.20:3000/api"),
    apiKey: secretSource.describe("the API key of the app, not that of the account"),
    detail: z.boolean().default(false)
      .describe("whether it tells how its flow gets on: signs of life while a long flow runs"),
    variables: z.record(z.string().min(1).max(100), z.unknown()).default({})
      .describe("the app's own variables, by name"),
  },
  capabilities: ({ url }) => ({
    stateless: false,
    acts: true,
    local: isLocalUrl(url),
    maxConcurrent: isLocalUrl(url) ? 4 : 8,
    languages: "any",
  }),
  open: (settings, { service, clock, trust }) => {
    const http = new HttpClient(trust);
    const headers = { authorization: `Bearer ${settings.apiKey}` };
    const url = endpointOf(settings.url.replace(/\/v1\/*$/, ""), "/v1/chat/completions");
    const conversations = new Conversations({ clock });

    async function* answer(
      request: LlmProviderRequest,
      signal: AbortSignal,
    ): AsyncGenerator<LlmEvent, void> {
      const conversation = conversations.of(request);
      // The history is kept under the id that it is first asked with.
      const chatId = conversation.id ?? crypto.randomUUID();
      conversation.named(chatId);
      const unquoted = unquote(request, [chatId]);
      const judge = ({ code, message }: FastgptFault) => {
        const fault = { code, message: unquoted(message) };
        // It may go on for long with what nobody takes any more.
        if (isGenerating(fault)) conversation.lost();
        return fault;
      };
      const reader = new ChatReader({
        service,
        thinkTags: false,
        thoughtsAnswer: false,
        unquoted,
        speaks: (name) => SPOKEN.has(name),
        errorOf: (value) => fastgptError(service, judge(fastgptFaultOf(value))),
      });
      const events = keptAnswer({
        service,
        clock,
        signal,
        conversation,
        reader,
        ask: (signal) =>
          askChat({
            http,
            service,
            url,
            headers,
            fixed: {
              chatId,
              stream: true,
              detail: settings.detail,
              variables: settings.variables,
              messages: [{ role: "user", content: sendable(request.question) }],
            },
            unquoted,
            errorOf: (_, refusal) =>
              fastgptError(service, judge(fastgptFaultOf(refusal.body)), {
                status: refusal.status,
                cause: refusal,
              }),
            signal,
          }),
      });
      // It counts no tokens: what it says of them is made up.
      for await (const event of events) if (event.type !== "usage") yield event;
    }

    return {
      answer,
      forget: (conversation) => conversations.forget(conversation),
      kept: () => ({ ...conversations.stats, stopsDropped: 0 }),
      close: () => http.close(),
    };
  },
});
