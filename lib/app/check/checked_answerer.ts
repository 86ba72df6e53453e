import { systemClock } from "../../lifecycle/mod.ts";
import { Answerer, type LlmProvider, LlmRunner, llmServiceKeys } from "../../llm/mod.ts";
import type { ServiceBlock } from "../../service/mod.ts";

/** A language model that is asked once, without a second try. */
export interface CheckedAnswerer {
  readonly answerer: Answerer;
  /** How long its first word took, in ms; `undefined` before it. */
  readonly firstTokenMs: number | undefined;
}

/** Has a language model answer as `earshot check` asks it. */
export function checkedAnswerer(provider: LlmProvider, block: ServiceBlock): CheckedAnswerer {
  let firstTokenMs: number | undefined;
  const runner = new LlmRunner(provider, {
    ...llmServiceKeys.parse(block),
    clock: systemClock,
    retries: 0,
    onEvent: (event) => {
      if (event.type === "first_token") firstTokenMs = Math.round(event.firstTokenMs);
    },
  });
  return {
    answerer: new Answerer([runner]),
    get firstTokenMs() {
      return firstTokenMs;
    },
  };
}
