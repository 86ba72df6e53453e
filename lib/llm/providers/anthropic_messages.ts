import type { LlmImage, LlmStep, LlmTool } from "../contract.ts";
import { thinkingBlocks } from "./anthropic_thoughts.ts";
import { type ChatMessage, sendable } from "./chat_messages.ts";
import { sentArguments, sentId, sentName } from "./sent_call.ts";

/** A tool as the Messages API is told of it. */
export function anthropicTool({ name, description, parameters }: LlmTool) {
  // It refuses a schema that does not say what it is of.
  return { name, description, input_schema: { ...parameters, type: "object" } };
}

/** Messages as the Messages API has them; `thinks`: whether thoughts are sent back with their calls. */
export function anthropicMessages(
  messages: readonly ChatMessage[],
  { thinks }: { readonly thinks: boolean },
): readonly unknown[] {
  return messages.flatMap((message): readonly unknown[] => {
    if (message.role === "step") return stepMessages(message.step, thinks);
    const { role, content } = message;
    if (role !== "user" || message.images.length === 0) return [{ role, content }];
    const text = content.trim() === "" ? [] : [{ type: "text", text: content }];
    return [{ role, content: [...message.images.map(imageBlock), ...text] }];
  });
}

/** Whether each of these steps has the thoughts that the API wants to see again while it thinks. */
export function haveThoughts(steps: readonly LlmStep[]): boolean {
  return steps.every(({ thoughts }) => thinkingBlocks(thoughts).length > 0);
}

/** What it says and calls in one message, and every result in the very next one. */
function stepMessages({ text: said, results, thoughts }: LlmStep, thinks: boolean): readonly unknown[] {
  const text = sendable(said);
  return [
    {
      role: "assistant",
      content: [
        ...(thinks ? thinkingBlocks(thoughts) : []),
        ...(text.trim() === "" ? [] : [{ type: "text", text }]),
        ...results.map(({ call }) => ({
          type: "tool_use",
          id: idOf(sentId(call)),
          name: sentName(call),
          input: sentArguments(call),
        })),
      ],
    },
    {
      role: "user",
      content: results.map(({ call, text }) => ({
        type: "tool_result",
        tool_use_id: idOf(sentId(call)),
        content: sendable(text),
      })),
    },
  ];
}

/** It takes fewer characters than others. */
function idOf(id: string): string {
  return id.replaceAll(/[:.]/g, "_");
}

function imageBlock({ mimeType, data }: LlmImage) {
  return { type: "image", source: { type: "base64", media_type: mimeType, data: data.toBase64() } };
}
