import type { LlmStep, LlmTool } from "../llm/mod.ts";
import type { ToolStep } from "../tools/mod.ts";
import { cutChars } from "./readable_text.ts";

/** How much a model is told again of a result from an earlier turn, in UTF-16 units. */
const MAX_PAST_RESULT_CHARS = 500;
/** How many calls of an earlier turn a model is told of. */
const MOST_PAST_CALLS = 8;

/** What was done in an earlier turn, as a model is told of it: one round of calls, each with its result. */
export function toldSteps(steps: readonly ToolStep[]): readonly LlmStep[] {
  if (steps.length === 0) return [];
  const results = steps.slice(-MOST_PAST_CALLS).map(({ tool, arguments: given, result }, index) => ({
    call: { id: `past_${index + 1}`, name: tool, arguments: given },
    text: cutChars(result, MAX_PAST_RESULT_CHARS),
  }));
  return [{ text: "", results, past: true }];
}

/** What rounds of calls say, for counting tokens. */
export function textOfSteps(steps: readonly LlmStep[]): string {
  return steps.flatMap(({ text, results }) => [
    text,
    ...results.flatMap(({ call, text: result }) => [call.name, call.arguments, result]),
  ]).join("\n");
}

/** What tools say, for counting tokens. */
export function textOfTools(tools: readonly LlmTool[]): string {
  return JSON.stringify(tools);
}
