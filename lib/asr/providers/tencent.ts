import { z } from "zod";
import type { AudioChunk } from "../../audio/mod.ts";
import type { ServiceFault } from "../../errors/mod.ts";
import { openSocket, webSocketUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import { readReply, signedTencentUrl } from "../../service/mod.ts";
import { type AsrProviderType, defineAsrProvider } from "../provider.ts";
import { PACKET_MS, PcmFramer } from "../sound_framer.ts";
import { type AsrWire, type AsrWireIo, openWireStream } from "../wire_stream.ts";

/** How long a signature holds, in s. */
const SIGNED_FOR_S = 3_600;

/** What the service's codes mean; others of 5… may pass. */
const CODES: Readonly<Record<number, ServiceFault>> = {
  4001: "config",
  4002: "auth",
  4003: "quota",
  4004: "quota",
  4005: "quota",
  4006: "throttled",
  4007: "bad_input",
  4008: "disconnected",
  4009: "disconnected",
  4010: "protocol",
};

/** Tencent Cloud's realtime recognition. A stream is ready with the service's first text, which may be a refusal. */
export const tencent: AsrProviderType = defineAsrProvider({
  type: "tencent",
  about: "Tencent Cloud's realtime recognition",
  config: {
    url: webSocketUrl.default("wss://asr.cloud.tencent.com/asr/v2/")
      .describe("the service; the id of the account is appended"),
    appId: z.string().regex(/^\d+$/, "digits, in quotes").describe("the AppID of the account"),
    secretId: z.string().min(1).describe("the id of the secret"),
    secretKey: secretSource.describe("the secret"),
    engineModel: z.string().min(1).default("16k_zh")
      .describe("the engine: 16k_zh, 16k_en, 16k_zh_large and more"),
    endSilenceMs: z.int().min(240).max(2_000).default(800)
      .describe("how long silence must last to end a sentence, in ms"),
  },
  capabilities: () => ({
    streaming: true,
    partials: true,
    endpointing: true,
    encodings: ["pcm16"],
    silenceAfterMs: 5_000,
    billed: true,
    languages: "any",
  }),
  open: ({ url, appId, secretKey, ...parameters }, { service, trust }) => {
    const target = `${url.replace(/\/?$/, "/")}${appId}`;
    const signedUrl = () => signedTencentUrl(target, { secretKey, parameters: parametersOf(parameters) });
    return {
      open: ({ onWritable }, signal) =>
        openWireStream({
          service,
          connect: (handlers, life) => openSocket({ url: signedUrl(), trust }, handlers, life),
          wire: (io) => new TencentWire(io),
          onWritable,
        }, signal),
    };
  },
});

/** What is asked for, signed now. */
function parametersOf({ secretId, engineModel, endSilenceMs }: {
  readonly secretId: string;
  readonly engineModel: string;
  readonly endSilenceMs: number;
}): Readonly<Record<string, string | number>> {
  const timestamp = Math.floor(Date.now() / 1_000);
  return {
    secretid: secretId,
    timestamp,
    expired: timestamp + SIGNED_FOR_S,
    nonce: timestamp,
    engine_model_type: engineModel,
    voice_id: crypto.randomUUID(),
    voice_format: 1,
    needvad: 1,
    vad_silence_time: endSilenceMs,
  };
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

class TencentWire implements AsrWire {
  readonly #io: AsrWireIo;
  readonly #framer = new PcmFramer({ leastMs: PACKET_MS });
  #started = false;

  constructor(io: AsrWireIo) {
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
    const { code, message: words, result, final } = readReply(this.#io.service, message, reply);
    if (code !== 0) {
      return this.#io.fail(CODES[code] ?? "failed", { detail: `${code} ${words}` });
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
