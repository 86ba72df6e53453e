import { z } from "zod";
import {
  answerLines,
  type HttpAnswer,
  HttpClient,
  HttpRefusal,
  httpUrl,
  isLocalUrl,
} from "../../lib/net/mod.ts";
import { secretSource } from "../../lib/secrets/mod.ts";
import { connectionError, readReply, type ServiceName } from "../../lib/service/mod.ts";
import type { LlmEvent } from "../../lib/llm/contract.ts";
import { defineLlmProvider, type LlmProviderType } from "../../lib/llm/provider.ts";
import { chatMessages } from "../../lib/llm/providers/chat_messages.ts";
import { brokenOff, llmError, type LlmFault } from "../../lib/llm/providers/llm_error.ts";
import { END_MS, untilEnd } from "../../lib/llm/providers/until_end.ts";

/** What the server's names for faults mean. */
const FAULTS: Readonly<Record<string, LlmFault>> = {
  busy: "throttled",
  loading: "throttled",
  quota: "quota",
  auth: "auth",
  model: "config",
  request: "config",
  context: "context",
  content: "content",
};

/** A server that takes a conversation and answers in lines of JSON. */
export const example: LlmProviderType = defineLlmProvider({
  type: "example",
  about: "the language model of docs/adding-a-provider.md",
  config: {
    url: httpUrl.default("https://127.0.0.1:9001").describe("the server"),
    apiKey: secretSource.describe("the key of the account"),
    model: z.string().min(1).describe("the model that answers"),
  },
  capabilities: ({ url }) => ({
    stateless: true,
    local: isLocalUrl(url),
    maxConcurrent: 8,
    languages: "any",
  }),
  open: ({ url, apiKey, model }, { service, clock, trust }) => {
    const http = new HttpClient(trust);
    return {
      answer: async function* (request, signal) {
        const call = new AbortController();
        const body = { model, messages: chatMessages(request), maxTokens: request.maxTokens };
        try {
          const response = await http.fetch({
            url: new URL("/answer", url).href,
            headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
            body: JSON.stringify(body),
          }, AbortSignal.any([signal, call.signal])).catch((thrown) => {
            throw refused(service, thrown);
          });
          yield* read(response, { service, clock, signal, hangUp: () => call.abort() });
        } finally {
          // Whoever leaves the loop ends the request.
          call.abort();
        }
      },
      close: () => http.close(),
    };
  },
});

/** The server's words may repeat the conversation, so only its name for the fault is told. */
function refused(service: ServiceName, thrown: unknown): Error {
  if (!(thrown instanceof HttpRefusal)) return connectionError(service, thrown);
  const fault = FAULTS[thrown.headers.get("x-fault") ?? ""] ?? "failed";
  return llmError(service, fault, { detail: `it answered ${thrown.status}`, cause: thrown });
}

const line = z.looseObject({
  text: z.string().default(""),
  fault: z.string().optional(),
  end: z.enum(["stop", "length", "filtered"]).optional(),
  tokens: z.tuple([z.int(), z.int()]).optional(),
});

type ReadOptions = Omit<Parameters<typeof untilEnd>[1], "waitMs"> & { readonly service: ServiceName };

async function* read(response: HttpAnswer, options: ReadOptions): AsyncGenerator<LlmEvent, void> {
  yield { type: "started" };
  const { service, signal } = options;
  let spoken = false;
  let last: z.output<typeof line> | undefined;
  try {
    const lines = answerLines(response, signal);
    for await (const data of untilEnd(lines, { ...options, waitMs: () => last && END_MS })) {
      const said = readReply(service, data, line);
      if (said.fault !== undefined) throw llmError(service, FAULTS[said.fault] ?? "failed");
      if (said.end !== undefined) last = said;
      spoken ||= said.text.trim() !== "";
      if (said.text !== "") yield { type: "text", text: said.text };
    }
  } catch (thrown) {
    throw brokenOff(service, thrown);
  }
  if (last?.end === "filtered") throw llmError(service, "content");
  if (!spoken) throw llmError(service, "empty");
  const [promptTokens, answerTokens] = last?.tokens ?? [];
  if (promptTokens !== undefined && answerTokens !== undefined) {
    yield { type: "usage", promptTokens, answerTokens };
  }
  yield { type: "ended", reason: last?.end ?? "truncated" };
}
