import { z } from "zod";
import type { AudioChunk } from "../../audio/mod.ts";
import { openSocket, webSocketUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import { openaiFault, openaiMeaning, readReply, type Settings } from "../../service/mod.ts";
import { LateSpeech } from "../late_speech.ts";
import { type AsrProviderType, defineAsrProvider } from "../provider.ts";
import { PcmFramer } from "../sound_framer.ts";
import { type AsrWire, type AsrWireIo, openWireStream } from "../wire_stream.ts";
import { appendMessage } from "./realtime_message.ts";
import { RealtimeTurns } from "./realtime_turns.ts";

/** The only rate that the service takes. */
const SAMPLE_RATE_HZ = 24_000;
/** How long a piece sounds at least that is sent, in ms: a packet that is resampled may be a bit shorter at first. */
const LEAST_MS = 40;
/** The service refuses to commit less, in bytes: 100 ms. */
const MIN_COMMIT_BYTES = SAMPLE_RATE_HZ / 10 * 2;
/** What it says where it had nothing left that could be committed. */
const NOTHING_LEFT = "input_audio_buffer_commit_empty";

const config = {
  url: webSocketUrl.default("wss://api.openai.com/v1/realtime?intent=transcription")
    .describe("the service"),
  apiKey: secretSource.describe("the API key"),
  model: z.string().min(1).default("gpt-4o-mini-transcribe").describe("the model that transcribes"),
  turnDetection: z.enum(["server_vad", "none"]).default("server_vad")
    .describe(
      "server_vad: the service ends a sentence at each pause, and words come while the speaker goes on; " +
        "none: they come once the utterance has ended",
    ),
  threshold: z.number().min(0).max(1).default(0.5)
    .describe("how sure server_vad must be of speech, 0 to 1; higher ignores more noise"),
  paddingMs: z.int().min(0).max(2_000).default(300)
    .describe("how much sound before the speech is transcribed with it, in ms; server_vad only"),
  endSilenceMs: z.int().min(100).max(6_000).default(500)
    .describe("how long silence must last to end a turn, in ms; server_vad only"),
  sendLanguage: z.boolean().default(true)
    .describe("whether the agent's language is sent; false lets the service detect it"),
  prompt: z.string().min(1).optional().describe(
    "words and names to expect, in the language of the speakers",
  ),
};

/** What a stream asks for. */
interface UtteranceOptions extends Omit<Settings<typeof config>, "url" | "apiKey"> {
  readonly language: string;
  readonly endpointing: boolean;
}

/** OpenAI's realtime transcription. A stream is ready when the service has taken the session's settings. */
export const openaiRealtime: AsrProviderType = defineAsrProvider({
  type: "openaiRealtime",
  about: "OpenAI's realtime transcription",
  config,
  capabilities: ({ turnDetection }) => ({
    streaming: true,
    partials: true,
    endpointing: turnDetection === "server_vad",
    encodings: ["pcm16"],
    marksNoise: true,
    billed: true,
    languages: "any",
  }),
  open: ({ url, apiKey, ...session }, { service, trust }) => ({
    open: ({ language, endpointing, onWritable }, signal) =>
      openWireStream({
        service,
        connect: (handlers, life) =>
          openSocket({ url, headers: { Authorization: `Bearer ${apiKey}` }, trust }, handlers, life),
        wire: (io) => new OpenaiRealtimeWire(io, { ...session, language, endpointing }),
        onWritable,
      }, signal),
  }),
});

const message = z.looseObject({
  type: z.string(),
  item_id: z.string().default(""),
  /** Where speech has ended, in ms from the first sound that was sent. */
  audio_end_ms: z.number().optional(),
  delta: z.string().default(""),
  transcript: z.string().default(""),
  error: openaiFault.optional(),
});

class OpenaiRealtimeWire implements AsrWire {
  readonly #io: AsrWireIo;
  readonly #options: UtteranceOptions;
  readonly #framer = new PcmFramer({ leastMs: LEAST_MS, sampleRateHz: SAMPLE_RATE_HZ });
  readonly #turns = new RealtimeTurns();
  readonly #late = new LateSpeech();
  #sentBytes = 0;
  #speaking = false;
  /** Whether no further turn can come: what was left is committed, and the service has said so. */
  #closed = false;

  constructor(io: AsrWireIo, options: UtteranceOptions) {
    this.#io = io;
    this.#options = options;
  }

  opened(): void {
    const { model, language, sendLanguage, prompt } = this.#options;
    this.#send("session.update", {
      session: {
        type: "transcription",
        audio: {
          input: {
            format: { type: "audio/pcm", rate: SAMPLE_RATE_HZ },
            transcription: {
              model,
              ...(sendLanguage && { language: new Intl.Locale(language).language }),
              ...(prompt !== undefined && { prompt }),
            },
            turn_detection: this.#turnDetection(),
          },
        },
      },
    });
  }

  write(chunk: AudioChunk): void {
    this.#late.push(chunk);
    for (const piece of this.#framer.push(chunk)) this.#append(piece);
  }

  /**
   * Commits what may hold words that were not committed yet; silence would be paid for, and such models hear words in
   * it. server_vad may be about to commit it as well: then there is nothing left, which the service says and is no
   * fault. Nothing is committed any more once it has cleared the rest.
   */
  finish(): void {
    for (const piece of this.#framer.flush()) this.#append(piece);
    if (this.#sentBytes < MIN_COMMIT_BYTES) return this.#io.ended();
    const { turnDetection, endpointing } = this.#options;
    // Somebody else has heard speech, such as our own detector, and server_vad may not have said so yet.
    const unheard = !endpointing && !this.#turns.any;
    const wanted = turnDetection === "none" || this.#speaking || unheard || this.#late.likely;
    if (wanted) this.#send("input_audio_buffer.commit");
    this.#send("input_audio_buffer.clear");
  }

  received(text: string | Uint8Array): void {
    if (typeof text !== "string") return;
    const { type, item_id, audio_end_ms, delta, transcript, error } = readReply(
      this.#io.service,
      text,
      message,
    );
    switch (type) {
      case "session.updated":
        return this.#io.started();
      case "input_audio_buffer.speech_started":
        this.#speaking = true;
        return;
      case "input_audio_buffer.speech_stopped":
        this.#speaking = false;
        return this.#late.stopped(audio_end_ms);
      case "input_audio_buffer.committed":
        return this.#turns.commit(item_id);
      case "input_audio_buffer.cleared":
        this.#closed = true;
        return this.#endIfSettled();
      case "conversation.item.input_audio_transcription.delta":
        this.#turns.grow(item_id, delta);
        return this.#io.partial(this.#turns.soFar);
      case "conversation.item.input_audio_transcription.completed":
        for (const whole of this.#turns.complete(item_id, transcript)) this.#io.final({ text: whole.trim() });
        return this.#endIfSettled();
      case "conversation.item.input_audio_transcription.failed":
      case "error":
        if (error?.code === NOTHING_LEFT) return;
        return this.#io.fail(...openaiMeaning(error ?? openaiFault.parse({}), "asr"));
    }
  }

  #turnDetection(): Readonly<Record<string, unknown>> | null {
    const { turnDetection, threshold, paddingMs, endSilenceMs } = this.#options;
    if (turnDetection === "none") return null;
    return {
      type: turnDetection,
      threshold,
      prefix_padding_ms: paddingMs,
      silence_duration_ms: endSilenceMs,
    };
  }

  #append(piece: Uint8Array): void {
    this.#sentBytes += piece.length;
    this.#io.send(appendMessage(piece));
  }

  #send(type: string, more: Readonly<Record<string, unknown>> = {}): void {
    this.#io.send(JSON.stringify({ type, ...more }));
  }

  #endIfSettled(): void {
    if (this.#closed && this.#turns.settled) this.#io.ended();
  }
}
