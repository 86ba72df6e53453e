import { z } from "zod";
import type { AudioChunk } from "../../audio/mod.ts";
import { EarshotError, type ServiceFault } from "../../errors/mod.ts";
import { HttpClient, httpUrl, openSocket, webSocketUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import { readReply } from "../../service/mod.ts";
import { type AsrProviderType, defineAsrProvider } from "../provider.ts";
import { openFramer, type SoundFramer } from "../sound_framer.ts";
import { type AsrWire, type AsrWireIo, openWireStream } from "../wire_stream.ts";
import { AliyunTokens } from "./aliyun_token.ts";

/** How long a piece sounds that is sent, in ms. */
const FRAME_MS = 100;
const OK = 20_000_000;
const EMPTY = new Set([40_270_002, 40_270_004]);

/** What the service's codes mean; what is not here is a failure that may pass. */
const CODES: Readonly<Record<number, ServiceFault>> = {
  40000001: "auth",
  40000002: "protocol",
  40000004: "disconnected",
  40000005: "throttled",
  40000009: "bad_input",
  40000010: "quota",
  40010001: "protocol",
  40010003: "protocol",
  40010004: "protocol",
  40010005: "protocol",
  40020105: "config",
  40020106: "config",
  40270003: "bad_input",
  41000002: "config",
  41000003: "config",
  41010101: "bad_input",
};

/**
 * Aliyun's intelligent speech interaction: SpeechTranscriber or SpeechRecognizer. A stream is ready when the service
 * says that it has started.
 */
export const aliyunNls: AsrProviderType = defineAsrProvider({
  type: "aliyunNls",
  about: "Aliyun's intelligent speech interaction",
  config: {
    url: webSocketUrl.default("wss://nls-gateway-cn-shanghai.aliyuncs.com/ws/v1")
      .describe("the service in your region: shanghai, beijing or shenzhen"),
    appKey: z.string().min(1).describe("the key of the project, from the console"),
    accessKeyId: z.string().min(1).optional().describe("the id of the AccessKey that tokens are made from"),
    accessKeySecret: secretSource.optional().describe("the secret of the AccessKey"),
    token: secretSource.optional().describe("instead of an AccessKey: a token, valid for a day"),
    tokenUrl: httpUrl.default("https://nls-meta.cn-shanghai.aliyuncs.com/")
      .describe("the service that makes tokens from the AccessKey"),
    recognizer: z.enum(["transcriber", "recognizer"]).default("transcriber")
      .describe("transcriber: sentence by sentence; recognizer: one utterance of at most 60 s"),
    encoding: z.enum(["pcm", "opus"]).default("pcm")
      .describe("opus passes the device's packets on in Ogg, not decoded; pcm decodes them"),
    punctuation: z.boolean().default(true).describe("whether the text has punctuation"),
    itn: z.boolean().default(true).describe("whether numbers are written as digits"),
    endSilenceMs: z.int().min(200).max(6_000).default(800)
      .describe("how long silence must last to end a sentence, in ms; transcriber only"),
    vocabularyId: z.string().min(1).optional().describe("the id of a hotword table"),
    customizationId: z.string().min(1).optional().describe("the id of a model of your own"),
  },
  check: ({ token, accessKeyId, accessKeySecret }, problem) => {
    if (token !== undefined || (accessKeyId !== undefined && accessKeySecret !== undefined)) return;
    problem("accessKeyId", "give accessKeyId and accessKeySecret, or token");
  },
  capabilities: ({ recognizer, encoding }) => ({
    streaming: true,
    partials: true,
    endpointing: recognizer === "transcriber",
    encodings: [encoding === "opus" ? "opus" : "pcm16"],
    sampleRatesHz: [16_000],
    silenceAfterMs: 5_000,
    languages: "any",
  }),
  open: (settings, { service, trust }) => {
    const { url, token, tokenUrl, accessKeyId, accessKeySecret, ...task } = settings;
    const http = new HttpClient(trust);
    const tokens = accessKeyId !== undefined && accessKeySecret !== undefined
      ? new AliyunTokens({ url: tokenUrl, accessKeyId, accessKeySecret }, { service, http })
      : undefined;
    return {
      open: async ({ onWritable }, signal) => {
        const { id, cached } = await tokens?.get() ?? { id: token ?? "", cached: false };
        try {
          return await openWireStream({
            service,
            connect: (handlers, life) =>
              openSocket({ url, trust, headers: { "X-NLS-Token": id } }, handlers, life),
            wire: (io) => new NlsWire(io, task),
            onWritable,
          }, signal);
        } catch (thrown) {
          const error = EarshotError.from(thrown, "asr.failed");
          if (error.code !== "asr.auth" || !cached) throw error;
          // It was good once: a new one may be good again.
          tokens?.invalidate(id);
          throw new EarshotError("asr.auth", error.message, { cause: error, retryable: true });
        }
      },
      close: () => {
        tokens?.close();
        http.close();
      },
    };
  },
});

/** What a stream asks for. */
interface NlsTask {
  readonly appKey: string;
  readonly recognizer: "transcriber" | "recognizer";
  readonly encoding: "pcm" | "opus";
  readonly punctuation: boolean;
  readonly itn: boolean;
  readonly endSilenceMs: number;
  readonly vocabularyId?: string | undefined;
  readonly customizationId?: string | undefined;
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

class NlsWire implements AsrWire {
  readonly #io: AsrWireIo;
  readonly #task: NlsTask;
  readonly #framer: SoundFramer;
  readonly #taskId = newId();

  constructor(io: AsrWireIo, task: NlsTask) {
    this.#io = io;
    this.#task = task;
    this.#framer = openFramer(task.encoding, FRAME_MS);
  }

  opened(): void {
    const { encoding, punctuation, itn, endSilenceMs, vocabularyId, customizationId } = this.#task;
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
    const { header, payload } = readReply(this.#io.service, message, reply);
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
    return this.#task.recognizer === "transcriber";
  }

  #failed(status: number, words: string): void {
    if (EMPTY.has(status)) return this.#io.ended();
    this.#io.fail(CODES[status] ?? "failed", { detail: `${status} ${words}` });
  }

  #command(verb: "Start" | "Stop", payload?: Readonly<Record<string, unknown>>): void {
    const [namespace, task] = this.#transcribes
      ? ["SpeechTranscriber", "Transcription"]
      : ["SpeechRecognizer", "Recognition"];
    this.#io.send(JSON.stringify({
      header: {
        appkey: this.#task.appKey,
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
