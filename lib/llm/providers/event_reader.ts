import type { Clock } from "../../lifecycle/mod.ts";
import { type AnswerEvent, answerEvents, answerText, type HttpAnswer } from "../../net/mod.ts";
import type { ServiceName } from "../../service/mod.ts";
import type { LlmEvent } from "../contract.ts";
import { brokenOff } from "./llm_error.ts";
import { untilEnd } from "./until_end.ts";

/** The largest answer that comes in one piece, in bytes. */
export const MAX_WHOLE_BYTES = 65_536;
/** A token is a line of a few hundred bytes; thoughts come the same way. */
export const STREAM_LIMITS = { maxLineLength: 1_048_576, maxBytes: 64 << 20 } as const;

/** A server-sent event with its data. */
export type DataEvent = Extract<AnswerEvent, { type: "data" }>;

/** Reads what one answer consists of, event by event or whole. No I/O. */
export interface EventReader {
  /** How long the end of the body may take from now on, in ms; `undefined` until the answer is whole. */
  readonly waitMs: number | undefined;
  /** Whether what was taken last is a call, or a part of one. Default: it never is. */
  readonly calling?: boolean;
  /** Whether there was more of it than is read: nothing more is taken. Default: there never is. */
  readonly full?: boolean;
  /**
   * Reads one event; gives what is to be said of it, `""` for nothing.
   *
   * @throws {EarshotError} what it says that went wrong
   */
  take(event: DataEvent): string;
  /**
   * Reads an answer that came whole; gives what is to be said of it.
   *
   * @throws {EarshotError} what it says that went wrong, or `llm.protocol` for what is no answer
   */
  takeWhole(body: string): string;
  /**
   * All has come: the rest of what is to be said, what is called, how many tokens it was, and how it ended.
   *
   * @throws {EarshotError} `llm.empty` where there was neither a word, a call nor an error, or what the end means
   */
  conclude(): readonly LlmEvent[];
}

/** What the answer of one request is read with. */
export interface ReadingOptions {
  /** The service, for errors. */
  readonly service: ServiceName;
  readonly signal: AbortSignal;
  /** Ends the request at its socket, which is not asked for any more. */
  readonly hangUp: () => void;
  readonly clock: Clock;
}

/**
 * What an answer says, whether it comes event by event or in one piece.
 *
 * @throws {EarshotError} `llm.*` or `canceled`
 */
export async function* readAnswer(
  answer: HttpAnswer,
  reader: EventReader,
  options: ReadingOptions,
): AsyncGenerator<LlmEvent, void> {
  yield { type: "started" };
  const { service, signal } = options;
  try {
    if (/^text\/event-stream/i.test(answer.headers.get("content-type") ?? "")) {
      const events = answerEvents(answer, signal, STREAM_LIMITS);
      for await (const event of untilEnd(events, { ...options, waitMs: () => reader.waitMs })) {
        const text = event.type === "data" ? reader.take(event) : "";
        if (text !== "") yield { type: "text", text };
        if (reader.calling === true) yield { type: "calling" };
        else if (text === "") yield { type: "alive" };
        if (reader.full === true) break;
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
