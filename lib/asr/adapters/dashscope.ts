import { z } from "zod";
import type { AudioChunk } from "../../audio/mod.ts";
import type { EarshotError, ErrorCode } from "../../errors/mod.ts";
import { type Clock, systemClock } from "../../lifecycle/mod.ts";
import { openSocket, peerTlsConfig, type PeerTrust, webSocketUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import { serviceLanguage } from "../language_config.ts";
import type { AsrAdapter, AsrCapabilities, AsrOpenOptions, AsrStream } from "../contract.ts";
import { IdleConnections } from "../idle_connections.ts";
import { readReply } from "../read_reply.ts";
import { serviceError } from "../service_error.ts";
import { openFramer, type SoundFramer } from "../sound_framer.ts";
import { openWireStream, type Wire, type WireIo } from "../wire_stream.ts";

/** The `asr.dashscope` block. */
export const dashscopeConfig = z.strictObject({
  url: webSocketUrl.default("wss://dashscope.aliyuncs.com/api-ws/v1/inference")
    .describe("outside of China: wss://dashscope-intl.aliyuncs.com/api-ws/v1/inference"),
  apiKey: secretSource.describe("the key of Bailian"),
  model: z.string().min(1).default("paraformer-realtime-v2").describe(
    "paraformer-realtime-v2 or fun-asr-realtime",
  ),
  encoding: z.enum(["pcm", "opus"]).default("pcm")
    .describe("opus passes the device's own packets on, in Ogg; pcm decodes them"),
  languageHints: z.array(serviceLanguage("zh or en")).default([]).describe(
    "languages to expect, such as zh and en",
  ),
  vocabularyId: z.string().min(1).optional().describe("a hotword table of the console"),
  endSilenceMs: z.int().min(200).max(6_000).default(800)
    .describe("how long silence lasts that ends a sentence, in ms"),
  tls: peerTlsConfig.prefault({}).describe("how the service's certificate is checked"),
});

/** The checked block. */
export type DashscopeConfig = z.output<typeof dashscopeConfig>;

/** Options of a {@linkcode DashscopeAdapter}: the checked block, its secret read. */
export interface DashscopeOptions extends Omit<DashscopeConfig, "tls" | "apiKey"> {
  /** The key. */
  readonly apiKey: string;
  /** Whom to trust. */
  readonly trust?: PeerTrust;
  /** The time source. */
  readonly clock?: Clock;
}

const SERVICE = "dashscope";
/** How long a piece sounds that is sent, in ms. */
const FRAME_MS = 100;
/** The service ends a connection that has no task for 60 s. */
const KEPT_MS = 50_000;
const EMPTY = new Set(["NO_VALID_AUDIO_ERROR", "NO_INPUT_AUDIO_ERROR"]);

/** What the service's codes mean; what is not here is a failure that may pass. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  "CLIENT_ERROR": "asr.disconnected",
  "ResponseTimeout": "asr.timeout",
  "InvalidApiKey": "asr.auth",
  "Arrearage": "asr.quota",
  "AccessDenied.Unpurchased": "asr.quota",
  "InvalidParameter": "asr.config",
  "Model.AccessDenied": "asr.config",
  "ModelNotFound": "asr.config",
  "UNSUPPORTED_FORMAT": "asr.bad_audio",
};

/** What Bailian says that went wrong, as an error of recognition. */
export function bailianError(
  service: string,
  { code, message }: { readonly code: string; readonly message: string },
): EarshotError {
  const meaning = CODES[code] ?? (code.startsWith("Throttling") ? "asr.throttled" : "asr.failed");
  return serviceError(meaning, { service, detail: `${code} ${message}` });
}

/** Aliyun Bailian's duplex inference: Paraformer and Fun-ASR. */
export class DashscopeAdapter implements AsrAdapter {
  readonly name = SERVICE;
  readonly capabilities: AsrCapabilities;
  readonly #options: DashscopeOptions;
  readonly #connections: IdleConnections;

  /** Connects to nothing yet. */
  constructor(options: DashscopeOptions) {
    this.#options = options;
    const { url, trust, apiKey, clock = systemClock } = options;
    const headers = { Authorization: `Bearer ${apiKey}` };
    this.#connections = new IdleConnections({
      clock,
      idleMs: KEPT_MS,
      open: (handlers, life) => openSocket({ url, headers, trust }, handlers, life),
    });
    this.capabilities = {
      streaming: true,
      partials: true,
      endpointing: true,
      encodings: [options.encoding === "opus" ? "opus" : "pcm16"],
      sampleRatesHz: [16_000],
      silenceAfterMs: 5_000,
      languages: "any",
    };
  }

  /** Opens a stream, on a connection that was kept if there is one; it is ready when its task has started. */
  open({ onWritable }: AsrOpenOptions, signal: AbortSignal): Promise<AsrStream> {
    return openWireStream({
      service: SERVICE,
      connect: (handlers, life) => this.#connections.take(handlers, life),
      keep: (connection) => this.#connections.keep(connection),
      wire: (io) => new DashscopeWire(io, this.#options),
      onWritable,
    }, signal);
  }

  /** Ends the connections that are kept. */
  close(): void {
    this.#connections.close();
  }
}

