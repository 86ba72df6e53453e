import type { LlmReply } from "./llm_answer.ts";
import type { LlmRefusalKind } from "./llm_behavior.ts";
import { type LlmDialect, LlmEmulator, type LlmEmulatorOptions, messagesFault } from "./llm_emulator.ts";

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
    check: ({ method, body, messages }, { violation }) => {
      const wrong = method !== "POST"
        ? `a ${method}`
        : typeof body["model"] !== "string"
        ? "no model"
        : typeof body["think"] !== "boolean"
        ? "no think"
        : messagesFault(messages);
      if (wrong === undefined) return undefined;
      violation(wrong);
      return refusal("request");
    },
    thinks: ({ body }) => body["think"] !== false,
    begin: () => "",
    thought: (thinking) =>
      line({ ...base, message: { role: "assistant", content: "", thinking }, done: false }),
    token: (content) => line({ ...base, message: { role: "assistant", content }, done: false }),
    end: (finish, { promptTokens, answerTokens, omit }) =>
      omit !== undefined ? "" : line({
        ...base,
        message: { role: "assistant", content: "" },
        done: true,
        done_reason: finish,
        total_duration: 1,
        prompt_eval_count: promptTokens,
        eval_count: answerTokens,
      }),
    whole: (content, { promptTokens, answerTokens, finish, thoughts }) =>
      line({
        ...base,
        message: { role: "assistant", content, ...(thoughts !== "" && { thinking: thoughts }) },
        done: true,
        done_reason: finish,
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
