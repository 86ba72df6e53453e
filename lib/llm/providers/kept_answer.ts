import { EarshotError } from "../../errors/mod.ts";
import type { HttpAnswer } from "../../net/mod.ts";
import type { LlmEvent } from "../contract.ts";
import type { Conversation } from "./conversations.ts";
import { type EventReader, readAnswer, type ReadingOptions } from "./event_reader.ts";

/** What an answer in a conversation that the service keeps is made of. */
export interface KeptAnswerOptions extends Omit<ReadingOptions, "hangUp"> {
  readonly conversation: Conversation;
  /** Asks in the conversation. */
  readonly ask: (signal: AbortSignal) => Promise<HttpAnswer>;
  /** Reads the answer; where the service names the conversation, whether it has done so. */
  readonly reader: EventReader & { readonly named?: boolean };
  /** Called once, when the answer has ended, in whatever way, or nobody takes it any more; must not throw. */
  readonly onLeft?: () => void;
}

/**
 * Asks and reads, for as long as somebody takes the answer. A conversation that is too long, or on which the service hangs
 * without a word of it, is lost: the next question begins a new one.
 *
 * @throws {EarshotError} `llm.*` or `canceled`
 */
export async function* keptAnswer(options: KeptAnswerOptions): AsyncGenerator<LlmEvent, void> {
  const { conversation, ask, reader, signal, onLeft } = options;
  const call = new AbortController();
  try {
    const response = await ask(AbortSignal.any([signal, call.signal]));
    yield* readAnswer(response, reader, { ...options, hangUp: () => call.abort() });
  } catch (thrown) {
    const { code } = EarshotError.from(thrown);
    if (code === "llm.context" || (code === "llm.timeout" && reader.named === false)) conversation.lost();
    throw thrown;
  } finally {
    call.abort();
    onLeft?.();
  }
}
