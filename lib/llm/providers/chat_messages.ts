import type { LlmMessage, LlmRequest } from "../contract.ts";

/** One message as it is sent. */
export interface ChatMessage {
  readonly role: "system" | LlmMessage["role"];
  readonly content: string;
}

/**
 * A request as messages: the instructions, the conversation, and the question, with what the model should know of this
 * moment before it. Strict servers want the user first, and the roles to alternate.
 */
export function chatMessages(request: LlmRequest): readonly ChatMessage[] {
  const { instructions, history, context, question } = request;
  const asked = { role: "user", content: context === "" ? question : `${context}\n\n${question}` } as const;
  const system = sendable(instructions);
  return [
    ...(system.trim() === "" ? [] : [{ role: "system", content: system } as const]),
    ...alternating([...history, asked]),
  ];
}

/** Neighbors of one role as one message; nothing before the user's first. */
function alternating(messages: readonly LlmMessage[]): readonly LlmMessage[] {
  const merged: LlmMessage[] = [];
  for (const { role, content: given } of messages) {
    const content = sendable(given);
    const last = merged.at(-1);
    if (content.trim() === "" || (last === undefined && role === "assistant")) continue;
    if (last?.role === role) merged[merged.length - 1] = { role, content: `${last.content}\n${content}` };
    else merged.push({ role, content });
  }
  return merged;
}

/** Without what some servers choke on: halves of surrogate pairs, and control characters. */
export function sendable(text: string): string {
  return text.toWellFormed().replaceAll(/(?![\n\t])\p{Cc}/gu, "");
}
