import { z } from "zod";
import type { AudioChunk } from "../../audio/mod.ts";
import { openSocket, webSocketUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import { openaiFault, qwenEvent, qwenMeaning, qwenUrl, readReply, type Settings } from "../../service/mod.ts";
import { type AsrProviderType, defineAsrProvider } from "../provider.ts";
import { openFramer, PACKET_MS, type SoundFramer } from "../sound_framer.ts";
import { type AsrWire, type AsrWireIo, openWireStream } from "../wire_stream.ts";
import { appendMessage } from "./realtime_message.ts";

const SAMPLE_RATE_HZ = 16_000;

const config = {
  url: webSocketUrl.default("wss://dashscope.aliyuncs.com/api-ws/v1/realtime")
    .describe("the service; outside of China wss://dashscope-intl.aliyuncs.com/api-ws/v1/realtime"),
  apiKey: secretSource.describe("the API key of Bailian"),
  model: z.string().min(1).default("qwen3-asr-flash-realtime").describe("the model"),
  encoding: z.enum(["pcm", "opus"]).default("pcm")
    .describe("opus passes the device's packets on in Ogg, not decoded; pcm decodes them"),
  turnDetection: z.enum(["server_vad", "none"]).default("server_vad")
    .describe("server_vad: a sentence ends at each pause; none: the utterance is one"),
  threshold: z.number().min(-1).max(1).default(0.2)
    .describe("how sure server_vad must be of speech; higher ignores more noise"),
  endSilenceMs: z.int().min(200).max(6_000).default(800)
    .describe("how long silence must last to end a sentence, in ms; server_vad only"),
  sendLanguage: z.boolean().default(true)
    .describe("whether the agent's language is sent; false lets the service detect it"),
};

/** What a stream asks for. */
interface QwenSession extends Omit<Settings<typeof config>, "url" | "apiKey" | "model"> {
  readonly language: string;
}

/** Qwen3-ASR-Flash-Realtime of Aliyun Bailian. A stream is ready when the service has taken its settings. */
export const qwenRealtime: AsrProviderType = defineAsrProvider({
  type: "qwenRealtime",
  about: "Aliyun Bailian (DashScope): Qwen3-ASR-Flash-Realtime",
  config,
  capabilities: ({ turnDetection, encoding }) => ({
    streaming: true,
    partials: true,
    endpointing: turnDetection === "server_vad",
    encodings: [encoding === "opus" ? "opus" : "pcm16"],
    silenceAfterMs: 5_000,
    billed: true,
    languages: "any",
  }),
  open: ({ url, model, apiKey, ...session }, { service, trust }) => {
    const target = qwenUrl(url, model);
    const headers = { Authorization: `Bearer ${apiKey}` };
    return {
      open: ({ language, onWritable }, signal) =>
        openWireStream({
          service,
          connect: (handlers, life) => openSocket({ url: target, headers, trust }, handlers, life),
          wire: (io) => new QwenRealtimeWire(io, { ...session, language }),
          onWritable,
        }, signal),
    };
  },
});

const message = z.looseObject({
  type: z.string(),
  text: z.string().default(""),
  stash: z.string().default(""),
  transcript: z.string().default(""),
  language: z.string().nullish(),
  emotion: z.string().nullish(),
  error: openaiFault.optional(),
});

class QwenRealtimeWire implements AsrWire {
  readonly #io: AsrWireIo;
  readonly #options: QwenSession;
  readonly #framer: SoundFramer;
  #sent = false;

  constructor(io: AsrWireIo, options: QwenSession) {
    this.#io = io;
    this.#options = options;
    this.#framer = openFramer(options.encoding, PACKET_MS);
  }

  opened(): void {
    const { encoding, language, sendLanguage, turnDetection, threshold, endSilenceMs } = this.#options;
    this.#send("session.update", {
      session: {
        modalities: ["text"],
        input_audio_format: encoding,
        sample_rate: SAMPLE_RATE_HZ,
        input_audio_transcription: sendLanguage ? { language: new Intl.Locale(language).language } : {},
        turn_detection: turnDetection === "none"
          ? null
          : { type: turnDetection, threshold, silence_duration_ms: endSilenceMs },
      },
    });
  }

  write(chunk: AudioChunk): void {
    for (const piece of this.#framer.push(chunk)) this.#append(piece);
  }

  finish(): void {
    for (const piece of this.#framer.flush()) this.#append(piece);
    if (this.#sent && this.#options.turnDetection === "none") this.#send("input_audio_buffer.commit");
    this.#send("session.finish");
  }

  received(data: string | Uint8Array): void {
    if (typeof data !== "string") return;
    const { type, text, stash, transcript, language, emotion, error } = readReply(
      this.#io.service,
      data,
      message,
    );
    switch (type) {
      case "session.updated":
        return this.#io.started();
      case "conversation.item.input_audio_transcription.text":
        return this.#io.partial(`${text}${stash}`);
      case "conversation.item.input_audio_transcription.completed":
        return this.#io.final({
          text: transcript.trim(),
          ...(typeof language === "string" && { language }),
          ...(typeof emotion === "string" && { emotion }),
        });
      case "session.finished":
        return this.#io.ended();
      case "conversation.item.input_audio_transcription.failed":
      case "error":
        return this.#io.fail(...qwenMeaning(error ?? openaiFault.parse({}), this.#io.service.family));
    }
  }

  #append(piece: Uint8Array): void {
    this.#sent = true;
    this.#io.send(appendMessage(piece));
  }

  #send(type: string, more: Readonly<Record<string, unknown>> = {}): void {
    this.#io.send(qwenEvent(type, more));
  }
}
