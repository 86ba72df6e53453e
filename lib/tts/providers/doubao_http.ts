import { z } from "zod";
import { ByteReader } from "../../audio/mod.ts";
import { answerEvents, type HttpAnswer, type HttpClient } from "../../net/mod.ts";
import { readReply, serviceError, type ServiceName } from "../../service/mod.ts";
import { soundOfBase64 } from "../body/base64_sound.ts";
import { bodyKindOf, HEAD_BYTES } from "../body/body_kind.ts";
import { brokenOff } from "../body/broken_off.ts";
import { oneFormat } from "../body/one_format.ts";
import { errorOfBody, piecesOf, soundOfBody } from "../body/sound_of_body.ts";
import type { SpeechSound } from "../contract.ts";
import { DOUBAO_OK, doubaoError } from "./doubao_events.ts";
import { jsonObjects } from "./doubao_objects.ts";
import { type DoubaoPeer, refusedBy } from "./doubao_peer.ts";
import { wholeRequest } from "./doubao_request.ts";

/** The code of what is not the last of its answer. */
const GOES_ON = 0;
/** One event may hold all of a sentence's sound. */
const EVENT_LIMITS = { maxLineLength: 16 * 2 ** 20, maxBytes: 48 * 2 ** 20 };

/** Speaks a text over HTTP: its sound comes in JSON objects, or in events that hold them. */
export async function* speakOverHttp(
  text: string,
  { http, ...peer }: DoubaoPeer & { readonly http: HttpClient },
  signal: AbortSignal,
): AsyncGenerator<SpeechSound, void> {
  const { service, url, headers, settings } = peer;
  const request = {
    url,
    headers: { ...headers(), "Content-Type": "application/json" },
    body: JSON.stringify(wholeRequest(settings, text)),
  };
  const response = await http.fetch(request, signal).catch((thrown) => {
    throw refusedBy(peer, { thrown, said: text });
  });
  const reader = new ByteReader(response.body ?? ReadableStream.from<Uint8Array>([]));
  try {
    const messages = await messagesIn(reader, { service, response, signal });
    const { sampleRateHz } = settings;
    yield* soundOfBody(oneFormat(service, bytesOf(messages, { service, said: text })), {
      service,
      sampleRateHz,
    });
  } catch (thrown) {
    throw brokenOff(service, thrown, signal);
  } finally {
    await reader.close();
  }
}

/** What comes is known by its first bytes: an error is an object also where events were asked for. */
async function messagesIn(reader: ByteReader, { service, response, signal }: {
  readonly service: ServiceName;
  readonly response: HttpAnswer;
  readonly signal: AbortSignal;
}): Promise<AsyncIterable<string>> {
  if (bodyKindOf(await reader.peek(HEAD_BYTES), "") !== "events") {
    return jsonObjects(service, piecesOf(reader));
  }
  const { url, status, headers } = response;
  return dataIn({ url, status, headers, body: ReadableStream.from(piecesOf(reader)) }, signal);
}

async function* dataIn(response: HttpAnswer, signal: AbortSignal): AsyncGenerator<string, void> {
  for await (const event of answerEvents(response, signal, EVENT_LIMITS)) {
    if (event.type === "data" && event.data !== "") yield event.data;
  }
}

const answer = z.looseObject({
  code: z.int().optional(),
  message: z.string().default(""),
  data: z.string().default(""),
});

async function* bytesOf(
  messages: AsyncIterable<string>,
  { service, said }: { readonly service: ServiceName; readonly said: string },
): AsyncGenerator<Uint8Array, void> {
  for await (const text of messages) {
    const { code, message, data } = readReply(service, text, answer);
    if (code === undefined) throw errorOfBody(service, text);
    if (code !== GOES_ON && code !== DOUBAO_OK) throw doubaoError(service, { code, words: message, said });
    if (data !== "") yield soundOfBase64(service, data);
    if (code === DOUBAO_OK) return;
  }
  throw serviceError(service, "disconnected", { detail: "its answer ends before its last message" });
}
