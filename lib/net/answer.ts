import { EarshotError } from "../errors/mod.ts";
import { connectError, hostOf } from "./connect_error.ts";

/** The answer of another host, whose body is read to its end or canceled. */
export type HttpAnswer = Pick<Response, "url" | "status" | "headers" | "body">;

/** The most that an answer may measure, in bytes. */
const MAX_ANSWER_BYTES = 1_048_576;
/** The longest line of an answer that comes event by event, in characters. */
const MAX_LINE_LENGTH = 65_536;

/** How large an answer may be that comes bit by bit. */
export interface AnswerLimits {
  /** The longest line, in characters. Default: 64 Ki. */
  readonly maxLineLength?: number;
  /** All of it, in bytes. Default: 1 MiB. */
  readonly maxBytes?: number;
}

/** The whole body. Rejects with `net.too_big` above 1 MiB, `net.unreachable` when it breaks off, or `canceled`. */
export async function answerText(response: HttpAnswer, signal: AbortSignal): Promise<string> {
  try {
    return await readText(response, { maxBytes: MAX_ANSWER_BYTES });
  } catch (thrown) {
    throw answerError(response, { thrown, signal });
  }
}

/**
 * The data of each server-sent event (`text/event-stream`), as it comes; leaving the loop ends the connection.
 * Throws as {@linkcode answerText} does, and `net.too_big` for a line that is too long too.
 */
export async function* answerEvents(
  response: HttpAnswer,
  signal: AbortSignal,
  limits: AnswerLimits = {},
): AsyncGenerator<string, void> {
  let data: string[] = [];
  try {
    for await (const line of readLines(response, limits)) {
      if (line === "" && data.length > 0) {
        yield data.join("\n");
        data = [];
      }
      const [, value] = /^data: ?(.*)$/.exec(line) ?? [];
      if (value !== undefined) data.push(value);
    }
  } catch (thrown) {
    throw answerError(response, { thrown, signal });
  }
  // Some servers leave the last empty line out.
  if (data.length > 0) yield data.join("\n");
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

async function* readLines(
  response: HttpAnswer,
  { maxLineLength = MAX_LINE_LENGTH, maxBytes = MAX_ANSWER_BYTES }: AnswerLimits,
): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let sizeBytes = 0;
  let rest = "";
  for await (const part of response.body ?? []) {
    sizeBytes += part.length;
    const lines = `${rest}${decoder.decode(part, { stream: true })}`.split(/\r?\n/);
    rest = lines.pop() ?? "";
    if (sizeBytes > maxBytes || rest.length > maxLineLength) throw tooBig(response);
    for (const line of lines) {
      if (line.length > maxLineLength) throw tooBig(response);
      yield line;
    }
  }
  yield rest;
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
