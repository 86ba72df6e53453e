import { type ChatMessage, sendable } from "./chat_messages.ts";
import { sentArguments, sentName } from "./sent_call.ts";

/** Messages as Ollama's own protocol has them: arguments are objects, and a result names its tool. */
export function ollamaMessages(messages: readonly ChatMessage[]): readonly unknown[] {
  return messages.flatMap((message): readonly unknown[] => {
    if (message.role === "step") {
      const { text, results } = message.step;
      const calls = results.map(({ call }) => ({
        function: { name: sentName(call), arguments: sentArguments(call) },
      }));
      return [
        { role: "assistant", content: sendable(text), tool_calls: calls },
        ...results.map(({ call, text }) => ({
          role: "tool",
          tool_name: sentName(call),
          content: sendable(text),
        })),
      ];
    }
    const { role, content } = message;
    if (role !== "user" || message.images.length === 0) return [{ role, content }];
    return [{ role, content, images: message.images.map(({ data }) => data.toBase64()) }];
  });
}
