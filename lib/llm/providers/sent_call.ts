import { jsonOf } from "../../service/mod.ts";
import type { LlmProviderRequest, LlmStep, LlmToolCall } from "../contract.ts";

/** The longest id that every service takes. */
const MAX_ID_LENGTH = 40;
/** The longest name. */
const MAX_NAME_LENGTH = 64;

/** The id of a call as every service takes it: a chain may have it from another one. */
export function sentId({ id }: LlmToolCall): string {
  return id.replaceAll(/[^\w:.-]/g, "_").slice(-MAX_ID_LENGTH);
}

/** The name that a model has called; what no service takes of it is replaced. */
export function sentName({ name }: LlmToolCall): string {
  const clean = name.replaceAll(/[^a-zA-Z0-9_-]/g, "_").slice(0, MAX_NAME_LENGTH);
  return clean === "" ? "_" : clean;
}

/** The arguments as an object; none where the model wrote something else, which servers refuse to read again. */
export function sentArguments(call: LlmToolCall): Readonly<Record<string, unknown>> {
  const value = jsonOf(call.arguments);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** The same as text: as the model wrote it, where that is an object. */
export function sentArgumentsText(call: LlmToolCall): string {
  return Object.keys(sentArguments(call)).length === 0 ? "{}" : call.arguments;
}

/** The ids of all calls of a request's question: another one may not have them. */
export function takenIds({ steps = [] }: LlmProviderRequest): readonly string[] {
  return steps.flatMap(({ results }) => results.map(({ call }) => call.id));
}

/** The steps of a conversation, oldest first. */
export function stepsOf({ history, steps = [] }: LlmProviderRequest): readonly LlmStep[] {
  return [...history.flatMap((message) => message.steps ?? []), ...steps];
}
