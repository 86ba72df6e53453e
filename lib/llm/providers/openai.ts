import { z } from "zod";
import { HttpClient, HttpRefusal, httpUrl, isLocalUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import { connectionError } from "../../service/mod.ts";
import type { LlmEvent, LlmProviderRequest } from "../contract.ts";
import { defineLlmProvider, type LlmProviderType } from "../provider.ts";
import { askChat } from "./ask_chat.ts";
import { CHAT_FLAVORS, type ChatFlavor, chatFlavorOf, thinkingFields } from "./chat_flavor.ts";
import { chatMessages } from "./chat_messages.ts";
import { ChatReader } from "./chat_reader.ts";
import { endpointOf } from "./endpoint_of.ts";
import { readAnswer } from "./event_reader.ts";
import { openaiMessages, openaiTool } from "./openai_messages.ts";
import { OptionalFields } from "./optional_fields.ts";
import { takenIds } from "./sent_call.ts";
import { checkExtraTools, toolKeys, visionKey } from "./tool_keys.ts";
import { RequestTools, ToolSupport } from "./tool_support.ts";
import { unquote } from "./unquote.ts";
import { warmOllama } from "./warm_ollama.ts";

/** Chat completions over HTTP: OpenAI, and every server that speaks like it. */
export const openai: LlmProviderType = defineLlmProvider({
  type: "openai",
  about:
    "chat completions: OpenAI, DeepSeek, Qwen, GLM, Doubao, Gemini, vLLM, llama.cpp, LM Studio and others",
  config: {
    url: httpUrl.default("https://api.openai.com/v1")
      .describe("the service, or a server that speaks like it, such as https://api.deepseek.com"),
    path: z.string().startsWith("/").default("/chat/completions")
      .describe("the path of its chat completions below the url"),
    apiKey: secretSource.optional().describe("the API key; servers of your own need none"),
    model: z.string().min(1).describe("the model that answers, as the service names it"),
    temperature: z.number().min(0).max(2).optional()
      .describe("how freely it answers, 0 to 2; the service decides unless it is given"),
    maxTokens: z.int().min(1).max(1_000_000).optional()
      .describe("the most tokens of an answer, where the agent does not allow fewer; thoughts count too"),
    flavor: z.enum(["auto", ...CHAT_FLAVORS]).default("auto").describe(
      "which service it is, as each has words of its own for not thinking; auto sees it by the url and the model",
    ),
    thinking: z.enum(["off", "on"]).default("off")
      .describe(
        "whether the model may think before it answers, which takes seconds; thoughts are never spoken",
      ),
    thinkTags: z.boolean().default(false).describe(
      "for servers that close thoughts with </think> and never open them: nothing is spoken before that tag",
    ),
    contextTokens: z.int().min(256).max(10_000_000).optional()
      .describe("how many tokens of conversation and answer the model reads; the conversation is cut to fit"),
    ...toolKeys,
    vision: visionKey.default(false),
    extra: z.record(z.string().min(1).max(100), z.unknown()).default({})
      .describe("further fields of each request, as the service's manual has them"),
  },
  check: ({ extra, tools }, problem) => {
    checkExtraTools({ extra, tools }, problem);
    for (const name of ["messages", "stream", "model", "n"].filter((name) => name in extra)) {
      problem("extra", `${name} is not for it to say`);
    }
  },
  capabilities: ({ url, model, flavor, contextTokens, tools, vision }) => {
    const local = isLocalUrl(url);
    const oneByOne = flavorOf({ flavor, url, model }) === "ollama";
    return {
      stateless: true,
      local,
      maxConcurrent: oneByOne ? 1 : local ? 4 : 8,
      ...(contextTokens !== undefined && { contextTokens }),
      languages: "any",
      tools: tools === "auto",
      vision,
    };
  },
  open: (settings, { service, clock, trust }) => {
    const { url, path, apiKey, model } = settings;
    const http = new HttpClient(trust);
    const flavor = flavorOf(settings);
    const headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    const optional = new OptionalFields();
    const support = new ToolSupport();
    const thinks = settings.thinking === "on";
    const thinking = thinkingFields(flavor, { model, on: thinks });

    /** The fields besides model and messages. */
    const fieldsOf = (request: LlmProviderRequest) => ({
      // Thoughts would use them up.
      [flavor === "openai" ? "max_completion_tokens" : "max_tokens"]: thinking.thinks
        ? settings.maxTokens
        : Math.min(request.maxTokens, settings.maxTokens ?? Infinity),
      temperature: settings.temperature,
      stream_options: { include_usage: true },
      ...thinking.fields,
    });

    /** The request, with what of tools there is in it, or without. */
    const bodyOf = (request: LlmProviderRequest, { tools }: { readonly tools: boolean }) => ({
      fixed: {
        model,
        messages: openaiMessages(chatMessages(request, { tools }), {
          flavor,
          model,
          thinks: thinking.thinks,
        }),
        stream: true,
        ...(tools && { tools: request.tools?.map(openaiTool) }),
        ...settings.extra,
      },
      // GLM knows no other word than auto, which is what goes without saying.
      fields: {
        ...fieldsOf(request),
        tool_choice: tools && request.toolsClosed === true && flavor !== "glm" ? "none" : undefined,
      },
    });

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
          url: endpointOf(url, path),
          headers,
          ...tools.ask(bodyOf),
          optional,
          unquoted,
          signal: AbortSignal.any([signal, call.signal]),
        });
        const reader = new ChatReader({
          service,
          thinkTags: settings.thinkTags,
          thoughtsAnswer: flavor === "vllm" && settings.thinking === "off",
          keepsThoughts: flavor === "deepseek",
          tools: tools.offered,
          takenIds: takenIds(request),
          unquoted,
        });
        yield* readAnswer(response, reader, { service, clock, signal, hangUp: () => call.abort() });
      } finally {
        // Whatever of it is under way ends; a body that came to its end has left its connection to the next one.
        call.abort();
      }
    }

    const warm = async (signal: AbortSignal) => {
      const root = new URL(url).origin;
      if (flavor === "ollama") return await warmOllama({ http, service, url: root, headers, model }, signal);
      try {
        await http.text({ url: endpointOf(url, "/models", { known: path }), headers }, signal);
      } catch (thrown) {
        // It is there, which is all that was asked.
        if (!(thrown instanceof HttpRefusal)) throw connectionError(service, thrown);
      }
    };

    return {
      answer,
      ...(isLocalUrl(url) && { warm }),
      toolsRefusal: () => support.refusal,
      close: () => http.close(),
    };
  },
});

function flavorOf(
  { flavor, url, model }: {
    readonly flavor: "auto" | ChatFlavor;
    readonly url: string;
    readonly model: string;
  },
): ChatFlavor {
  return flavor === "auto" ? chatFlavorOf(url, model) : flavor;
}
