import type { LlmRefusalKind } from "../support/emulators/llm_behavior.ts";
import { type LlmDialect, messagesFault } from "../support/emulators/llm_emulator.ts";

const STATUS: Readonly<Record<LlmRefusalKind, number>> = {
  busy: 429,
  loading: 503,
  quota: 402,
  auth: 401,
  model: 404,
  context: 400,
  content: 400,
  server: 500,
  request: 400,
};

const line = (said: Readonly<Record<string, unknown>>) => `${JSON.stringify(said)}\n`;
const refusal = (kind: LlmRefusalKind) => ({
  status: STATUS[kind],
  body: "Cannot do that.",
  headers: { "x-fault": kind },
});

/** The server of the example: it refuses what it does not know, and wants a conversation that is in order. */
export const exampleServer: LlmDialect = {
  base: "",
  path: "/answer",
  contentType: "application/x-ndjson",
  tooLong: "refuse",
  comment: "",
  check: ({ method, headers, body, messages }, { violation }) => {
    if (headers["authorization"] !== "Bearer example-key") return refusal("auth");
    const unknown = Object.keys(body).filter((key) => !["model", "messages", "maxTokens"].includes(key));
    const wrong = method !== "POST"
      ? method
      : unknown.length > 0
      ? `the fields ${unknown}`
      : messagesFault(messages);
    if (wrong === undefined) return undefined;
    violation(wrong);
    return refusal("request");
  },
  thinks: () => false,
  begin: () => "",
  thought: () => "",
  token: (text) => line({ text }),
  end: (finish, { promptTokens, answerTokens, omit }) => {
    const end = finish === "content_filter" ? "filtered" : finish;
    return omit === undefined ? line({ end, tokens: [promptTokens, answerTokens] }) : "";
  },
  whole: (text, { finish, promptTokens, answerTokens }) =>
    line({ text, end: finish, tokens: [promptTokens, answerTokens] }),
  refusal,
  midError: (kind) => line({ fault: kind }),
};
