import { z } from "zod";
import type { AudioChunk } from "../../audio/mod.ts";
import { EarshotError, type ErrorCode } from "../../errors/mod.ts";
import {
  HttpClient,
  httpUrl,
  openSocket,
  peerTlsConfig,
  type PeerTrust,
  webSocketUrl,
} from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import type { AsrAdapter, AsrCapabilities, AsrOpenOptions, AsrStream } from "../contract.ts";
import { readReply } from "../read_reply.ts";
import { serviceError } from "../service_error.ts";
import { openFramer, type SoundFramer } from "../sound_framer.ts";
import { openWireStream, type Wire, type WireIo } from "../wire_stream.ts";
import { AliyunTokens } from "./aliyun_token.ts";

/** The `asr.aliyunNls` block. */
export const aliyunNlsConfig = z.strictObject({
  url: webSocketUrl.default("wss://nls-gateway-cn-shanghai.aliyuncs.com/ws/v1")
    .describe("the gateway of your region: shanghai, beijing or shenzhen"),
  appKey: z.string().min(1).describe("the key of the project, from the console"),
  accessKeyId: z.string().min(1).optional().describe("the id of the AccessKey with which tokens are made"),
  accessKeySecret: secretSource.optional().describe("the secret of the AccessKey"),
  token: secretSource.optional().describe("a token made elsewhere; it is good for a day"),
  tokenUrl: httpUrl.default("https://nls-meta.cn-shanghai.aliyuncs.com/")
    .describe("where tokens are made"),
  recognizer: z.enum(["transcriber", "recognizer"]).default("transcriber")
    .describe("transcriber hears sentence by sentence, recognizer one utterance of at most 60 s"),
  encoding: z.enum(["pcm", "opus"]).default("pcm")
    .describe("opus passes the device's own packets on, in Ogg; pcm decodes them"),
  punctuation: z.boolean().default(true).describe("whether there is punctuation"),
  itn: z.boolean().default(true).describe("whether numbers are written as digits"),
  endSilenceMs: z.int().min(200).max(6_000).default(800)
    .describe("how long silence lasts that ends a sentence, in ms; transcriber only"),
  vocabularyId: z.string().min(1).optional().describe("a hotword table of the console"),
  customizationId: z.string().min(1).optional().describe("a model of your own"),
  tls: peerTlsConfig.prefault({}).describe("how the service's certificate is checked"),
}).refine(
  ({ token, accessKeyId, accessKeySecret }) =>
    token !== undefined || (accessKeyId !== undefined && accessKeySecret !== undefined),
  { path: ["accessKeyId"], message: "give accessKeyId and accessKeySecret, or token" },
);

/** The checked block. */
export type AliyunNlsConfig = z.output<typeof aliyunNlsConfig>;

/** Options of an {@linkcode AliyunNlsAdapter}: the checked block, its secrets read. */
export interface AliyunNlsOptions extends Omit<AliyunNlsConfig, "tls" | "accessKeySecret" | "token"> {
  /** The secret of the AccessKey. */
  readonly accessKeySecret?: string;
  /** A token made elsewhere. */
  readonly token?: string;
  /** Whom to trust. */
  readonly trust?: PeerTrust;
}

const SERVICE = "aliyunNls";
/** How long a piece sounds that is sent, in ms. */
const FRAME_MS = 100;
const OK = 20_000_000;
const EMPTY = new Set([40_270_002, 40_270_004]);

/** What the service's codes mean; what is not here is a failure that may pass. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  40000001: "asr.auth",
  40000002: "asr.protocol",
  40000004: "asr.disconnected",
  40000005: "asr.throttled",
  40000009: "asr.bad_audio",
  40000010: "asr.quota",
  40010001: "asr.protocol",
  40010003: "asr.protocol",
  40010004: "asr.protocol",
  40010005: "asr.protocol",
  40020105: "asr.config",
  40020106: "asr.config",
  40270003: "asr.bad_audio",
  41000002: "asr.config",
  41000003: "asr.config",
  41010101: "asr.bad_audio",
};

/** Aliyun's intelligent speech interaction: SpeechTranscriber or SpeechRecognizer. */
export class AliyunNlsAdapter implements AsrAdapter {
  readonly name = SERVICE;
  readonly capabilities: AsrCapabilities;
  readonly #options: AliyunNlsOptions;
  readonly #http: HttpClient;
  readonly #tokens: AliyunTokens | undefined;

  /** Connects to nothing yet. */
  constructor(options: AliyunNlsOptions) {
    this.#options = options;
    this.#http = new HttpClient(options.trust);
    const { accessKeyId, accessKeySecret, tokenUrl: url } = options;
    if (accessKeyId !== undefined && accessKeySecret !== undefined) {
      this.#tokens = new AliyunTokens({ url, accessKeyId, accessKeySecret }, { http: this.#http });
    }
    this.capabilities = {
      streaming: true,
      partials: true,
      endpointing: options.recognizer === "transcriber",
      encodings: [options.encoding === "opus" ? "opus" : "pcm16"],
      sampleRatesHz: [16_000],
      silenceAfterMs: 5_000,
      languages: "any",
    };
  }

