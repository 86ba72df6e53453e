import { defineLlmProvider, type LlmProviderType } from "../provider.ts";

/** Answers without a model and without an account. */
export const builtin: LlmProviderType = defineLlmProvider({
  type: "builtin",
  about:
    "answers without a model or an account, in English and Chinese: greets, tells the time, repeats, says goodbye",
  config: {},
  tls: false,
  capabilities: () => ({
    stateless: true,
    local: true,
    maxConcurrent: 10_000,
    languages: ["en", "zh"],
  }),
  open: () => ({
    answer: async function* () {
      await Promise.resolve();
      yield { type: "started" };
      yield { type: "text", text: "Hello." };
      yield { type: "ended", reason: "stop" };
    },
  }),
});
