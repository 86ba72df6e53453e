import { z } from "zod";
import type { AudioChunk } from "../../audio/mod.ts";
import type { ErrorCode } from "../../errors/mod.ts";
import { openSocket, peerTlsConfig, type PeerTrust, webSocketUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import { serviceLanguage } from "../language_config.ts";
import type { AsrAdapter, AsrCapabilities, AsrOpenOptions, AsrStream } from "../contract.ts";
import { readReply } from "../read_reply.ts";
import { serviceError } from "../service_error.ts";
import { PcmFramer } from "../sound_framer.ts";
import { openWireStream, type Wire, type WireIo } from "../wire_stream.ts";
import { xunfeiResult, XunfeiText } from "./xunfei_text.ts";
import { signedXunfeiUrl } from "./xunfei_url.ts";

/** Where each version of the service is. */
const URLS = { v2: "wss://iat-api.xfyun.cn/v2/iat", spark: "wss://iat.xf-yun.com/v1" } as const;

/** The `asr.xunfei` block. */
export const xunfeiConfig = z.strictObject({
  version: z.enum(["v2", "spark"]).default("v2").describe(
    "v2 is the streaming dictation, spark its large model",
  ),
  url: webSocketUrl.optional().describe("another address than the version's own"),
  appId: z.string().min(1).describe("the id of the application, from the console"),
  apiKey: secretSource.describe("its key"),
  apiSecret: secretSource.describe("its secret"),
  language: serviceLanguage("zh_cn or en_us").default("zh_cn").describe(
    "zh_cn, en_us or another that the console names",
  ),
  accent: z.string().min(1).default("mandarin").describe("the dialect of Chinese"),
  endSilenceMs: z.int().min(200).max(10_000).default(1_000)
    .describe(
      "how long silence lasts after which the service ends the utterance, where that is left to it, in ms",
    ),
  tls: peerTlsConfig.prefault({}).describe("how the service's certificate is checked"),
});

/** The checked block. */
export type XunfeiConfig = z.output<typeof xunfeiConfig>;

/** Options of a {@linkcode XunfeiAdapter}: the checked block, its secrets read. */
export interface XunfeiOptions extends Omit<XunfeiConfig, "tls" | "apiKey" | "apiSecret"> {
  /** The key. */
  readonly apiKey: string;
  /** The secret. */
  readonly apiSecret: string;
  /** Whom to trust. */
  readonly trust?: PeerTrust;
}

const SERVICE = "xunfei";
/** How long a piece sounds that is sent, in ms. */
const FRAME_MS = 40;
/** The longest silence that the service lets pass before it ends the utterance, in ms. */
const LONGEST_SILENCE_MS = 10_000;

/** What the service's codes mean; what is not here is a failure that may pass. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  10005: "asr.auth",
  10014: "asr.timeout",
  10043: "asr.bad_audio",
  10114: "asr.timeout",
  10160: "asr.protocol",
  10163: "asr.config",
  10165: "asr.protocol",
  10200: "asr.timeout",
  10313: "asr.auth",
  11200: "asr.auth",
  11201: "asr.quota",
  11202: "asr.throttled",
  11203: "asr.auth",
};

/** iFlytek's streaming dictation (IAT v2) and its large model (Spark). */
export class XunfeiAdapter implements AsrAdapter {
  readonly name = SERVICE;
  readonly capabilities: AsrCapabilities = {
    streaming: true,
    partials: true,
    endpointing: true,
    encodings: ["pcm16"],
    sampleRatesHz: [16_000],
    silenceAfterMs: 5_000,
    languages: "any",
  };
  readonly #options: XunfeiOptions;

  /** Connects to nothing yet. */
  constructor(options: XunfeiOptions) {
    this.#options = options;
  }

  /** Opens a stream; the service has no greeting, so it is ready when the connection is. */
  open({ onWritable, endpointing }: AsrOpenOptions, signal: AbortSignal): Promise<AsrStream> {
    const { version, url = URLS[version], trust } = this.#options;
    const options = endpointing ? this.#options : { ...this.#options, endSilenceMs: LONGEST_SILENCE_MS };
    return openWireStream({
      service: SERVICE,
      connect: (handlers, life) => {
        const signed = signedXunfeiUrl(url, { ...this.#options, now: new Date() });
        return openSocket({ url: signed, trust }, handlers, life);
      },
      wire: (io) => version === "v2" ? new V2Wire(io, options) : new SparkWire(io, options),
      onWritable,
    }, signal);
  }
}

/** What both versions have in common: statuses 0, 1 and 2 for the first piece, the next ones and the end. */
abstract class XunfeiWire implements Wire {
  protected readonly io: WireIo;
  protected readonly options: XunfeiOptions;
  readonly #framer = new PcmFramer({ frameMs: FRAME_MS });
  readonly #text = new XunfeiText();
  #begun = false;

  constructor(io: WireIo, options: XunfeiOptions) {
    this.io = io;
    this.options = options;
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
      const detail = `${code} ${message}`;
      return this.io.fail(serviceError(CODES[code] ?? "asr.failed", { service: SERVICE, detail }));
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
    const { appId, language, accent, endSilenceMs } = this.options;
    return {
      common: { app_id: appId },
      business: { language, domain: "iat", accent, eos: endSilenceMs, dwa: "wpgs" },
      data,
    };
  }

  protected override read(message: string): void {
    const { data, ...verdict } = readReply(SERVICE, { text: message, schema: v2Reply });
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
    const { appId, language, accent, endSilenceMs } = this.options;
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
    const { header, payload } = readReply(SERVICE, { text: message, schema: sparkReply });
    const base64 = payload?.result?.text;
    const result = base64 === undefined || base64 === "" ? undefined : readReply(SERVICE, {
      text: new TextDecoder().decode(Uint8Array.fromBase64(base64)),
      schema: xunfeiResult,
    });
    this.heard(result, { ...header, last: header.status === 2 || payload?.result?.status === 2 });
  }
}