const reply = z.looseObject({
  header: z.looseObject({
    event: z.string(),
    task_id: z.string().default(""),
    error_code: z.string().default(""),
    error_message: z.string().default(""),
  }),
  payload: z.looseObject({
    output: z.looseObject({
      sentence: z.looseObject({
        text: z.string().default(""),
        begin_time: z.number().nullish(),
        end_time: z.number().nullish(),
        heartbeat: z.boolean().nullish(),
        sentence_end: z.boolean().nullish(),
      }).optional(),
    }).optional(),
  }).optional(),
});

class DashscopeWire implements Wire {
  readonly #io: WireIo;
  readonly #options: DashscopeOptions;
  readonly #framer: SoundFramer;
  readonly #taskId = crypto.randomUUID();

  constructor(io: WireIo, options: DashscopeOptions) {
    this.#io = io;
    this.#options = options;
    this.#framer = openFramer(options.encoding, FRAME_MS);
  }

  opened(): void {
    const { model, encoding, languageHints, vocabularyId, endSilenceMs } = this.#options;
    this.#command("run-task", {
      task_group: "audio",
      task: "asr",
      function: "recognition",
      model,
      parameters: {
        format: encoding,
        sample_rate: 16_000,
        max_sentence_silence: endSilenceMs,
        ...(languageHints.length > 0 && { language_hints: languageHints }),
        ...(vocabularyId !== undefined && { vocabulary_id: vocabularyId }),
      },
      input: {},
    });
  }

  write(chunk: AudioChunk): void {
    for (const piece of this.#framer.push(chunk)) this.#io.send(piece);
  }

  finish(): void {
    for (const piece of this.#framer.flush()) this.#io.send(piece);
    this.#command("finish-task", { input: {} });
  }

  received(message: string | Uint8Array): void {
    if (typeof message !== "string") return;
    const { header, payload } = readReply(SERVICE, { text: message, schema: reply });
    // A kept connection may still bring words of the task before.
    if (header.task_id !== this.#taskId) return;
    switch (header.event) {
      case "task-started":
        return this.#io.started();
      case "result-generated":
        return this.#heard(payload?.output?.sentence);
      case "task-finished":
        return this.#io.ended();
      case "task-failed":
        return this.#failed(header.error_code, header.error_message);
    }
  }

  #heard(sentence: NonNullable<NonNullable<z.output<typeof reply>["payload"]>["output"]>["sentence"]): void {
    if (sentence === undefined || sentence.heartbeat === true) return;
    const { text, begin_time, end_time, sentence_end } = sentence;
    const complete = sentence_end ?? (end_time !== null && end_time !== undefined);
    if (!complete) return this.#io.partial(text);
    this.#io.final({
      text,
      ...(typeof begin_time === "number" && { startMs: begin_time }),
      ...(typeof end_time === "number" && { endMs: end_time }),
    });
  }

  #failed(code: string, words: string): void {
    // Whatever it is, the service ends the connection after it.
    if (EMPTY.has(code)) return this.#io.ended({ spent: true });
    this.#io.fail(bailianError(SERVICE, { code, message: words }));
  }

  #command(action: "run-task" | "finish-task", payload: Readonly<Record<string, unknown>>): void {
    this.#io.send(
      JSON.stringify({ header: { action, task_id: this.#taskId, streaming: "duplex" }, payload }),
    );
  }
}
