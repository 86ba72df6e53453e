import { z } from "zod";
import { type HttpAnswer, HttpClient, httpUrl, isLocalUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import type { LlmEvent, LlmProviderRequest } from "../contract.ts";
import { defineLlmProvider, type LlmProviderType } from "../provider.ts";
import { askChat } from "./ask_chat.ts";
import { sendable } from "./chat_messages.ts";
import { type Conversation, Conversations } from "./conversations.ts";
import { difyError, isLostDify } from "./dify_fault.ts";
import { DifyReader } from "./dify_reader.ts";
import { endpointOf } from "./endpoint_of.ts";
import { keptAnswer } from "./kept_answer.ts";
import { StopRequests } from "./stop_requests.ts";
import { unquote } from "./unquote.ts";

const PATH = "/chat-messages";

/** An app of Dify: chatbot, agent or chatflow. */
export const dify: LlmProviderType = defineLlmProvider({
  type: "dify",
  about:
    "an app of Dify: a chatbot, an agent or a chatflow, which keeps the conversation and has a prompt of its own",
  config: {
    url: httpUrl.default("https://api.dify.ai/v1")
      .describe("the API of the service, or of a server of your own, such as http://192.168.1.20/v1"),
    apiKey: secretSource.describe("the API key of the app"),
    inputs: z.record(z.string().min(1).max(100), z.union([z.string(), z.number(), z.boolean()])).default({})
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
    const conversations = new Conversations({ clock });
    const stops = new StopRequests(clock);
    const pathOf = (path: string) => endpointOf(settings.url, path, { known: PATH });

    /** Asks in the conversation, and once more in a new one where Dify cannot go on with it. */
    async function ask(
      request: LlmProviderRequest,
      conversation: Conversation,
      signal: AbortSignal,
    ): Promise<HttpAnswer> {
      const { id } = conversation;
      let lost = false;
      try {
        return await askChat({
          http,
          service,
          url: pathOf(PATH),
          headers,
          fixed: {
            inputs: settings.inputs,
            query: sendable(request.question),
            user: request.conversation,
            response_mode: "streaming",
            conversation_id: id ?? "",
          },
          unquoted: unquote(request, [id]),
          errorOf: (fault, refusal) => {
            lost = id !== undefined && isLostDify(fault);
            return difyError(service, fault, { status: refusal.status, cause: refusal });
          },
          signal,
        });
      } catch (thrown) {
        if (!lost) throw thrown;
        conversation.lost();
        return await ask(request, conversation, signal);
      }
    }

    /** Tells Dify that nobody takes the answer any more: it does not see that the connection has ended. */
    function stop(task: string, user: string): void {
      stops.make((signal) =>
        http.text({
          url: pathOf(`${PATH}/${encodeURIComponent(task)}/stop`),
          headers: { ...headers, "content-type": "application/json" },
          body: JSON.stringify({ user }),
        }, signal)
      );
    }

    function answer(request: LlmProviderRequest, signal: AbortSignal): AsyncGenerator<LlmEvent, void> {
      const conversation = conversations.of(request);
      const reader = new DifyReader({
        service,
        unquoted: (words) => unquote(request, [conversation.id])(words),
        onConversation: (id) => conversation.named(id),
      });
      return keptAnswer({
        service,
        clock,
        signal,
        conversation,
        reader,
        ask: (signal) => ask(request, conversation, signal),
        onLeft: () => {
          const { runningTask } = reader;
          if (runningTask !== undefined) stop(runningTask, request.conversation);
        },
      });
    }

    return {
      answer,
      forget: (conversation) => conversations.forget(conversation),
      kept: () => ({ ...conversations.stats, stopsDropped: stops.dropped }),
      close: async () => {
        await stops.close();
        http.close();
      },
    };
  },
});
