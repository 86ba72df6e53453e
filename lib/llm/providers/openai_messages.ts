import type { LlmImage, LlmStep, LlmTool } from "../contract.ts";
import { isThinkingBlocks } from "./anthropic_thoughts.ts";
import type { ChatFlavor } from "./chat_flavor.ts";
import { type ChatMessage, sendable } from "./chat_messages.ts";
import { sentArgumentsText, sentId, sentName } from "./sent_call.ts";

/** What of a server decides how it is told of calls. */
export interface OpenaiMessagesOptions {
  readonly flavor: ChatFlavor;
  readonly model: string;
  /** Whether the model may think. */
  readonly thinks: boolean;
}

/** Stands for the signature of a call that Gemini has not made itself; from its third generation on it wants one. */
const UNSIGNED = { google: { thought_signature: "skip_thought_signature_validator" } };

/** A tool as chat completions and Ollama are told of it. */
export function openaiTool({ name, description, parameters }: LlmTool) {
  return { type: "function", function: { name, description, parameters } };
}

/** Messages as chat completions have them: each step is a message with calls, and one for each result. */
export function openaiMessages(
  messages: readonly ChatMessage[],
  options: OpenaiMessagesOptions,
): readonly unknown[] {
  return messages.flatMap((message): readonly unknown[] => {
    if (message.role === "step") return stepMessages(message.step, options);
    const { role, content } = message;
    if (role !== "user" || message.images.length === 0) return [{ role, content }];
    const text = content.trim() === "" ? [] : [{ type: "text", text: content }];
    return [{ role, content: [...text, ...message.images.map(imagePart)] }];
  });
}

function stepMessages(step: LlmStep, options: OpenaiMessagesOptions): readonly unknown[] {
  const text = sendable(step.text);
  const calls = step.results.map(({ call }, index) => ({
    id: sentId(call),
    type: "function",
    function: { name: sentName(call), arguments: sentArgumentsText(call) },
    ...extraOf(call.extra, index, options),
  }));
  return [
    {
      role: "assistant",
      content: text.trim() === "" ? null : text,
      ...thoughtsOf(step, options),
      tool_calls: calls,
    },
    ...step.results.map(({ call, text }) => ({
      role: "tool",
      tool_call_id: sentId(call),
      content: sendable(text),
    })),
  ];
}

/** DeepSeek wants its thoughts back; while it thinks it refuses calls without any. */
function thoughtsOf({ thoughts = "" }: LlmStep, { flavor, thinks }: OpenaiMessagesOptions) {
  if (flavor !== "deepseek") return {};
  const own = isThinkingBlocks(thoughts) ? "" : sendable(thoughts);
  return own !== "" || thinks ? { reasoning_content: own } : {};
}

/** Gemini wants back what it gave with a call; only the first one of a step has it. */
function extraOf(
  extra: Readonly<Record<string, unknown>> | undefined,
  index: number,
  { flavor, model }: OpenaiMessagesOptions,
) {
  if (flavor !== "gemini") return {};
  if (extra !== undefined) return { extra_content: extra };
  return index === 0 && /gemini-([3-9]|\d\d)/i.test(model) ? { extra_content: UNSIGNED } : {};
}

function imagePart({ mimeType, data }: LlmImage) {
  return { type: "image_url", image_url: { url: `data:${mimeType};base64,${data.toBase64()}` } };
}
