import { z } from "zod";
import { HttpClient, httpUrl, isLocalUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import type { LlmEvent, LlmProviderRequest } from "../contract.ts";
import { defineLlmProvider, type LlmProviderType } from "../provider.ts";
import { anthropicMessages, anthropicTool, haveThoughts } from "./anthropic_messages.ts";
import { AnthropicReader } from "./anthropic_reader.ts";
import { askChat } from "./ask_chat.ts";
import { chatMessages } from "./chat_messages.ts";
import { endpointOf } from "./endpoint_of.ts";
import { readAnswer } from "./event_reader.ts";
import { OptionalFields } from "./optional_fields.ts";
import { takenIds } from "./sent_call.ts";
import { checkExtraTools, toolKeys, visionKey } from "./tool_keys.ts";
import { RequestTools, ToolSupport } from "./tool_support.ts";
import { unquote } from "./unquote.ts";

/** The version of the API that is spoken; it is part of each request. */
const VERSION = "2023-06-01";
/** For how many tokens the model may think, where it may: the fewest that the API takes. */
const THINKING_TOKENS = 1_024;
/** Fields that `extra` cannot say. */
const OURS = ["messages", "system", "stream", "model", "max_tokens"];

/** Claude, by the Messages API. */
export const anthropic: LlmProviderType = defineLlmProvider({
  type: "anthropic",
  about: "Claude by Anthropic's Messages API, and servers that speak like it",
  config: {
    url: httpUrl.default("https://api.anthropic.com")
      .describe("the service, or a server that speaks like it, such as https://api.deepseek.com/anthropic"),
    apiKey: secretSource.optional().describe("the API key; servers of your own need none"),
    model: z.string().min(1).describe("the model that answers, as the service names it"),
    temperature: z.number().min(0).max(1).optional()
      .describe("how freely it answers, 0 to 1; the service decides unless it is given"),
    maxTokens: z.int().min(1).max(1_000_000).optional()
      .describe("the most tokens of an answer, where the agent does not allow fewer; thoughts come on top"),
    thinking: z.enum(["off", "on"]).default("off")
      .describe(
        "whether the model may think before it answers, which takes seconds; thoughts are never spoken",
      ),
    contextTokens: z.int().min(256).max(10_000_000).optional()
      .describe("how many tokens of conversation and answer the model reads; the conversation is cut to fit"),
    ...toolKeys,
    vision: visionKey.default(true),
    extra: z.record(z.string().min(1).max(100), z.unknown()).default({})
      .describe("further fields of each request, as the service's manual has them"),
  },
  check: ({ extra, tools }, problem) => {
    checkExtraTools({ extra, tools }, problem);
    for (const name of OURS.filter((name) => name in extra)) problem("extra", `${name} is not for it to say`);
  },
  capabilities: ({ url, contextTokens, tools, vision }) => ({
    stateless: true,
    local: isLocalUrl(url),
    maxConcurrent: isLocalUrl(url) ? 4 : 8,
    ...(contextTokens !== undefined && { contextTokens }),
    languages: "any",
    tools: tools === "auto",
    vision,
  }),
  open: (settings, { service, clock, trust }) => {
    const { apiKey, model, temperature, extra } = settings;
    const http = new HttpClient(trust);
    const url = endpointOf(settings.url.replace(/\/v1\/*$/, ""), "/v1/messages");
    const headers = { "anthropic-version": VERSION, ...(apiKey !== undefined && { "x-api-key": apiKey }) };
    const optional = new OptionalFields();
    const support = new ToolSupport();

    const bodyOf = (request: LlmProviderRequest, { tools }: { readonly tools: boolean }) => {
      // It wants to see the thoughts again that led to calls; another service's it cannot.
      const thinks = settings.thinking === "on" && (!tools || haveThoughts(request.steps ?? []));
      const [first, ...others] = chatMessages(request, { tools });
      const system = first?.role === "system" ? first.content : undefined;
      const talk = first === undefined || system !== undefined ? others : [first, ...others];
      const answerTokens = Math.min(request.maxTokens, settings.maxTokens ?? Infinity);
      return {
        fixed: {
          model,
          max_tokens: answerTokens + (thinks ? THINKING_TOKENS : 0),
          ...(system !== undefined && { system }),
          messages: anthropicMessages(talk, { thinks }),
          stream: true,
          ...(tools && { tools: request.tools?.map(anthropicTool) }),
          ...extra,
        },
        fields: {
          thinking: thinks ? { type: "enabled", budget_tokens: THINKING_TOKENS } : { type: "disabled" },
          // A model that thinks takes none.
          temperature: thinks ? undefined : temperature,
          tool_choice: tools && request.toolsClosed === true ? { type: "none" } : undefined,
        },
      };
    };

    async function* answer(
      request: LlmProviderRequest,
      signal: AbortSignal,
    ): AsyncGenerator<LlmEvent, void> {
      const call = new AbortController();
      const unquoted = unquote(request);
      const tools = new RequestTools(request, { support, mode: settings.tools });
      try {
        const response = await askChat({
          http,
          service,
          url,
          headers,
          ...tools.ask(bodyOf),
          optional,
          unquoted,
          signal: AbortSignal.any([signal, call.signal]),
        });
        const reader = new AnthropicReader({
          service,
          unquoted,
          tools: tools.offered,
          takenIds: takenIds(request),
        });
        yield* readAnswer(response, reader, { service, clock, signal, hangUp: () => call.abort() });
      } finally {
        call.abort();
      }
    }

    return { answer, toolsRefusal: () => support.refusal, close: () => http.close() };
  },
});
