import type { LlmProviderRequest } from "../contract.ts";
import { stepsOf } from "./sent_call.ts";

/** Shorter words say nothing of a conversation, and stand in many a message. */
const MIN_LENGTH = 4;
/** Shorter names are none of a device, but of a command of ours, such as `chat`. */
const MIN_NAME_LENGTH = 8;

/**
 * Takes out of a service's words what they repeat of a conversation: errors of some quote what they refuse, and nothing
 * that was said goes into a log, nor whose it was. `ids` are more of the kind, such as that of the conversation there.
 */
export function unquote(
  request: LlmProviderRequest,
  ids: readonly (string | undefined)[] = [],
): (words: string) => string {
  const { instructions, history, context, question, conversation } = request;
  const done = stepsOf(request).flatMap(({ text, results }) => [
    text,
    ...results.flatMap(({ call, text }) => [call.arguments, text]),
  ]);
  const said = [question, context, instructions, ...history.map(({ content }) => content), ...done, ...ids]
    .map((text = "") => text.trim()).filter((text) => text.length >= MIN_LENGTH);
  const all = conversation.length >= MIN_NAME_LENGTH ? [...said, conversation] : said;
  return (words) => all.reduce((rest, text) => rest.replaceAll(text, "…"), words);
}
