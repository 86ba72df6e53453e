import { isLocalUrl } from "../../net/mod.ts";

/** The servers that are told in words of their own not to think. */
export const CHAT_FLAVORS = [
  "openai",
  "deepseek",
  "qwen",
  "glm",
  "doubao",
  "siliconflow",
  "gemini",
  "ollama",
  "vllm",
  "llamacpp",
  "lmstudio",
  "xinference",
  "none",
] as const;

/** One of {@linkcode CHAT_FLAVORS}. */
export type ChatFlavor = typeof CHAT_FLAVORS[number];

const HOSTS: readonly (readonly [RegExp, ChatFlavor])[] = [
  [/(^|\.)(openai\.com|openai\.azure\.com)$/, "openai"],
  [/(^|\.)deepseek\.com$/, "deepseek"],
  [/(^|\.)aliyuncs\.com$/, "qwen"],
  [/(^|\.)(bigmodel\.cn|z\.ai)$/, "glm"],
  [/(^|\.)(volces\.com|bytepluses\.com)$/, "doubao"],
  [/(^|\.)siliconflow\.(cn|com)$/, "siliconflow"],
  [/(^|\.)googleapis\.com$/, "gemini"],
];
const PORTS: Readonly<Record<string, ChatFlavor>> = { 11434: "ollama", 1234: "lmstudio", 9997: "xinference" };
const MODELS: readonly (readonly [RegExp, ChatFlavor])[] = [
  [/^(openai\/)?(gpt-\d|o\d)/, "openai"],
  [/deepseek/, "deepseek"],
  [/qwen|qwq/, "qwen"],
  [/glm-/, "glm"],
  [/doubao/, "doubao"],
  [/gemini/, "gemini"],
];
/** Models whose own servers hand `chat_template_kwargs` on to them, which would think otherwise. */
const THINKING_TEMPLATES = /qwen-?3|qwq|glm-(4\.[5-9]|[5-9])|deepseek-v3\.[1-9]|smollm3|hunyuan/;

/** Which server it is, by its host, its port and the model; of an unknown one, `none`. */
export function chatFlavorOf(url: string, model: string): ChatFlavor {
  const { hostname, port } = new URL(url);
  const byHost = HOSTS.find(([host]) => host.test(hostname))?.[1] ?? PORTS[port];
  if (byHost !== undefined) return byHost;
  const name = model.toLowerCase();
  if (isLocalUrl(url)) return THINKING_TEMPLATES.test(name) ? "vllm" : "none";
  return MODELS.find(([known]) => known.test(name))?.[1] ?? "none";
}

/** What is said of thinking in a request. */
export interface ThinkingFields {
  /** Fields of the request. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Whether the model thinks all the same, and its thoughts count as tokens of the answer. */
  readonly thinks: boolean;
}

/** How a server is told to think, or not to. */
export function thinkingFields(
  flavor: ChatFlavor,
  { model, on }: { readonly model: string; readonly on: boolean },
): ThinkingFields {
  const type = on ? "enabled" : "disabled";
  switch (flavor) {
    case "openai":
      return openaiFields(model, on);
    case "deepseek":
    case "doubao":
      return { fields: { thinking: { type } }, thinks: on };
    case "glm":
      // From 5.3 on it always thinks.
      if (/glm-5\.([3-9]|\d\d)/i.test(model)) {
        return { fields: on ? {} : { reasoning_effort: "low" }, thinks: true };
      }
      return { fields: { thinking: { type } }, thinks: on };
    case "qwen":
    case "siliconflow":
      return { fields: { enable_thinking: on }, thinks: on };
    case "vllm":
    case "llamacpp":
      return { fields: { chat_template_kwargs: { enable_thinking: on } }, thinks: on };
    case "gemini":
    case "ollama":
      return { fields: on ? {} : { reasoning_effort: "none" }, thinks: on };
    case "lmstudio":
    case "xinference":
    case "none":
      return { fields: {}, thinks: on };
  }
}

/** Only models that think know the field, and each generation has another word for the least of it. */
function openaiFields(model: string, on: boolean): ThinkingFields {
  const name = model.toLowerCase().replace(/^openai\//, "");
  if (/^o\d/.test(name)) return { fields: on ? {} : { reasoning_effort: "low" }, thinks: true };
  const [, generation, minor] = /^gpt-([5-9]|\d\d)(?:\.(\d+))?/.exec(name) ?? [];
  if (generation === undefined || /chat/.test(name)) return { fields: {}, thinks: on };
  if (/pro/.test(name)) return { fields: {}, thinks: true };
  const least = generation === "5" && minor === undefined ? "minimal" : "none";
  return { fields: on ? {} : { reasoning_effort: least }, thinks: on };
}
