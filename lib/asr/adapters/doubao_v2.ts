import { z } from "zod";
import type { ErrorCode } from "../../errors/mod.ts";
import { openSocket, peerTlsConfig, type PeerTrust, webSocketUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import { serviceLanguage } from "../language_config.ts";
import type { AsrAdapter, AsrCapabilities, AsrOpenOptions, AsrStream } from "../contract.ts";
import { readReply } from "../read_reply.ts";
import { serviceError } from "../service_error.ts";
import { PcmFramer } from "../sound_framer.ts";
import { openWireStream, type WireIo } from "../wire_stream.ts";
import { decodeDoubaoFrame, FRAME_TYPE } from "./doubao_frame.ts";
import { doubaoResult } from "./doubao_sentences.ts";
import { DoubaoWire } from "./doubao_wire.ts";

/** The `asr.doubaoV2` block. */
export const doubaoV2Config = z.strictObject({
  url: webSocketUrl.default("wss://openspeech.bytedance.com/api/v2/asr")
    .describe("the service"),
  appId: z.string().min(1).describe("the app id, from the console"),
  cluster: z.string().min(1).describe("the cluster that was bought, such as volcengine_streaming_common"),
  accessToken: secretSource.describe("the access token of the app"),
  language: serviceLanguage("zh-CN or en-US").default("zh-CN").describe(
    "the language that the cluster hears",
  ),
  gzip: z.boolean().default(true).describe("whether frames are compressed"),
  itn: z.boolean().default(true).describe("whether numbers are written as digits"),
  punctuation: z.boolean().default(true).describe("whether there is punctuation"),
  tls: peerTlsConfig.prefault({}).describe("how the service's certificate is checked"),
});

/** The checked block. */
export type DoubaoV2Config = z.output<typeof doubaoV2Config>;

/** Options of a {@linkcode DoubaoV2Adapter}: the checked block, its secret read. */
export interface DoubaoV2Options extends Omit<DoubaoV2Config, "tls" | "accessToken"> {
  /** The token. */
  readonly accessToken: string;
  /** Whom to trust. */
  readonly trust?: PeerTrust;
}

const SERVICE = "doubaoV2";
/** How long a piece sounds that is sent, in ms. */
const FRAME_MS = 200;
const OK = 1000;
const SILENT = 1013;

/** What the service's codes mean; what is not here is a failure that does not pass. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  1001: "asr.config",
  1002: "asr.auth",
  1003: "asr.throttled",
  1004: "asr.quota",
  1005: "asr.throttled",
  1010: "asr.bad_audio",
  1011: "asr.bad_audio",
  1012: "asr.bad_audio",
  1020: "asr.timeout",
  1021: "asr.timeout",
};

/** Doubao (Volcengine) streaming recognition before the large model, v2. */
export class DoubaoV2Adapter implements AsrAdapter {
  readonly name = SERVICE;
  readonly capabilities: AsrCapabilities = {
    streaming: true,
    partials: true,
    endpointing: true,
    encodings: ["pcm16"],
    sampleRatesHz: [16_000],
    silenceAfterMs: 3_000,
    languages: "any",
  };
  readonly #options: DoubaoV2Options;

  /** Connects to nothing yet. */
  constructor(options: DoubaoV2Options) {
    this.#options = options;
  }

  /** Opens a stream; it is ready when the service has taken the request. */
  open({ onWritable }: AsrOpenOptions, signal: AbortSignal): Promise<AsrStream> {
    const { url, trust, accessToken } = this.#options;
    // A semicolon: the service wants it so.
    const headers = { Authorization: `Bearer; ${accessToken}` };
    return openWireStream({
      service: SERVICE,
      connect: (handlers, life) => openSocket({ url, headers, trust }, handlers, life),
      wire: (io) => new DoubaoV2Wire(io, this.#options),
      onWritable,
    }, signal);
  }
}

const reply = z.looseObject({
  code: z.int(),
  message: z.string().default(""),
  /** Negative in the last reply. */
  sequence: z.int().default(0),
  result: z.array(doubaoResult).nullish(),
});

class DoubaoV2Wire extends DoubaoWire {
  readonly #options: DoubaoV2Options;

  constructor(io: WireIo, options: DoubaoV2Options) {
    super(io, { framer: new PcmFramer({ frameMs: FRAME_MS }), gzip: options.gzip });
    this.#options = options;
  }

  protected override request(): object {
    const { appId, cluster, accessToken, language, itn, punctuation } = this.#options;
    const workflow = [
      "audio_in,resample,partition,vad,fe,decode",
      ...(itn ? ["itn"] : []),
      ...(punctuation ? ["nlu_punctuate"] : []),
    ];
    return {
      app: { appid: appId, cluster, token: accessToken },
      user: { uid: "earshot" },
      request: {
        reqid: crypto.randomUUID(),
        sequence: 1,
        nbest: 1,
        show_utterances: true,
        result_type: "single",
        workflow: workflow.join(","),
      },
      audio: { format: "raw", rate: 16_000, bits: 16, channel: 1, language },
    };
  }

  override received(message: string | Uint8Array): void {
    if (typeof message === "string") return;
    const { type, code, payload } = decodeDoubaoFrame(message, SERVICE);
    const text = new TextDecoder().decode(payload);
    if (code !== undefined) return this.#failed(code, text);
    if (type !== FRAME_TYPE.result || payload.length === 0) return;
    const answer = readReply(SERVICE, { text, schema: reply });
    if (answer.code !== OK) return this.#failed(answer.code, answer.message);
    this.started();
    const [best] = answer.result ?? [];
    if (best !== undefined) this.heard(best);
    if (answer.sequence < 0) this.ended();
  }

  #failed(code: number, words: string): void {
    if (code === SILENT) return this.io.ended();
    const detail = `${code} ${words}`;
    const known = CODES[code];
    this.io.fail(
      known === undefined
        ? serviceError("asr.failed", { service: SERVICE, detail, retryable: false })
        : serviceError(known, { service: SERVICE, detail }),
    );
  }
}
