import { z } from "zod";
import { openSocket, webSocketUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import {
  dashscopeError,
  qwenEvent,
  qwenFault,
  qwenMeaning,
  qwenUrl,
  readReply,
  serviceError,
  type ServiceName,
} from "../../service/mod.ts";
import { soundOfBase64 } from "../base64_sound.ts";
import { isSpeakable } from "../clean_text.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { PulledSocket } from "../pulled_socket.ts";
import {
  onePart,
  speakStreamed,
  type StreamedTextOptions,
  type TextWire,
  type TextWireEvent,
} from "../streamed_text.ts";
import { qwenLanguageType } from "./qwen_tts_language.ts";

/** What its samples have, in Hz. */
const SAMPLE_RATE_HZ = 24_000;
/** The longest part of a text. */
const MAX_CHARS = 1_000;
/** As with CosyVoice, in ms: how long this one bears a pause is not documented. */
const MAX_PAUSE_MS = 20_000;

/**
 * Where a sentence ends, as far as its text tells. A stop alone may be that of `3.14` or of `Dr.`: it counts after a word
 * that is no title, or before white space.
 */
const SENTENCE_ENDS =
  /(?:[。！？；!?…]|(?:\p{L}{5}|(?<!\p{L})\p{Ll}\p{L}{2,})\.)["'”’」』）)\]]*$|\.["'”’)\]]*\s+$/u;

/** Qwen-TTS-Realtime of Aliyun Bailian: a text is spoken while it is being written. */
export const qwenTtsRealtime: TtsProviderType = defineTtsProvider({
  type: "qwenTtsRealtime",
  about: "Aliyun Bailian (DashScope): Qwen-TTS-Realtime",
  config: {
    url: webSocketUrl.default("wss://dashscope.aliyuncs.com/api-ws/v1/realtime")
      .describe("the service; outside of China wss://dashscope-intl.aliyuncs.com/api-ws/v1/realtime"),
    apiKey: secretSource.describe("the API key of Bailian"),
    model: z.string().min(1).default("qwen3-tts-flash-realtime").describe("the model"),
    voice: z.string().min(1).default("Cherry").describe("its voice"),
    languages: z.array(z.string().min(2)).min(1).optional()
      .describe("the languages that the voice speaks (BCP 47), such as [zh, en]; by default it may be any"),
    sendLanguage: z.boolean().default(true)
      .describe("whether the language of the text is sent; false lets the service find it out"),
    mode: z.enum(["server_commit", "commit"]).default("server_commit")
      .describe(
        "server_commit: the service decides when it speaks what it has; commit: each sentence at its end",
      ),
  },
  capabilities: ({ languages }) => ({
    languages: languages ?? "any",
    maxChars: MAX_CHARS,
    textIn: "streamed",
  }),
  open: ({ url, apiKey, model, voice, sendLanguage, mode }, { service, clock, trust }) => {
    const request = { url: qwenUrl(url, model), headers: { Authorization: `Bearer ${apiKey}` }, trust };
    const streamingIn = (language: string): StreamedTextOptions => ({
      service,
      clock,
      sampleRateHz: SAMPLE_RATE_HZ,
      maxChars: MAX_CHARS,
      maxPauseMs: MAX_PAUSE_MS,
      open: async (signal) => {
        const socket = await PulledSocket.open({
          service,
          connect: (handlers, life) => openSocket(request, handlers, life),
        }, signal).catch((thrown) => {
          throw dashscopeError(service, thrown);
        });
        const language_type = sendLanguage ? qwenLanguageType(language) : "Auto";
        return { socket, kept: false, wire: new QwenTtsWire(service, { voice, mode, language_type }) };
      },
    });
    return {
      speak: ({ text, language }, signal) => speakStreamed(onePart(text), streamingIn(language), signal),
      speakStream: (parts, { language }, signal) => speakStreamed(parts, streamingIn(language), signal),
    };
  },
});

const message = z.looseObject({
  type: z.string(),
  delta: z.string().default(""),
  response: z.looseObject({ status: z.string().default("") }).optional(),
});

/** One session, which takes one text. */
class QwenTtsWire implements TextWire {
  readonly opening: string;
  readonly #service: ServiceName;
  readonly #commits: boolean;
  /** What was sent and is not committed; the service commits by itself unless it was told not to. */
  #uncommitted = "";

  constructor(
    service: ServiceName,
    session: {
      readonly voice: string;
      readonly mode: "server_commit" | "commit";
      readonly language_type: string;
    },
  ) {
    this.#service = service;
    this.#commits = session.mode === "commit";
    this.opening = qwenEvent("session.update", {
      session: { ...session, response_format: "pcm", sample_rate: SAMPLE_RATE_HZ },
    });
  }

  /** Sent before the connection is ended: the service need not speak on for nobody. */
  get cancel(): string {
    return qwenEvent("response.cancel");
  }

  text(part: string): readonly string[] {
    const append = qwenEvent("input_text_buffer.append", { text: part });
    if (!this.#commits) return [append];
    const before = /^\s/.test(part) && SENTENCE_ENDS.test(`${this.#uncommitted} `) ? this.#commit() : [];
    this.#uncommitted += part;
    return [...before, append, ...(SENTENCE_ENDS.test(this.#uncommitted) ? this.#commit() : [])];
  }

  finish(): readonly string[] {
    return [...this.#commit(), qwenEvent("session.finish")];
  }

  read(data: string | Uint8Array): TextWireEvent {
    if (typeof data !== "string") return { type: "other" };
    const { type, delta, response } = readReply(this.#service, data, message);
    switch (type) {
      case "session.updated":
        return { type: "started" };
      case "response.audio.delta":
        return { type: "sound", bytes: soundOfBase64(this.#service, delta) };
      case "session.finished":
        return { type: "ended", nothing: false };
      case "response.done":
        if (response?.status !== "failed") return { type: "other" };
        throw serviceError(this.#service, "failed", { detail: "its response has failed" });
      case "error": {
        const fault = readReply(this.#service, data, qwenFault);
        throw serviceError(this.#service, ...qwenMeaning(fault, this.#service.family));
      }
      default:
        return { type: "other" };
    }
  }

  #commit(): readonly string[] {
    if (!isSpeakable(this.#uncommitted)) return [];
    this.#uncommitted = "";
    return [qwenEvent("input_text_buffer.commit")];
  }
}
