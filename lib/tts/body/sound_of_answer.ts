import { ByteReader } from "../../audio/mod.ts";
import { type AnswerEvent, answerEvents, type AnswerLimits, type HttpAnswer } from "../../net/mod.ts";
import { endedError, serviceError } from "../../service/mod.ts";
import type { SpeechSound } from "../contract.ts";
import { bodyKindOf, HEAD_BYTES } from "./body_kind.ts";
import { brokenOff } from "./broken_off.ts";
import { piecesOf, soundOfBody, type SoundOfBodyOptions } from "./sound_of_body.ts";
import { unpacked } from "./unpacked.ts";

/** What says how many samples a second a body without a header has. */
const RATE_HEADERS = ["x-sample-rate", "x-custom-header-samplerate"];

/** Options of {@linkcode soundOfAnswer}. */
export interface SoundOfAnswerOptions extends Omit<SoundOfBodyOptions, "contentType"> {
  /** How sound comes in server-sent events. Default: they are a fault. */
  readonly events?: {
    /** The bytes of sound that they bring. */
    readonly bytesOf: (events: AsyncIterable<AnswerEvent>) => AsyncIterable<Uint8Array>;
    /** How large they may be. */
    readonly limits: AnswerLimits;
  };
  /** How text leads to sound, such as JSON that holds it. Default: text is a fault. */
  readonly text?: {
    /** The sound; aborting the signal gives it up. */
    readonly soundOf: (text: string, signal: AbortSignal) => AsyncIterable<SpeechSound>;
    /** How long it may be. */
    readonly maxBytes: number;
  };
  /** What it may mean that an answer breaks off before its first sound. */
  readonly cutShort?: string;
}

/**
 * The sound of an answer, as it comes: judged by its first bytes, never by what was asked for. Ends the answer.
 *
 * @throws {EarshotError} as {@linkcode soundOfBody} does, `tts.disconnected` where it breaks off, or `canceled`
 */
export async function* soundOfAnswer(
  answer: Omit<HttpAnswer, "body"> & { readonly body: AsyncIterable<Uint8Array> | null },
  options: SoundOfAnswerOptions,
  signal: AbortSignal,
): AsyncGenerator<SpeechSound, void> {
  const { service, cutShort } = options;
  const reader = new ByteReader(unpacked(answer.body ?? none(), service));
  let sounded = false;
  try {
    for await (const sound of soundIn(reader, { ...options, answer, signal })) {
      sounded = true;
      yield sound;
    }
  } catch (thrown) {
    const error = brokenOff(service, thrown, signal);
    if (sounded || cutShort === undefined || error.code !== "tts.disconnected") throw error;
    throw endedError(service, { code: 1006, reason: cutShort });
  } finally {
    await reader.close();
  }
}

async function* soundIn(
  reader: ByteReader,
  { answer: { url, status, headers }, signal, events, text, ...options }: SoundOfAnswerOptions & {
    readonly answer: Omit<HttpAnswer, "body">;
    readonly signal: AbortSignal;
  },
): AsyncGenerator<SpeechSound, void> {
  const contentType = headers.get("content-type") ?? "";
  const kind = bodyKindOf(await reader.peek(HEAD_BYTES), contentType);
  const rateHz = rateIn(headers);
  const reading = { ...options, ...(rateHz !== undefined && { sampleRateHz: rateHz }) };
  if (kind === "events" && events !== undefined) {
    const body = ReadableStream.from(piecesOf(reader));
    const said = answerEvents({ url, status, headers, body }, signal, events.limits);
    yield* soundOfBody(events.bytesOf(said), reading);
  } else if (kind === "error" && text !== undefined) {
    const bytes = await reader.take(text.maxBytes + 1);
    if (bytes.length > text.maxBytes) {
      throw serviceError(options.service, "protocol", { detail: "it sends text without end" });
    }
    yield* text.soundOf(new TextDecoder().decode(bytes), signal);
  } else yield* soundOfBody(piecesOf(reader), { ...reading, contentType });
}

function rateIn(headers: Headers): number | undefined {
  const said = RATE_HEADERS.map((name) => headers.get(name) ?? "").find((rate) => /^\d{4,6}$/.test(rate));
  return said === undefined ? undefined : Number(said);
}

/** An answer without a body. */
async function* none(): AsyncGenerator<Uint8Array, void> {}
