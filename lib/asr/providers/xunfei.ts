import { z } from "zod";
import type { AudioChunk } from "../../audio/mod.ts";
import { openSocket, webSocketUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import { readReply, type Settings, signedXunfeiUrl, xunfeiFault } from "../../service/mod.ts";
import { serviceLanguage } from "../language_config.ts";
import { type AsrProviderType, defineAsrProvider } from "../provider.ts";
import { PcmFramer } from "../sound_framer.ts";
import { type AsrWire, type AsrWireIo, openWireStream } from "../wire_stream.ts";
import { xunfeiResult, XunfeiText } from "./xunfei_text.ts";

/** Where each version of the service is. */
const URLS = { v2: "wss://iat-api.xfyun.cn/v2/iat", spark: "wss://iat.xf-yun.com/v1" } as const;

/** How long a piece sounds that is sent, in ms: the service wants no other. */
const FRAME_MS = 40;
/** The longest silence that the service lets pass before it ends the utterance, in ms. */
const LONGEST_SILENCE_MS = 10_000;

const config = {
  version: z.enum(["v2", "spark"]).default("v2")
    .describe("v2: streaming dictation; spark: its large model"),
  url: webSocketUrl.optional().describe("the service; without it the address of the version"),
  appId: z.string().min(1).describe("the id of the application, from the console"),
  apiKey: secretSource.describe("the APIKey of the application"),
  apiSecret: secretSource.describe("the APISecret of the application"),
  language: serviceLanguage("zh_cn or en_us").default("zh_cn")
    .describe("the language, such as zh_cn or en_us, as the console names it"),
  accent: z.string().min(1).default("mandarin").describe("the dialect of Chinese"),
  endSilenceMs: z.int().min(200).max(10_000).default(1_000)
    .describe(
      "how long silence must last for the service to end the utterance, where that is left to it, in ms",
    ),
};

/** What a stream asks for. */
type XunfeiRequest = Omit<Settings<typeof config>, "version" | "url" | "apiKey" | "apiSecret">;

/** iFlytek's streaming dictation (IAT v2) and its large model (Spark). It has no greeting. */
export const xunfei: AsrProviderType = defineAsrProvider({
  type: "xunfei",
  about: "iFlytek's dictation, v2 or Spark",
  config,
  address: ({ version, url }) => url ?? URLS[version],
  capabilities: () => ({
    streaming: true,
    partials: true,
    endpointing: true,
    encodings: ["pcm16"],
    silenceAfterMs: 5_000,
    billed: true,
    languages: "any",
  }),
  open: ({ version, url = URLS[version], apiKey, apiSecret, ...request }, { service, trust }) => {
    const signedUrl = () => signedXunfeiUrl(url, { apiKey, apiSecret, now: new Date() });
    const XunfeiVersion = version === "v2" ? V2Wire : SparkWire;
    return {
      open: ({ onWritable, endpointing }, signal) =>
        openWireStream({
          service,
          connect: (handlers, life) => openSocket({ url: signedUrl(), trust }, handlers, life),
          wire: (io) =>
            new XunfeiVersion(io, {
              ...request,
              endSilenceMs: endpointing ? request.endSilenceMs : LONGEST_SILENCE_MS,
            }),
          onWritable,
        }, signal),
    };
  },
});

/** What both versions have in common: statuses 0, 1 and 2 for the first piece, the next ones and the end. */
abstract class XunfeiWire implements AsrWire {
  protected readonly io: AsrWireIo;
  protected readonly request: XunfeiRequest;
  readonly #framer = new PcmFramer({ leastMs: FRAME_MS, mostMs: FRAME_MS });
  readonly #text = new XunfeiText();
  #begun = false;

  constructor(io: AsrWireIo, request: XunfeiRequest) {
    this.io = io;
    this.request = request;
  }

  opened(): void {
    this.io.started();
  }

  write(chunk: AudioChunk): void {
    for (const piece of this.#framer.push(chunk)) this.#send(piece);
  }

  finish(): void {
    for (const piece of this.#framer.flush()) this.#send(piece);
    // A service that was sent nothing has nothing to say.
    if (!this.#begun) return this.io.ended();
    this.io.send(JSON.stringify(this.message(2, "")));
  }

  received(message: string | Uint8Array): void {
    if (typeof message === "string") this.read(message);
  }

  protected abstract message(status: 0 | 1 | 2, audio: string): unknown;

  protected abstract read(message: string): void;

  /** One piece of the words, and whether it is the last. */
  protected heard(
    result: z.output<typeof xunfeiResult> | undefined,
    { code, message, last }: { readonly code: number; readonly message: string; readonly last: boolean },
  ): void {
    if (code !== 0) {
      return this.io.fail(xunfeiFault(code), { detail: `${code} ${message}` });
    }
    if (result !== undefined) this.#text.add(result);
    const text = this.#text.toString();
    if (!last) return this.io.partial(text);
    this.io.final({ text });
    this.io.ended();
  }

  #send(piece: Uint8Array): void {
    this.io.send(JSON.stringify(this.message(this.#begun ? 1 : 0, piece.toBase64())));
    this.#begun = true;
  }
}

const v2Reply = z.looseObject({
  code: z.int(),
  message: z.string().default(""),
  data: z.looseObject({ status: z.int(), result: xunfeiResult.optional() }).optional(),
});

class V2Wire extends XunfeiWire {
  protected override message(status: 0 | 1 | 2, audio: string): unknown {
    if (status === 2) return { data: { status } };
    const data = { status, format: "audio/L16;rate=16000", encoding: "raw", audio };
    if (status === 1) return { data };
    const { appId, language, accent, endSilenceMs } = this.request;
    return {
      common: { app_id: appId },
      business: { language, domain: "iat", accent, eos: endSilenceMs, dwa: "wpgs" },
      data,
    };
  }

  protected override read(message: string): void {
    const { data, ...verdict } = readReply(this.io.service, message, v2Reply);
    this.heard(data?.result, { ...verdict, last: data?.status === 2 });
  }
}

const sparkReply = z.looseObject({
  header: z.looseObject({ code: z.int(), message: z.string().default(""), status: z.int().default(0) }),
  payload: z.looseObject({
    result: z.looseObject({ status: z.int().default(0), text: z.base64() }).optional(),
  })
    .optional(),
});

class SparkWire extends XunfeiWire {
  #seq = 0;

  protected override message(status: 0 | 1 | 2, audio: string): unknown {
    const { appId, language, accent, endSilenceMs } = this.request;
    const result = { encoding: "utf8", compress: "raw", format: "json" };
    return {
      header: { app_id: appId, status },
      ...(status === 0 && {
        parameter: { iat: { domain: "slm", language, accent, eos: endSilenceMs, dwa: "wpgs", result } },
      }),
      payload: {
        audio: {
          encoding: "raw",
          sample_rate: 16_000,
          channels: 1,
          bit_depth: 16,
          seq: ++this.#seq,
          status,
          audio,
        },
      },
    };
  }

  protected override read(message: string): void {
    const { header, payload } = readReply(this.io.service, message, sparkReply);
    const base64 = payload?.result?.text;
    const result = base64 === undefined || base64 === ""
      ? undefined
      : readReply(this.io.service, new TextDecoder().decode(Uint8Array.fromBase64(base64)), xunfeiResult);
    this.heard(result, { ...header, last: header.status === 2 || payload?.result?.status === 2 });
  }
}
