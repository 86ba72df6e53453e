import { ByteReader } from "../../audio/mod.ts";
import { type AnswerEvent, answerEvents, type AnswerLimits, type HttpAnswer } from "../../net/mod.ts";
import { bodyKindOf, HEAD_BYTES } from "./body_kind.ts";
import { brokenOff } from "./broken_off.ts";
import type { SpeechSound } from "../contract.ts";
import { piecesOf, soundOfBody, type SoundOfBodyOptions } from "./sound_of_body.ts";
import { unpacked } from "./unpacked.ts";

/** Options of {@linkcode soundOfAnswer}. */
export interface SoundOfAnswerOptions extends Omit<SoundOfBodyOptions, "contentType"> {
  /** The bytes of sound that events bring. */
  readonly soundOfEvents: (events: AsyncIterable<AnswerEvent>) => AsyncIterable<Uint8Array>;
  /** How large they may be. */
  readonly limits: AnswerLimits;
}

/**
 * The sound of an answer that may come in server-sent events, or as it is: judged by its first bytes, never by what was
 * asked for. Ends the answer.
 *
 * @throws {EarshotError} `tts.*` or `canceled`
 */
export async function* soundOfAnswer(
  { url, status, headers, body }: HttpAnswer,
  { soundOfEvents, limits, ...options }: SoundOfAnswerOptions,
  signal: AbortSignal,
): AsyncGenerator<SpeechSound, void> {
  const { service } = options;
  const contentType = headers.get("content-type") ?? "";
  const reader = new ByteReader(unpacked(body ?? none(), service));
  try {
    const kind = bodyKindOf(await reader.peek(HEAD_BYTES), contentType);
    if (kind === "events") {
      const answer = { url, status, headers, body: ReadableStream.from(piecesOf(reader)) };
      yield* soundOfBody(soundOfEvents(answerEvents(answer, signal, limits)), options);
    } else yield* soundOfBody(piecesOf(reader), { ...options, contentType });
  } catch (thrown) {
    throw brokenOff(service, thrown, signal);
  } finally {
    await reader.close();
  }
}

/** An answer without a body. */
async function* none(): AsyncGenerator<Uint8Array, void> {}
