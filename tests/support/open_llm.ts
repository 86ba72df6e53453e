import { type Clock, systemClock } from "../../lib/lifecycle/mod.ts";
import {
  type LlmEvent,
  type LlmProvider,
  type LlmProviderRequest,
  openLlmProvider,
} from "../../lib/llm/mod.ts";
import type { ServiceBlock } from "../../lib/service/mod.ts";
import { withSecrets } from "./open_recognizer.ts";

/** A language model by its block of the config, as the gateway opens it; the caller closes it. */
export async function openLlm(
  block: ServiceBlock,
  { secrets, clock = systemClock }: {
    readonly secrets?: Readonly<Record<string, string>> | undefined;
    readonly clock?: Clock | undefined;
  } = {},
): Promise<LlmProvider> {
  return await openLlmProvider(withSecrets(block, secrets), {
    service: { family: "llm", name: block.type },
    clock,
    timeZone: "Asia/Shanghai",
    wallMs: () => Date.parse("2026-11-30T10:00:00Z"),
  });
}

/** A question with nothing before it, but for what is given. */
export function questionOf(question: string, more: Partial<LlmProviderRequest> = {}): LlmProviderRequest {
  return {
    instructions: "",
    history: [],
    context: "",
    question,
    language: "en",
    maxTokens: 512,
    conversation: "kitchen",
    ...more,
  };
}

/** What of the events is said. */
export function textOf(events: readonly LlmEvent[]): string {
  return events.map((event) => event.type === "text" ? event.text : "").join("");
}
