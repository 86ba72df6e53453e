import { z } from "zod";
import type { Clock } from "../../lifecycle/mod.ts";
import { answerLines, type HttpAnswer, HttpClient, httpUrl, isLocalUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import { readReply, type ServiceName } from "../../service/mod.ts";
import type { LlmEvent, LlmProviderRequest } from "../contract.ts";
import { defineLlmProvider, type LlmProviderType } from "../provider.ts";
import { askChat } from "./ask_chat.ts";
import { chatError, chatFaultOf } from "./chat_fault.ts";
import { chatMessages } from "./chat_messages.ts";
import { STREAM_LIMITS } from "./event_reader.ts";
import { brokenOff, llmError } from "./llm_error.ts";
import { ModelText } from "./model_text.ts";
import { ollamaMessages } from "./ollama_messages.ts";
import { openaiTool } from "./openai_messages.ts";
import { takenIds } from "./sent_call.ts";
import { toolKeys, visionKey } from "./tool_keys.ts";
import { RequestTools, ToolSupport } from "./tool_support.ts";
import { END_MS, untilEnd } from "./until_end.ts";
import { unquote } from "./unquote.ts";
import { warmOllama } from "./warm_ollama.ts";

/** Ollama's own protocol. */
export const ollama: LlmProviderType = defineLlmProvider({
  type: "ollama",
  about: "Ollama by its own protocol, which loads the model ahead and says how much it reads",
  config: {
    url: httpUrl.default("http://localhost:11434").describe(
      "where Ollama runs, such as http://192.168.1.20:11434",
    ),
    apiKey: secretSource.optional().describe(
      "a key, where a proxy stands in front of it; Ollama itself has none",
    ),
    model: z.string().min(1).describe("the model that answers, pulled there before, such as qwen3:8b"),
    temperature: z.number().min(0).max(2).optional()
      .describe("how freely it answers, 0 to 2; the model decides unless it is given"),
    maxTokens: z.int().min(1).max(1_000_000).optional()
      .describe("the most tokens of an answer, where the agent does not allow fewer; thoughts count too"),
    thinking: z.enum(["off", "on"]).default("off")
      .describe(
        "whether the model may think before it answers, which takes seconds; thoughts are never spoken",
      ),
    thinkTags: z.boolean().default(false).describe(
      "for models that close thoughts with </think> and never open them: nothing is spoken before that tag",
    ),
    contextTokens: z.int().min(256).max(10_000_000).default(8_192).describe(
      "how many tokens of conversation and answer the model reads (num_ctx); Ollama drops what is beyond in silence, " +
        "so the conversation is cut to fit",
    ),
    ...toolKeys,
    vision: visionKey.default(false),
    keepAlive: z.union([z.string().regex(/^(\d+(\.\d+)?(ms|s|m|h))+$/), z.int().min(-1)]).default("30m")
      .describe("how long the model stays loaded after an answer, such as 30m, or -1 for ever"),
  },
  check: ({ url }, problem) => {
    if (/\/(v1|api)\/?$/.test(new URL(url).pathname)) {
      problem("url", "give it without the path; for chat completions (/v1) use type: openai");
    }
  },
  capabilities: ({ url, contextTokens, tools, vision }) => ({
    stateless: true,
    local: isLocalUrl(url),
    maxConcurrent: 1,
    contextTokens,
    languages: "any",
    tools: tools === "auto",
    vision,
  }),
  open: (settings, { service, clock, trust }) => {
    const { apiKey, model, keepAlive, temperature, contextTokens } = settings;
    const http = new HttpClient(trust);
    const url = settings.url.replace(/\/+$/, "");
    const headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    const thinks = settings.thinking === "on";
    const options = { num_ctx: contextTokens, temperature };
    const support = new ToolSupport();

    async function* answer(
      request: LlmProviderRequest,
      signal: AbortSignal,
    ): AsyncGenerator<LlmEvent, void> {
      const call = new AbortController();
      const unquoted = unquote(request);
      const mostTokens = thinks
        ? settings.maxTokens
        : Math.min(request.maxTokens, settings.maxTokens ?? Infinity);
      const tools = new RequestTools(request, { support, mode: settings.tools });
      // It knows no word for tools that are only described.
      const bodyOf = (request: LlmProviderRequest, { tools }: { readonly tools: boolean }) => ({
        fixed: {
          model,
          messages: ollamaMessages(chatMessages(request, { tools })),
          stream: true,
          think: thinks,
          keep_alive: keepAlive,
          options: { ...options, num_predict: mostTokens },
          ...(tools && { tools: request.tools?.map(openaiTool) }),
        },
      });
      try {
        const response = await askChat({
          http,
          service,
          url: `${url}/api/chat`,
          headers,
          ...tools.ask(bodyOf),
          unquoted,
          signal: AbortSignal.any([signal, call.signal]),
        });
        yield* readAnswer(response, {
          service,
          clock,
          signal,
          hangUp: () => call.abort(),
          unquoted,
          text: new ModelText({
            openingMissing: settings.thinkTags,
            tools: tools.offered,
            takenIds: takenIds(request),
          }),
        });
      } finally {
        call.abort();
      }
    }

    return {
      answer,
      warm: (signal) => warmOllama({ http, service, url, headers, model, keepAlive, options }, signal),
      toolsRefusal: () => support.refusal,
      close: () => http.close(),
    };
  },
});

const line = z.looseObject({
  message: z.looseObject({
    content: z.string().default(""),
    thinking: z.string().default(""),
    tool_calls: z.array(z.looseObject({
      id: z.string().optional().catch(undefined),
      function: z.looseObject({ name: z.string().default(""), arguments: z.unknown().optional() }).optional(),
    })).default([]),
  }).optional(),
  done: z.boolean().default(false),
  done_reason: z.string().default(""),
  prompt_eval_count: z.int().nonnegative().optional(),
  eval_count: z.int().nonnegative().optional(),
  error: z.unknown().optional(),
});

interface ReadOptions {
  readonly service: ServiceName;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Ends the request at its socket. */
  readonly hangUp: () => void;
  readonly text: ModelText;
  readonly unquoted: (words: string) => string;
}

async function* readAnswer(
  response: HttpAnswer,
  { service, clock, signal, hangUp, text, unquoted }: ReadOptions,
): AsyncGenerator<LlmEvent, void> {
  yield { type: "started" };
  let last: z.output<typeof line> | undefined;
  try {
    const lines = answerLines(response, signal, STREAM_LIMITS);
    const waitMs = () => last === undefined ? undefined : END_MS;
    for await (const data of untilEnd(lines, { waitMs, signal, hangUp, clock })) {
      if (data.trim() === "" || last !== undefined) continue;
      const read = readReply(service, data, line);
      if (read.error !== undefined) {
        const fault = chatFaultOf({ error: read.error });
        throw chatError(service, { ...fault, message: unquoted(fault.message) });
      }
      for (const { id, function: called } of read.message?.tool_calls ?? []) {
        // Each is whole, and its arguments are an object.
        text.call({ id, name: called?.name, arguments: called?.arguments ?? {} });
      }
      const said = text.push(read.message?.content ?? "");
      if (said !== "") yield { type: "text", text: said };
      if (text.calling) yield { type: "calling" };
      else if (said === "") yield { type: "alive" };
      if (read.done) last = read;
      if (text.full) break;
    }
  } catch (thrown) {
    throw brokenOff(service, thrown);
  }
  const cut = last?.done_reason === "length";
  const rest = text.end({ whole: last !== undefined && !cut });
  const calls = text.calls({ whole: true });
  if (!text.spoken && calls.length === 0) {
    const detail = last === undefined ? "its answer has no end" : `its answer ended with ${last.done_reason}`;
    throw llmError(service, "empty", { detail });
  }
  if (rest !== "") yield { type: "text", text: rest };
  for (const call of calls) yield { type: "tool_call", call };
  if (last?.eval_count !== undefined) {
    yield { type: "usage", promptTokens: last.prompt_eval_count ?? 0, answerTokens: last.eval_count };
  }
  const broken = last === undefined && calls.length === 0;
  yield { type: "ended", reason: broken ? "truncated" : cut || text.full ? "length" : "stop" };
}
