import type { Clock } from "../../lifecycle/mod.ts";
import { answerEvents, answerText, type HttpAnswer } from "../../net/mod.ts";
import type { LlmEvent } from "../contract.ts";
import { ChatReader, type ChatReaderOptions } from "./chat_reader.ts";
import { brokenOff } from "./llm_error.ts";
import { END_MS, untilEnd } from "./until_end.ts";

/** The largest answer that comes in one piece, in bytes. */
const MAX_WHOLE_BYTES = 65_536;
/** A token is a line of a few hundred bytes; thoughts come the same way. */
export const STREAM_LIMITS = { maxLineLength: 1_048_576, maxBytes: 64 << 20 } as const;
/** How long counts of tokens may take after the last word, in ms. */
const USAGE_MS = 1_000;

/** What an answer is read with. */
export interface ChatEventsOptions extends ChatReaderOptions {
  readonly signal: AbortSignal;
  /** Ends the request at its socket, which is not asked for any more. */
  readonly hangUp: () => void;
  readonly clock: Clock;
}

/**
 * What an answer of chat completions says, whether it comes event by event or in one piece.
 *
 * @throws {EarshotError} `llm.*` or `canceled`
 */
export async function* chatEvents(
  answer: HttpAnswer,
  options: ChatEventsOptions,
): AsyncGenerator<LlmEvent, void> {
  yield { type: "started" };
  const reader = new ChatReader(options);
  const { service, signal } = options;
  const waitMs = () => reader.done ? END_MS : reader.finished ? USAGE_MS : undefined;
  try {
    if (/^text\/event-stream/i.test(answer.headers.get("content-type") ?? "")) {
      for await (
        const event of untilEnd(answerEvents(answer, signal, STREAM_LIMITS), { ...options, waitMs })
      ) {
        const text = event.type === "data" ? reader.take(event) : "";
        yield text === "" ? { type: "alive" } : { type: "text", text };
      }
    } else {
      const text = reader.takeWhole(await answerText(answer, signal, { maxBytes: MAX_WHOLE_BYTES }));
      if (text !== "") yield { type: "text", text };
    }
  } catch (thrown) {
    throw brokenOff(service, thrown);
  }
  yield* reader.conclude();
}
