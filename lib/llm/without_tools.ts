import type { LlmProviderRequest } from "./contract.ts";

/**
 * A request for a service that calls no tools: none are offered, and what was called before is left out. What was done
 * for this question already is told in its context, where another service of the chain has begun it.
 */
export function withoutTools(request: LlmProviderRequest): LlmProviderRequest {
  const { tools: _tools, toolsClosed: _closed, steps = [], history, context, ...rest } = request;
  const done = steps.flatMap(({ results }) =>
    results.map(({ call, text }) => `${call.name} ${call.arguments}: ${text}`)
  );
  return {
    ...rest,
    history: history.map(({ role, content }) => ({ role, content })),
    context: [context, ...done].filter((text) => text !== "").join("\n"),
  };
}
