import { z } from "zod";
import type { AudioChunk } from "../../audio/mod.ts";
import type { ErrorCode } from "../../errors/mod.ts";
import { openSocket, peerTlsConfig, type PeerTrust, webSocketUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import type { AsrAdapter, AsrCapabilities, AsrOpenOptions, AsrStream } from "../contract.ts";
import { readReply } from "../read_reply.ts";
import { serviceError } from "../service_error.ts";
import { PcmFramer } from "../sound_framer.ts";
import { openWireStream, type Wire, type WireIo } from "../wire_stream.ts";
import { signedTencentUrl } from "./tencent_url.ts";

/** The `asr.tencent` block. */
export const tencentConfig = z.strictObject({
  url: webSocketUrl.default("wss://asr.cloud.tencent.com/asr/v2/")
    .describe("the service; the id of the account is appended"),
  appId: z.string().regex(/^\d+$/, "digits, in quotes").describe("the AppID of the account"),
  secretId: z.string().min(1).describe("the id of the secret"),
  secretKey: secretSource.describe("the secret"),
  engineModel: z.string().min(1).default("16k_zh").describe(
    "the engine: 16k_zh, 16k_en, 16k_zh_large and more",
  ),
  endSilenceMs: z.int().min(240).max(2_000).default(800)
    .describe("how long silence lasts that ends a sentence, in ms"),
  tls: peerTlsConfig.prefault({}).describe("how the service's certificate is checked"),
});

/** The checked block. */
export type TencentConfig = z.output<typeof tencentConfig>;

/** Options of a {@linkcode TencentAdapter}: the checked block, its secrets read. */
export interface TencentOptions extends Omit<TencentConfig, "tls" | "secretKey"> {
  /** The secret. */
  readonly secretKey: string;
  /** Whom to trust. */
  readonly trust?: PeerTrust;
}

const SERVICE = "tencent";
/** How long a piece sounds that is sent, in ms. */
const FRAME_MS = 200;
/** How long a signature holds, in s. */
const SIGNED_FOR_S = 3_600;

/** What the service's codes mean; others of 5… may pass. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  4001: "asr.config",
  4002: "asr.auth",
  4003: "asr.quota",
  4004: "asr.quota",
  4005: "asr.quota",
  4006: "asr.throttled",
  4007: "asr.bad_audio",
  4008: "asr.disconnected",
  4009: "asr.disconnected",
  4010: "asr.protocol",
};

/** Tencent Cloud's realtime recognition. */
export class TencentAdapter implements AsrAdapter {
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
  readonly #options: TencentOptions;

  /** Connects to nothing yet. */
  constructor(options: TencentOptions) {
    this.#options = options;
  }

  /** Opens a stream; it is ready with the service's first text, which is also where it refuses. */
  open({ onWritable }: AsrOpenOptions, signal: AbortSignal): Promise<AsrStream> {
    return openWireStream({
      service: SERVICE,
      connect: (handlers, life) =>
        openSocket({ url: this.#url(), trust: this.#options.trust }, handlers, life),
      wire: (io) => new TencentWire(io),
      onWritable,
    }, signal);
  }

  #url(): string {
    const { url, appId, secretId, secretKey, engineModel, endSilenceMs } = this.#options;
    const timestamp = Math.floor(Date.now() / 1_000);
    return signedTencentUrl(`${url.replace(/\/?$/, "/")}${appId}`, {
      secretKey,
      parameters: {
        secretid: secretId,
        timestamp,
        expired: timestamp + SIGNED_FOR_S,
        nonce: timestamp,
        engine_model_type: engineModel,
        voice_id: crypto.randomUUID(),
        voice_format: 1,
        needvad: 1,
        vad_silence_time: endSilenceMs,
      },
    });
  }
}

const reply = z.looseObject({
  code: z.int(),
  message: z.string().default(""),
  final: z.int().optional(),
  result: z.looseObject({
    slice_type: z.int(),
    voice_text_str: z.string(),
    start_time: z.number().optional(),
    end_time: z.number().optional(),
  }).optional(),
});

/** The last piece of a sentence. */
const SENTENCE_END = 2;

class TencentWire implements Wire {
  readonly #io: WireIo;
  readonly #framer = new PcmFramer({ frameMs: FRAME_MS });
  #started = false;

  constructor(io: WireIo) {
    this.#io = io;
  }

  opened(): void {}

  write(chunk: AudioChunk): void {
    for (const piece of this.#framer.push(chunk)) this.#io.send(piece);
  }

  finish(): void {
    for (const piece of this.#framer.flush()) this.#io.send(piece);
    this.#io.send(JSON.stringify({ type: "end" }));
  }

  received(message: string | Uint8Array): void {
    if (typeof message !== "string") return;
    const { code, message: words, result, final } = readReply(SERVICE, { text: message, schema: reply });
    if (code !== 0) {
      const meaning = CODES[code] ?? "asr.failed";
      return this.#io.fail(serviceError(meaning, { service: SERVICE, detail: `${code} ${words}` }));
    }
    if (!this.#started) this.#io.started();
    this.#started = true;
    if (result !== undefined) {
      const { slice_type, voice_text_str: text, start_time, end_time } = result;
      if (slice_type !== SENTENCE_END) this.#io.partial(text);
      else {
        this.#io.final({
          text,
          ...(start_time !== undefined && { startMs: start_time }),
          ...(end_time !== undefined && { endMs: end_time }),
        });
      }
    }
    if (final === 1) this.#io.ended();
  }
}
