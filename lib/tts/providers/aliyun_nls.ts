import { z } from "zod";
import { raceSignal } from "../../lifecycle/mod.ts";
import { HttpClient, httpUrl, openSocket, webSocketUrl } from "../../net/mod.ts";
import {
  checkNlsAccount,
  NlsAccess,
  nlsAccountKeys,
  type ProviderContext,
  type RemoteContext,
} from "../../service/mod.ts";
import { soundOfBody } from "../body/sound_of_body.ts";
import { voiceLanguages } from "../language.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";
import { KeptSockets } from "../socket/kept_sockets.ts";
import { onePart, speakStreamed, type StreamedTextOptions } from "../streamed/speak_streamed.ts";
import { speakOverRest } from "./aliyun_nls_rest.ts";
import { NlsSpeechWire } from "./aliyun_nls_wire.ts";

const SYNTHESIZER_URL = "wss://nls-gateway-cn-shanghai.aliyuncs.com/ws/v1";
const FLOWING_URL = "wss://nls-gateway-cn-beijing.aliyuncs.com/ws/v1";
/** The longest text of one request: what is longer, the service cuts without a word. */
const MAX_CHARS = 300;
/** The longest part of a flowing text: the service takes 2,000 characters, and counts Chinese ones twice. */
const MAX_FLOWING_CHARS = 1_000;
/** The service gives a text up that pauses for 10 s, in ms. */
const MAX_PAUSE_MS = 8_000;
/** The service ends a connection that has no task for 10 s, in ms. */
const KEPT_MS = 8_000;

const config = {
  mode: z.enum(["synthesizer", "flowing", "rest"]).default("synthesizer")
    .describe(
      "flowing speaks a text while it is being written, with the voices of large models; synthesizer and rest take a " +
        "sentence at a time, over a WebSocket or HTTP",
    ),
  url: webSocketUrl.optional()
    .describe(
      "the service in your region, for synthesizer and flowing: by default " +
        `${SYNTHESIZER_URL}; flowing is in beijing alone`,
    ),
  restUrl: httpUrl.default("https://nls-gateway-cn-shanghai.aliyuncs.com/stream/v1/tts")
    .describe("the service in your region, for rest"),
  ...nlsAccountKeys,
  voice: z.string().min(1).optional()
    .describe("its voice: by default xiaoyun, and longxiaochun for flowing"),
  languages: voiceLanguages,
  sampleRateHz: z.literal([8_000, 16_000, 24_000, 48_000]).default(24_000)
    .describe("samples a second that are asked for; not every voice has 24000, and few have 48000"),
  volume: z.int().min(0).max(100).default(50)
    .describe("how loud it speaks; every answer leaves equally loud anyway"),
  speechRate: z.int().min(-500).max(500).default(0).describe("how fast it speaks, -500 to 500; 0 is usual"),
  pitchRate: z.int().min(-500).max(500).default(0).describe("how high it speaks, -500 to 500; 0 is usual"),
};

/** The voices of Aliyun's intelligent speech interaction (NLS). */
export const aliyunNls: TtsProviderType = defineTtsProvider({
  type: "aliyunNls",
  about: "the voices of Aliyun's intelligent speech interaction",
  config,
  check: (block, problem) => {
    checkNlsAccount(block, problem);
    const region = /^wss?:\/\/nls-gateway-(cn-(?!beijing)[a-z]+)/i.exec(block.url ?? "")?.[1];
    if (block.mode === "flowing" && region !== undefined) {
      problem("url", `flowing is not in ${region}: give ${FLOWING_URL}`);
    }
  },
  address: ({ mode, url, restUrl }) => mode === "rest" ? restUrl : url ?? socketUrlOf(mode),
  capabilities: ({ mode, languages }) => ({
    languages: languages ?? "any",
    maxChars: mode === "flowing" ? MAX_FLOWING_CHARS : MAX_CHARS,
    textIn: mode === "flowing" ? "streamed" : "whole",
  }),
  open: (settings, context) => {
    const { mode, url, restUrl, token, tokenUrl, accessKeyId, accessKeySecret, ...asked } = settings;
    const { service, clock, trust } = context;
    const flowing = mode === "flowing";
    const voice = { ...asked, service, voice: asked.voice ?? (flowing ? "longxiaochun" : "xiaoyun") };
    const http = new HttpClient(trust);
    const access = new NlsAccess({ token, tokenUrl, accessKeyId, accessKeySecret }, { service, http });
    const sockets = new NlsSockets(url ?? socketUrlOf(mode), context);
    const streaming: StreamedTextOptions = {
      service,
      clock,
      soundOf: (bytes) => soundOfBody(bytes, { service, sampleRateHz: voice.sampleRateHz }),
      maxChars: MAX_FLOWING_CHARS,
      maxPauseMs: MAX_PAUSE_MS,
      open: async (signal) => {
        const pass = await raceSignal(access.enter(), signal);
        const opened = await sockets.open(pass.token, signal).catch((thrown) => {
          throw pass.judge(thrown);
        });
        return { ...opened, wire: new NlsSpeechWire({ ...voice, pass, flowing }) };
      },
    };
    return {
      speak: async function* ({ text }, signal) {
        if (mode !== "rest") return yield* speakStreamed(onePart(text), streaming, signal);
        const pass = await raceSignal(access.enter(), signal);
        yield* speakOverRest(text, { ...voice, http, url: restUrl, pass }, signal);
      },
      ...(flowing && { speakStream: (parts, _options, signal) => speakStreamed(parts, streaming, signal) }),
      close: () => {
        sockets.close();
        access.close();
        http.close();
      },
    };
  },
});

/** Where the service is, unless the block says it. */
function socketUrlOf(mode: string): string {
  return mode === "flowing" ? FLOWING_URL : SYNTHESIZER_URL;
}

/** Connections, each of which was opened with a token: those of a token that is none any more are not used again. */
class NlsSockets {
  readonly #url: string;
  readonly #context: ProviderContext & RemoteContext;
  #token: string | undefined;
  #sockets: KeptSockets | undefined;

  constructor(url: string, context: ProviderContext & RemoteContext) {
    this.#url = url;
    this.#context = context;
  }

  open(token: string, signal: AbortSignal): ReturnType<KeptSockets["open"]> {
    if (this.#sockets === undefined || this.#token !== token) {
      this.close();
      const { trust, ...context } = this.#context;
      const request = { url: this.#url, headers: { "X-NLS-Token": token }, trust };
      this.#token = token;
      this.#sockets = new KeptSockets({
        ...context,
        idleMs: KEPT_MS,
        connect: (handlers, life) => openSocket(request, handlers, life),
      });
    }
    return this.#sockets.open(signal);
  }

  close(): void {
    this.#sockets?.close();
  }
}
