import type { LlmImage, LlmRequest, LlmStep } from "../contract.ts";

/** One message as it is sent, or a round of calls with its results, which each service has in messages of its own. */
export type ChatMessage =
  | { readonly role: "system" | "assistant"; readonly content: string }
  | {
    readonly role: "user";
    /** May be `""` where there are images. */
    readonly content: string;
    readonly images: readonly LlmImage[];
  }
  | { readonly role: "step"; readonly step: LlmStep };

/** What the assistant says between a step and the user's next words, where nothing of its answer was heard. */
const NOTHING_HEARD = "…";

/**
 * A request as messages: the instructions, the conversation, and the question, with what the model should know of this
 * moment before it; then what it did so far. Strict servers want the user first, and the roles to alternate. `tools`:
 * whether it is told of steps, which a service without tools is not.
 */
export function chatMessages(
  request: LlmRequest,
  { tools = false }: { readonly tools?: boolean } = {},
): readonly ChatMessage[] {
  const { instructions, history, context, question, steps = [], images = [] } = request;
  const talk = new Talk();
  for (const { role, content, steps = [] } of history) {
    if (role === "assistant" && tools) steps.forEach((step) => talk.step(step));
    if (role === "assistant") talk.assistant(content);
    else talk.user(content);
  }
  talk.user(context === "" ? question : `${context}\n\n${question}`, images);
  if (tools) steps.forEach((step) => talk.step(step));
  const system = sendable(instructions);
  return [...(system.trim() === "" ? [] : [{ role: "system", content: system } as const]), ...talk.messages];
}

/** Messages that alternate: neighbors of one role are one message, and nothing comes before the user's first. */
class Talk {
  readonly messages: ChatMessage[] = [];

  user(given: string, images: readonly LlmImage[] = []): void {
    const content = sendable(given);
    if (content.trim() === "" && images.length === 0) return;
    const last = this.messages.at(-1);
    if (last?.role === "user") {
      const both = [last.content, content].filter((text) => text.trim() !== "").join("\n");
      this.#replaceLast({ role: "user", content: both, images: [...last.images, ...images] });
      return;
    }
    if (last?.role === "step") this.assistant(NOTHING_HEARD);
    this.messages.push({ role: "user", content, images });
  }

  assistant(given: string): void {
    const content = sendable(given);
    const last = this.messages.at(-1);
    if (content.trim() === "" || last === undefined) return;
    if (last.role !== "assistant") this.messages.push({ role: "assistant", content });
    else this.#replaceLast({ role: "assistant", content: `${last.content}\n${content}` });
  }

  /** A step comes after the user's words, and before the assistant's. */
  step(step: LlmStep): void {
    const last = this.messages.at(-1);
    if (last === undefined || step.results.length === 0) return;
    this.messages.splice(last.role === "assistant" ? -1 : this.messages.length, 0, { role: "step", step });
  }

  #replaceLast(message: ChatMessage): void {
    this.messages[this.messages.length - 1] = message;
  }
}

/** Without what some servers choke on: halves of surrogate pairs, and control characters. */
export function sendable(text: string): string {
  return text.toWellFormed().replaceAll(/(?![\n\t])\p{Cc}/gu, "");
}
