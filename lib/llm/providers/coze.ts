import { z } from "zod";
import { answerText, type HttpAnswer, HttpClient, httpUrl, isLocalUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import type { LlmEvent, LlmProviderRequest } from "../contract.ts";
import { defineLlmProvider, type LlmProviderType } from "../provider.ts";
import { askChat } from "./ask_chat.ts";
import { sendable } from "./chat_messages.ts";
import { type Conversation, Conversations } from "./conversations.ts";
import { cozeError, type CozeFault, cozeFaultOf, isLostCoze } from "./coze_fault.ts";
import { type CozeChat, CozeReader } from "./coze_reader.ts";
import { endpointOf } from "./endpoint_of.ts";
import { MAX_WHOLE_BYTES } from "./event_reader.ts";
import { keptAnswer } from "./kept_answer.ts";
import { brokenOff, llmError } from "./llm_error.ts";
import { StopRequests } from "./stop_requests.ts";
import { unquote } from "./unquote.ts";

const PATH = "/v3/chat";

/** A bot of Coze. */
export const coze: LlmProviderType = defineLlmProvider({
  type: "coze",
  about: "a bot of Coze (扣子), which keeps the conversation and has a prompt of its own",
  config: {
    url: httpUrl.default("https://api.coze.cn")
      .describe("the service: https://api.coze.cn, https://api.coze.com, or a Coze Studio of your own"),
    apiKey: secretSource.describe("the access token, which may use the chat API"),
    botId: z.string().min(1).max(100).describe("the number of the bot, published to the API"),
    variables: z.record(z.string().min(1).max(100), z.string()).default({})
      .describe("the variables of the bot's prompt, by name"),
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

    /** Asks in the conversation, and once more in a new one where Coze does not know it. */
    async function ask(
      request: LlmProviderRequest,
      conversation: Conversation,
      signal: AbortSignal,
    ): Promise<HttpAnswer> {
      const { id } = conversation;
      const unquoted = unquote(request, [id, settings.botId]);
      let lost = false;
      const judge = ({ code, message }: CozeFault) => {
        const fault = { code, message: unquoted(message) };
        lost = id !== undefined && isLostCoze(fault);
        return fault;
      };
      try {
        const response = await askChat({
          http,
          service,
          url: pathOf(PATH) + (id === undefined ? "" : `?conversation_id=${encodeURIComponent(id)}`),
          headers,
          fixed: {
            bot_id: settings.botId,
            user_id: request.conversation,
            stream: true,
            additional_messages: [
              { role: "user", content: sendable(request.question), content_type: "text" },
            ],
            ...(Object.keys(settings.variables).length > 0 && { custom_variables: settings.variables }),
          },
          unquoted,
          errorOf: (_, refusal) =>
            cozeError(service, judge(cozeFaultOf(refusal.body)), { status: refusal.status, cause: refusal }),
          signal,
        });
        if (/^text\/event-stream/i.test(response.headers.get("content-type") ?? "")) return response;
        // It refuses with a status of 200.
        const fault = cozeFaultOf(await bodyOf(response, signal));
        if (fault.code !== "" && fault.code !== "0") throw cozeError(service, judge(fault));
        throw llmError(service, "protocol", { detail: "its answer is no stream of events" });
      } catch (thrown) {
        if (!lost) throw thrown;
        conversation.lost();
        return await ask(request, conversation, signal);
      }
    }

    async function bodyOf(response: HttpAnswer, signal: AbortSignal): Promise<string> {
      try {
        return await answerText(response, signal, { maxBytes: MAX_WHOLE_BYTES });
      } catch (thrown) {
        throw brokenOff(service, thrown);
      }
    }

    /** Tells Coze that nobody takes the answer any more. */
    function stop(chat: CozeChat): void {
      stops.make((signal) =>
        http.text({
          url: pathOf(`${PATH}/cancel`),
          headers: { ...headers, "content-type": "application/json" },
          body: JSON.stringify(chat),
        }, signal)
      );
    }

    function answer(request: LlmProviderRequest, signal: AbortSignal): AsyncGenerator<LlmEvent, void> {
      const conversation = conversations.of(request);
      const reader = new CozeReader({
        service,
        unquoted: (words) => unquote(request, [conversation.id, settings.botId])(words),
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
          const { runningChat } = reader;
          if (runningChat !== undefined) stop(runningChat);
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
