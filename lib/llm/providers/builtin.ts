import { EarshotError } from "../../errors/mod.ts";
import { answerQuestion, callFor } from "../builtin/answer_question.ts";
import { defineLlmProvider, type LlmProviderType } from "../provider.ts";

/** How many characters of an answer come at once: like a model's, it comes in pieces that are cut anywhere. */
const PIECE_CHARACTERS = 12;

/** Answers without a model and without an account. */
export const builtin: LlmProviderType = defineLlmProvider({
  type: "builtin",
  about:
    "answers without a model or an account, in English and Chinese: greets, tells the time, repeats, gets louder and quieter, says goodbye",
  config: {},
  tls: false,
  capabilities: () => ({
    stateless: true,
    local: true,
    maxConcurrent: 10_000,
    languages: ["en", "zh"],
    scripted: true,
    tools: true,
  }),
  open: (_settings, { service, timeZone, wallMs }) => ({
    answer: async function* (request, signal) {
      yield { type: "started" };
      const now = { timeZone, wallMs: wallMs() };
      const call = callFor(request, now);
      const characters = call === undefined ? [...answerQuestion(request, now)] : [];
      for (let from = 0; from < characters.length; from += PIECE_CHARACTERS) {
        if (signal.aborted) {
          throw new EarshotError("canceled", `Cannot answer with ${service.name}: it was given up`);
        }
        yield { type: "text", text: characters.slice(from, from + PIECE_CHARACTERS).join("") };
      }
      if (call !== undefined) yield { type: "tool_call", call };
      yield { type: "ended", reason: "stop" };
    },
  }),
});
