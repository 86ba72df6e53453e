import type { LlmProviderType } from "../provider.ts";
import { anthropic } from "./anthropic.ts";
import { builtin } from "./builtin.ts";
import { coze } from "./coze.ts";
import { dify } from "./dify.ts";
import { fastgpt } from "./fastgpt.ts";
import { homeAssistant } from "./home_assistant.ts";
import { ollama } from "./ollama.ts";
import { openai } from "./openai.ts";
import { webhook } from "./webhook.ts";

/** Every type of language model; a further one is a line here and a file beside this one. */
export const LLM_PROVIDERS: readonly LlmProviderType[] = [
  builtin,
  openai,
  ollama,
  anthropic,
  dify,
  coze,
  fastgpt,
  homeAssistant,
  webhook,
];