  /** Opens a stream; it is ready when the service says that it has started. */
  async open({ onWritable }: AsrOpenOptions, signal: AbortSignal): Promise<AsrStream> {
    const { url, trust } = this.#options;
    const token = await this.#token();
    try {
      return await openWireStream({
        service: SERVICE,
        connect: (handlers, life) =>
          openSocket({ url, trust, headers: { "X-NLS-Token": token.id } }, handlers, life),
        wire: (io) => new NlsWire(io, this.#options),
        onWritable,
      }, signal);
    } catch (thrown) {
      const error = EarshotError.from(thrown, "asr.failed");
      if (error.code !== "asr.auth" || !token.cached) throw error;
      // It was good once: a new one may be good again.
      this.#tokens?.invalidate(token.id);
      throw new EarshotError("asr.auth", error.message, { cause: error, retryable: true });
    }
  }

  /** Lets go of kept connections, and of a token that is being made. */
  close(): void {
    this.#tokens?.close();
    this.#http.close();
  }

  async #token(): Promise<{ readonly id: string; readonly cached: boolean }> {
    if (this.#tokens !== undefined) return await this.#tokens.get();
    return { id: this.#options.token ?? "", cached: false };
  }
}

const reply = z.looseObject({
  header: z.looseObject({
    name: z.string(),
    status: z.int().default(OK),
    status_text: z.string().default(""),
  }),
  payload: z.looseObject({
    result: z.string().default(""),
    begin_time: z.number().optional(),
    time: z.number().optional(),
  }).optional(),
});

class NlsWire implements Wire {
  readonly #io: WireIo;
  readonly #options: AliyunNlsOptions;
  readonly #framer: SoundFramer;
  readonly #taskId = newId();

  constructor(io: WireIo, options: AliyunNlsOptions) {
    this.#io = io;
    this.#options = options;
    this.#framer = openFramer(options.encoding, FRAME_MS);
  }

  opened(): void {
    const { encoding, punctuation, itn, endSilenceMs, vocabularyId, customizationId } = this.#options;
    this.#command("Start", {
      format: encoding,
      sample_rate: 16_000,
      enable_intermediate_result: true,
      enable_punctuation_prediction: punctuation,
      enable_inverse_text_normalization: itn,
      ...(this.#transcribes && { max_sentence_silence: endSilenceMs }),
      ...(vocabularyId !== undefined && { vocabulary_id: vocabularyId }),
      ...(customizationId !== undefined && { customization_id: customizationId }),
    });
  }

  write(chunk: AudioChunk): void {
    for (const piece of this.#framer.push(chunk)) this.#io.send(piece);
  }

  finish(): void {
    for (const piece of this.#framer.flush()) this.#io.send(piece);
    this.#command("Stop");
  }

  received(message: string | Uint8Array): void {
    if (typeof message !== "string") return;
    const { header, payload } = readReply(SERVICE, { text: message, schema: reply });
    switch (header.name) {
      case "TranscriptionStarted":
      case "RecognitionStarted":
        return this.#io.started();
      case "TranscriptionResultChanged":
      case "RecognitionResultChanged":
        return this.#io.partial(payload?.result ?? "");
      case "SentenceEnd":
        return this.#io.final({
          text: payload?.result ?? "",
          ...(payload?.begin_time !== undefined && { startMs: payload.begin_time }),
          ...(payload?.time !== undefined && { endMs: payload.time }),
        });
      case "RecognitionCompleted":
        this.#io.final({ text: payload?.result ?? "" });
        return this.#io.ended();
      case "TranscriptionCompleted":
        return this.#io.ended();
      // Its namespace is `Default`, not that of the task.
      case "TaskFailed":
        return this.#failed(header.status, header.status_text);
    }
  }

  get #transcribes(): boolean {
    return this.#options.recognizer === "transcriber";
  }

  #failed(status: number, words: string): void {
    if (EMPTY.has(status)) return this.#io.ended();
    const code = CODES[status] ?? "asr.failed";
    this.#io.fail(serviceError(code, { service: SERVICE, detail: `${status} ${words}` }));
  }

  #command(verb: "Start" | "Stop", payload?: Readonly<Record<string, unknown>>): void {
    const [namespace, task] = this.#transcribes
      ? ["SpeechTranscriber", "Transcription"]
      : ["SpeechRecognizer", "Recognition"];
    this.#io.send(JSON.stringify({
      header: {
        appkey: this.#options.appKey,
        message_id: newId(),
        task_id: this.#taskId,
        namespace,
        name: `${verb}${task}`,
      },
      ...(payload && { payload }),
      context: { sdk: { name: "earshot", version: "1", language: "typescript" } },
    }));
  }
}

/** 32 hex digits. */
function newId(): string {
  return crypto.randomUUID().replaceAll("-", "");
}
