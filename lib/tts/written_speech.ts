import type { Clock } from "../lifecycle/mod.ts";
import type { Connection, ConnectionHandlers } from "../net/mod.ts";
import { connectionError, serviceError, type ServiceName } from "../service/mod.ts";
import type { SpeechSound } from "./contract.ts";
import { PulledSocket, type PulledSocketOptions } from "./socket/pulled_socket.ts";
import { soundOfBody } from "./body/sound_of_body.ts";
import { WrittenParts } from "./written_parts.ts";

/** What a service says by a message. */
export interface SpeechTalkReply {
  /** It takes text from now on. */
  readonly ready?: boolean;
  /** Sound, in order. */
  readonly sound?: readonly Uint8Array[];
  /** All was said. */
  readonly ended?: boolean;
}

/** How one service is given a text and says its sound, for one request over a WebSocket. */
export interface SpeechTalk {
  /** What is sent first; with `waits`, text follows only once a reply says `ready`. */
  readonly opening?: { readonly messages: readonly string[]; readonly waits: boolean };
  /** The messages that a part of the text makes; none where it is held back. */
  write(part: string): readonly string[];
  /** The text pauses: the messages of what may go out of what is held back. Default: nothing is. */
  paused?(): readonly string[];
  /** The messages that end the text. */
  finish(): readonly string[];
  /** What a message says; what it throws ends the request. */
  read(message: string | Uint8Array): SpeechTalkReply;
  /** The service ended the connection: what is left of the sound, where it was the end. Default: it never is. */
  closed?(): readonly Uint8Array[] | undefined;
}

/** One request: its connection, and how it is talked on it. */
export interface SpeechTalkRequest {
  readonly talk: SpeechTalk;
  /** Opens the connection; aborting its signal destroys it. */
  readonly connect: (handlers: ConnectionHandlers, signal: AbortSignal) => Promise<Connection>;
}

/** Options of {@linkcode spokenAsWritten}. */
export interface WrittenSpeechOptions {
  /** Named in errors. */
  readonly service: ServiceName;
  readonly clock: Clock;
  /** Prepares a request; a text that is long, or pauses, takes several. */
  readonly request: () => SpeechTalkRequest;
  /** Samples a second of sound that does not say it itself. */
  readonly sampleRateHz: number;
  /** How much text one request takes, in UTF-16 units; what comes after it begins another. Default: any. */
  readonly maxChars?: number;
  /** How long a request is kept without text, in ms; then it is ended, and what is written later begins another. */
  readonly idleMs?: number;
}

/** After how long without text it pauses, in ms: whoever writes it is between two words for less. */
const PAUSE_MS = 300;
/** Beyond this share of what a request takes, the end of a sentence is a good place to end it. */
const NEARLY_FULL = 0.9;
/** What a part ends with that ends a sentence. */
export const SENTENCE_END = /[.!?…。！？]["'”’)\]」』）]*\s*$/u;

/**
 * Speaks a text while it is being written: the service is asked with the first part that has something to speak, gets
 * each part as it comes, and its sound is given as it comes. See `TtsProvider.speakStream`.
 *
 * @throws {EarshotError} `tts.*` or `canceled`, and what `parts` throws
 */
export async function* spokenAsWritten(
  parts: AsyncIterable<string>,
  options: WrittenSpeechOptions,
  signal: AbortSignal,
): AsyncGenerator<SpeechSound, void> {
  const { service, sampleRateHz } = options;
  using text = new WrittenParts(parts);
  while (await text.begun(signal)) {
    yield* soundOfBody(bytesOf(text, options, signal), { service, sampleRateHz });
  }
}

/** A text that is there already. */
export async function* whole(text: string): AsyncGenerator<string, void> {
  yield text;
}

/** The sound of one request: as much of the text as it takes. */
async function* bytesOf(
  text: WrittenParts,
  options: WrittenSpeechOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const { service } = options;
  const { talk, connect } = options.request();
  const cut = new AbortController();
  using socket = await opened({ service, connect }, AbortSignal.any([signal, cut.signal]));
  const over = new AbortController();
  let failure: { readonly thrown: unknown } | undefined;
  let given = false;
  const give = () => {
    given = true;
    writeAll(text, { ...options, socket, talk }, over.signal).catch((thrown) => {
      if (over.signal.aborted) return;
      failure = { thrown };
      cut.abort();
    });
  };
  const { messages = [], waits = false } = talk.opening ?? {};
  for (const message of messages) socket.send(message);
  if (!waits) give();
  try {
    for (;;) {
      const { ready = false, sound = [], ended = false } = await nextReply(socket, talk);
      if (ready && !given) give();
      yield* sound;
      if (!ended) continue;
      // Else it would be asked again and again.
      if (!given) throw serviceError(service, "protocol", { detail: "it ended before it took any text" });
      return socket.close();
    }
  } catch (thrown) {
    throw failure !== undefined && !signal.aborted ? failure.thrown : thrown;
  } finally {
    over.abort();
  }
}

async function opened(options: PulledSocketOptions, signal: AbortSignal): Promise<PulledSocket> {
  try {
    return await PulledSocket.open(options, signal);
  } catch (thrown) {
    throw connectionError(options.service, thrown);
  }
}

async function nextReply(socket: PulledSocket, talk: SpeechTalk): Promise<SpeechTalkReply> {
  let message: string | Uint8Array;
  try {
    message = await socket.next();
  } catch (thrown) {
    const sound = socket.ended ? talk.closed?.() : undefined;
    if (sound === undefined) throw thrown;
    return { sound, ended: true };
  }
  return talk.read(message);
}

/** Gives the service what it takes in one request, as it comes; resolves once it was told that this was all. */
async function writeAll(
  text: WrittenParts,
  { socket, talk, clock, maxChars = Infinity, idleMs }:
    & Pick<WrittenSpeechOptions, "clock" | "maxChars" | "idleMs">
    & {
      readonly socket: PulledSocket;
      readonly talk: SpeechTalk;
    },
  signal: AbortSignal,
): Promise<void> {
  const send = async (messages: readonly string[]) => {
    for (const message of messages) {
      await socket.drained();
      socket.send(message);
    }
  };
  const patience = idleMs === undefined ? undefined : { clock, idleMs };
  let chars = 0;
  for (;;) {
    let next = chars > 0 && talk.paused !== undefined
      ? await text.peek(signal, { clock, idleMs: PAUSE_MS })
      : undefined;
    if (next?.type === "idle") await send(talk.paused?.() ?? []);
    if (next === undefined || next.type === "idle") next = await text.peek(signal, patience);
    if (next.type !== "part" || (chars > 0 && chars + next.text.length > maxChars)) break;
    text.take();
    chars += next.text.length;
    await send(talk.write(next.text));
    if (chars >= NEARLY_FULL * maxChars && SENTENCE_END.test(next.text)) break;
  }
  await send(talk.finish());
}
