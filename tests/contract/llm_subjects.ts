import type { ErrorCode } from "../../lib/errors/mod.ts";
import type { LlmProvider } from "../../lib/llm/mod.ts";
import type { ServiceBlock } from "../../lib/service/mod.ts";
import { chatCompletions } from "../support/emulators/chat_completions.ts";
import type { ChatServerName } from "../support/emulators/chat_servers.ts";
import type { Said } from "../support/emulators/llm_behavior.ts";
import type { LlmDialect } from "../support/emulators/llm_emulator.ts";
import { ollama } from "../support/emulators/ollama.ts";
import { KEEPER_SUBJECTS } from "./answerers/keepers.ts";
import { MESSAGE_SUBJECTS } from "./answerers/messages.ts";
import type { LlmCaseName } from "./llm_cases.ts";

/** One language model against its emulator, or by itself. */
export interface LlmSubject {
  readonly name: string;
  /** Its server; one without has none. */
  readonly dialect?: LlmDialect;
  /** Its block of the config, with its defaults as a user has them. */
  block(url: string): ServiceBlock;
  /** Opens a type that is not registered. */
  readonly open?: (block: ServiceBlock) => Promise<LlmProvider>;
  /** What of a conversation it is sent. Default: all of it. */
  readonly asked?: "question";
  /** What its model thinks. */
  readonly thoughts: Said;
  /** What it makes of an error in mid-answer. Default: `llm.failed`. */
  readonly midError?: ErrorCode | "truncated";
  /** Cases that do not apply, each with its reason. */
  readonly skipped: Partial<Record<LlmCaseName, string>>;
}

const THOUGHTS = "They greet me. I greet them.";
const NO_FINISH = "the server never says why it ends";

const chat = (
  server: ChatServerName,
  flavor: string,
  more: Partial<LlmSubject> = {},
): LlmSubject => ({
  name: `openai ${server}`,
  dialect: chatCompletions(server),
  block: (url) => ({ type: "openai", url, model: "m", flavor }),
  thoughts: THOUGHTS,
  ...more,
  skipped: more.skipped ?? {},
});

const never: LlmSubject["skipped"] = {
  "cut at the most tokens": NO_FINISH,
  "the subject is refused at the end": NO_FINISH,
  "an end without [DONE]": NO_FINISH,
};

/** Every language model. */
export const LLM_SUBJECTS: readonly LlmSubject[] = [
  chat("openai", "auto"),
  chat("azure", "openai"),
  chat("deepseek", "deepseek"),
  chat("qwen", "qwen"),
  chat("glm", "glm"),
  chat("doubao", "doubao"),
  chat("siliconflow", "siliconflow"),
  chat("gemini", "gemini", {
    // From its third generation on it wants its signatures back.
    block: (url) => ({ type: "openai", url, model: "gemini-3-flash", flavor: "gemini" }),
  }),
  chat("ollama", "ollama", { midError: "truncated" }),
  chat("lmstudio", "lmstudio"),
  chat("vllm", "vllm"),
  chat("vllm_old", "vllm", { skipped: never }),
  chat("llamacpp", "llamacpp"),
  chat("xinference", "xinference", { thoughts: ["<thi", "nk>They gre", "et me.</", "think>", "\n\n"] }),
  chat("bare", "none", { skipped: never }),
  {
    name: "ollama",
    dialect: ollama(),
    block: (url) => ({ type: "ollama", url, model: "m" }),
    thoughts: THOUGHTS,
    skipped: {
      "the subject is refused at the end": "its end has no such reason",
      "an end without [DONE]": "its last line is its end",
      "an end without a finish": "its last line is its end",
    },
  },
  {
    name: "builtin",
    block: () => ({ type: "builtin" }),
    thoughts: "",
    skipped: {},
  },
  ...MESSAGE_SUBJECTS,
  ...KEEPER_SUBJECTS,
];
