import { createParser } from "eventsource-parser";
import { EarshotError } from "../errors/mod.ts";
import { connectError, hostOf } from "./connect_error.ts";

/** The answer of another host, whose body is read to its end or canceled. */
export type HttpAnswer = Pick<Response, "url" | "status" | "headers" | "body">;

/** The most that an answer may measure, in bytes. */
const MAX_ANSWER_BYTES = 1_048_576;
/** The longest line of an answer that comes event by event, in characters. */
const MAX_LINE_LENGTH = 65_536;

/**
 * The whole body. Rejects with `net.too_big` above `maxBytes` (default: 1 MiB), `net.unreachable` when it breaks off, or
 * `canceled`.
 */
export async function answerText(
  response: HttpAnswer,
  signal: AbortSignal,
  { maxBytes = MAX_ANSWER_BYTES }: Pick<AnswerLimits, "maxBytes"> = {},
): Promise<string> {
  try {
    return await readText(response, { maxBytes });
  } catch (thrown) {
    throw answerError(response, { thrown, signal });
  }
}

/** One part of an answer that comes event by event. */
export type AnswerEvent =
  /** A server-sent event: its data, and its name where it bears one. */
  | { readonly type: "data"; readonly data: string; readonly event?: string }
  /** A sign of life: a comment, or lines without data that have come. How often depends on how the bytes are cut. */
  | { readonly type: "comment" };

/** How large an answer may be that comes bit by bit. */
export interface AnswerLimits {
  /** The longest line, and the longest event, in characters. Default: 64 Ki. */
  readonly maxLineLength?: number;
  /** All of it, in bytes. Default: 1 MiB. */
  readonly maxBytes?: number;
}

/**
 * The server-sent events (`text/event-stream`), as they come; leaving the loop ends the connection.
 * Throws as {@linkcode answerText} does, and `net.too_big` for a line or an event that is too long too.
 */
export async function* answerEvents(
  response: HttpAnswer,
  signal: AbortSignal,
  { maxLineLength = MAX_LINE_LENGTH, maxBytes = MAX_ANSWER_BYTES }: AnswerLimits = {},
): AsyncGenerator<AnswerEvent, void> {
  let events: AnswerEvent[] = [];
  let full = false;
  const parser = createParser({
    maxBufferSize: maxLineLength,
    onEvent: ({ data, event }) => events.push({ type: "data", data, ...(event !== undefined && { event }) }),
    onComment: () => events.push({ type: "comment" }),
    onError: ({ type }) => full ||= type === "max-buffer-size-exceeded",
  });
  try {
    for await (const text of readParts(response, maxBytes)) {
      parser.feed(text);
      if (events.length === 0 && text.includes("\n")) events.push({ type: "comment" });
      yield* events;
      events = [];
      if (full) throw tooBig(response);
    }
  } catch (thrown) {
    throw answerError(response, { thrown, signal });
  }
  // Some servers leave the last empty line out.
  parser.feed("\n\n");
  yield* events;
}

/**
 * The lines of an answer that comes line by line, as NDJSON does; leaving the loop ends the connection. Throws as
 * {@linkcode answerEvents} does.
 */
export async function* answerLines(
  response: HttpAnswer,
  signal: AbortSignal,
  { maxLineLength = MAX_LINE_LENGTH, maxBytes = MAX_ANSWER_BYTES }: AnswerLimits = {},
): AsyncGenerator<string, void> {
  // Joined once the line is whole: a long one that comes in small parts would be copied again and again.
  let rest: string[] = [];
  let restLength = 0;
  try {
    for await (const text of readParts(response, maxBytes)) {
      const [first = "", ...lines] = text.split("\n");
      rest.push(first);
      restLength += first.length;
      if (restLength > maxLineLength) throw tooBig(response);
      for (const line of lines) {
        yield rest.join("").replace(/\r$/, "");
        if (line.length > maxLineLength) throw tooBig(response);
        rest = [line];
        restLength = line.length;
      }
    }
  } catch (thrown) {
    throw answerError(response, { thrown, signal });
  }
  if (restLength > 0) yield rest.join("");
}

/** The body as text, up to `maxBytes`; a longer one is cut there, or `net.too_big`. */
export async function readText(
  response: HttpAnswer,
  { maxBytes, cut = false }: { readonly maxBytes: number; readonly cut?: boolean },
): Promise<string> {
  let text = "";
  let sizeBytes = 0;
  const decoder = new TextDecoder();
  for await (const part of response.body ?? []) {
    sizeBytes += part.length;
    if (sizeBytes > maxBytes && cut) break;
    if (sizeBytes > maxBytes) throw tooBig(response);
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}

/** The body as text, part by part. */
async function* readParts(response: HttpAnswer, maxBytes: number): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let sizeBytes = 0;
  for await (const part of response.body ?? []) {
    sizeBytes += part.length;
    if (sizeBytes > maxBytes) throw tooBig(response);
    yield decoder.decode(part, { stream: true });
  }
}

function tooBig(response: HttpAnswer): EarshotError {
  return new EarshotError(
    "net.too_big",
    `Cannot take the answer of ${hostOf(response.url)}: it is too large`,
  );
}

function answerError(
  response: HttpAnswer,
  { thrown, signal }: { readonly thrown: unknown; readonly signal: AbortSignal },
): EarshotError {
  if (signal.aborted) return EarshotError.from(signal.reason, "canceled");
  return thrown instanceof EarshotError ? thrown : connectError(response.url, thrown);
}
