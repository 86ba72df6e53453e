import type { LlmReply } from "./llm_answer.ts";
import type { LlmRefusalKind } from "./llm_behavior.ts";
import { ollamaTalk } from "./tool_talk.ts";
import {
  type LlmDialect,
  LlmEmulator,
  type LlmEmulatorOptions,
  messagesFault,
  type SentCall,
} from "./llm_emulator.ts";

const FAULTS: Readonly<Record<LlmRefusalKind, readonly [number, string]>> = {
  busy: [503, "server busy, please try again.  maximum pending requests exceeded"],
  loading: [503, "llm server loading model"],
  quota: [402, "insufficient balance"],
  auth: [401, "unauthorized"],
  model: [404, "model 'm' not found"],
  context: [400, "input length exceeds maximum context length"],
  content: [400, "inappropriate content"],
  server: [500, "llama runner process has terminated: exit status 2"],
  request: [400, "invalid options"],
};

/** A call as it is sent: its arguments are an object, and its id is none. */
const sent = ({ name, arguments: text }: SentCall) => ({ function: { name, arguments: JSON.parse(text) } });
const line = (value: unknown) => `${JSON.stringify(value)}\n`;
const base = { model: "m", created_at: "2026-11-30T10:00:00.000Z" };

/** Ollama's own protocol: one answer at a time. */
export function ollama(): LlmDialect {
  const refusal = (kind: LlmRefusalKind): LlmReply => {
    const [status, error] = FAULTS[kind];
    return { status, body: JSON.stringify({ error }) };
  };
  return {
    base: "",
    path: "/api/chat",
    warmPath: "/api/generate",
    contentType: "application/x-ndjson",
    slots: 1,
    tooLong: "forget",
    comment: "",
    other: ({ path, body }) =>
      path === "/api/generate" && typeof body["model"] === "string" && body["prompt"] === undefined
        ? { status: 200, body: JSON.stringify({ ...base, response: "", done: true, done_reason: "load" }) }
        : undefined,
    talkOf: ollamaTalk,
    check: ({ method, body, messages }, { behavior, violation }) => {
      const wrong = method !== "POST"
        ? `a ${method}`
        : typeof body["model"] !== "string"
        ? "no model"
        : typeof body["think"] !== "boolean"
        ? "no think"
        : ollamaTalk(body).fault ?? messagesFault(messages);
      if (wrong === undefined) {
        return behavior.refusesTools === undefined || body["tools"] === undefined ? undefined : {
          status: 400,
          body: JSON.stringify({ error: "registry.ollama.ai/library/m:latest does not support tools" }),
        };
      }
      violation(wrong);
      return refusal("request");
    },
    thinks: ({ body }) => body["think"] !== false,
    begin: () => "",
    thought: (thinking) =>
      line({ ...base, message: { role: "assistant", content: "", thinking }, done: false }),
    token: (content) => line({ ...base, message: { role: "assistant", content }, done: false }),
    calls: (calls) =>
      calls.map((call) =>
        line({ ...base, message: { role: "assistant", content: "", tool_calls: [sent(call)] }, done: false })
      ),
    end: (finish, { promptTokens, answerTokens, omit }) =>
      omit !== undefined ? "" : line({
        ...base,
        message: { role: "assistant", content: "" },
        done: true,
        done_reason: finish === "tool_calls" ? "stop" : finish,
        total_duration: 1,
        prompt_eval_count: promptTokens,
        eval_count: answerTokens,
      }),
    whole: (content, { promptTokens, answerTokens, finish, thoughts, calls }) =>
      line({
        ...base,
        message: {
          role: "assistant",
          content,
          ...(thoughts !== "" && { thinking: thoughts }),
          ...(calls.length > 0 && { tool_calls: calls.map(sent) }),
        },
        done: true,
        done_reason: finish === "tool_calls" ? "stop" : finish,
        prompt_eval_count: promptTokens,
        eval_count: answerTokens,
      }),
    refusal,
    midError: (kind) => line({ error: FAULTS[kind][1] }),
  };
}

/** Starts an Ollama. */
export function startOllama(options: LlmEmulatorOptions = {}): Promise<LlmEmulator> {
  return LlmEmulator.start(ollama(), options);
}
