import { z } from "zod";
import type { ServiceFault } from "../../errors/mod.ts";
import { webSocketUrl } from "../../net/mod.ts";
import {
  readReply,
  serviceError,
  type ServiceName,
  type Settings,
  signedTencentUrl,
} from "../../service/mod.ts";
import { soundOfBody } from "../body/sound_of_body.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { PulledSocket } from "../socket/pulled_socket.ts";
import { onePart, speakStreamed, type StreamedTextOptions } from "../streamed/speak_streamed.ts";
import type { TextWire, TextWireEvent, WireMessage } from "../streamed/text_wire.ts";
import { ANGLE_TAGS, InertText } from "../text/inert_text.ts";
import { tencentVoiceKeys } from "./tencent_voice.ts";

/** The most text of one request. */
const MAX_CHARS = 10_000;
/** How long a signature holds, in s. */
const SIGNED_FOR_S = 86_400;

/** What the service's codes mean; those of 2… may pass. */
const CODES: Readonly<Record<number, ServiceFault>> = {
  10001: "config",
  10002: "throttled",
  10003: "auth",
  10004: "timeout",
  10005: "disconnected",
  10006: "bad_input",
  10007: "bad_input",
  10008: "protocol",
  10009: "timeout",
  20003: "timeout",
};

const config = {
  url: webSocketUrl.default("wss://tts.cloud.tencent.com/stream_wsv2").describe("the service"),
  appId: z.string().regex(/^\d+$/, "digits, in quotes").describe("the AppID of the account"),
  ...tencentVoiceKeys,
};

/** Tencent Cloud's speech of a text that is being written (TextToStreamAudioWSv2). */
export const tencentStream: TtsProviderType = defineTtsProvider({
  type: "tencentStream",
  about: "Tencent Cloud's speech of a text while it is being written (WebSocket)",
  config,
  capabilities: ({ languages }) => ({
    languages: languages ?? "any",
    maxChars: MAX_CHARS,
    textIn: "streamed",
  }),
  open: ({ url, secretKey, ...settings }, { service, clock, trust }) => {
    const { sampleRateHz } = settings;
    const streaming: StreamedTextOptions = {
      service,
      clock,
      maxChars: MAX_CHARS,
      soundOf: (bytes) => soundOfBody(bytes, { service, sampleRateHz }),
      open: async (life) => {
        const sessionId = crypto.randomUUID();
        const parameters = parametersOf(sessionId, settings);
        const signing = { secretKey, parameters, method: "GET", signedBy: "Signature" } as const;
        const request = { service, url: signedTencentUrl(url, signing), trust };
        const socket = await PulledSocket.openWeb(request, life);
        return { socket, wire: new TencentWire(service, sessionId) };
      },
    };
    return {
      speak: ({ text }, signal) => speakStreamed(onePart(text), streaming, signal),
      speakStream: (parts, _options, signal) => speakStreamed(parts, streaming, signal),
    };
  },
});

/** What is asked for, signed now. */
function parametersOf(
  sessionId: string,
  { appId, secretId, voice, speed, volume, sampleRateHz }: Omit<
    Settings<typeof config>,
    "url" | "secretKey"
  >,
): Readonly<Record<string, string | number>> {
  const timestamp = Math.floor(Date.now() / 1_000);
  return {
    Action: "TextToStreamAudioWSv2",
    AppId: appId,
    Codec: "pcm",
    Expired: timestamp + SIGNED_FOR_S,
    SampleRate: sampleRateHz,
    SecretId: secretId,
    SessionId: sessionId,
    Speed: speed,
    Timestamp: timestamp,
    VoiceType: voice,
    Volume: volume,
  };
}

const reply = z.looseObject({
  code: z.int().default(0),
  message: z.string().default(""),
  ready: z.int().optional(),
  final: z.int().optional(),
});

/** Everybody gets a connection; what the service says first may be a refusal. */
export class TencentWire implements TextWire {
  readonly waits = true;
  readonly #service: ServiceName;
  readonly #sessionId: string;
  readonly #inert = new InertText(ANGLE_TAGS);

  /** Sends nothing yet. */
  constructor(service: ServiceName, sessionId: string) {
    this.#service = service;
    this.#sessionId = sessionId;
  }

  /** See {@linkcode TextWire}. */
  text(part: string): readonly string[] {
    return [this.#message("ACTION_SYNTHESIS", this.#inert.next(part))];
  }

  /** See {@linkcode TextWire}. */
  finish(): readonly string[] {
    return [this.#message("ACTION_COMPLETE", "")];
  }

  /** See {@linkcode TextWire}. */
  read(message: WireMessage): readonly TextWireEvent[] {
    if (typeof message !== "string") return [{ type: "sound", sound: message }];
    const { code, message: words, ready, final } = readReply(this.#service, message, reply);
    if (code !== 0) {
      throw serviceError(this.#service, CODES[code] ?? "failed", { detail: `${code} ${words}` });
    }
    if (ready === 1) return [{ type: "started" }];
    return final === 1 ? [{ type: "ended" }] : [];
  }

  #message(action: string, data: string): string {
    return JSON.stringify({
      session_id: this.#sessionId,
      message_id: crypto.randomUUID(),
      action,
      data,
    });
  }
}
