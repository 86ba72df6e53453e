import { z } from "zod";
import type { AudioChunk } from "../../audio/mod.ts";
import { openSocket, webSocketUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import {
  checkReply,
  ConnectionPool,
  DASHSCOPE_KEPT_MS,
  dashscopeCommand,
  dashscopeMeaning,
  readDashscopeEvent,
  type Settings,
} from "../../service/mod.ts";
import { serviceLanguage } from "../language_config.ts";
import { type AsrProviderType, defineAsrProvider } from "../provider.ts";
import { openFramer, PACKET_MS, type SoundFramer } from "../sound_framer.ts";
import { type AsrWire, type AsrWireIo, openWireStream } from "../wire_stream.ts";

const EMPTY = new Set(["NO_VALID_AUDIO_ERROR", "NO_INPUT_AUDIO_ERROR"]);

const config = {
  url: webSocketUrl.default("wss://dashscope.aliyuncs.com/api-ws/v1/inference")
    .describe("the service; outside of China wss://dashscope-intl.aliyuncs.com/api-ws/v1/inference"),
  apiKey: secretSource.describe("the API key of Bailian"),
  model: z.string().min(1).default("paraformer-realtime-v2")
    .describe("the model, such as paraformer-realtime-v2 or fun-asr-realtime"),
  encoding: z.enum(["pcm", "opus"]).default("pcm")
    .describe("opus passes the device's packets on in Ogg, not decoded; pcm decodes them"),
  languageHints: z.array(serviceLanguage("zh or en")).default([])
    .describe("languages to expect, such as zh and en"),
  vocabularyId: z.string().min(1).optional().describe("the id of a hotword table"),
  endSilenceMs: z.int().min(200).max(6_000).default(800)
    .describe("how long silence must last to end a sentence, in ms"),
};

/** What a stream asks for. */
type DashscopeTask = Omit<Settings<typeof config>, "url" | "apiKey">;

/** Aliyun Bailian's duplex inference: Paraformer and Fun-ASR. A stream is ready when its task has started. */
export const dashscope: AsrProviderType = defineAsrProvider({
  type: "dashscope",
  about: "Aliyun Bailian (DashScope): Paraformer and Fun-ASR",
  config,
  capabilities: ({ encoding }) => ({
    streaming: true,
    partials: true,
    endpointing: true,
    encodings: [encoding === "opus" ? "opus" : "pcm16"],
    silenceAfterMs: 5_000,
    billed: true,
    languages: "any",
  }),
  open: ({ url, apiKey, ...task }, { service, trust, clock }) => {
    const headers = { Authorization: `Bearer ${apiKey}` };
    const connections = new ConnectionPool({
      clock,
      idleMs: DASHSCOPE_KEPT_MS,
      open: (handlers, life) => openSocket({ url, headers, trust }, handlers, life),
    });
    return {
      open: ({ onWritable }, signal) =>
        openWireStream({
          service,
          connect: (handlers, life) => connections.take(handlers, life),
          keep: (connection) => connections.keep(connection),
          wire: (io) => new DashscopeWire(io, task),
          onWritable,
        }, signal),
      close: () => connections.close(),
    };
  },
});

const result = z.looseObject({
  output: z.looseObject({
    sentence: z.looseObject({
      text: z.string().default(""),
      begin_time: z.number().nullish(),
      end_time: z.number().nullish(),
      heartbeat: z.boolean().nullish(),
      sentence_end: z.boolean().nullish(),
    }).optional(),
  }).optional(),
}).optional();

class DashscopeWire implements AsrWire {
  readonly #io: AsrWireIo;
  readonly #task: DashscopeTask;
  readonly #framer: SoundFramer;
  readonly #taskId = crypto.randomUUID();

  constructor(io: AsrWireIo, task: DashscopeTask) {
    this.#io = io;
    this.#task = task;
    this.#framer = openFramer(task.encoding, PACKET_MS);
  }

  opened(): void {
    const { model, encoding, languageHints, vocabularyId, endSilenceMs } = this.#task;
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
    const { service } = this.#io;
    const { event, taskId, code, message: words, payload } = readDashscopeEvent(service, message);
    // A kept connection may still bring words of the task before.
    if (taskId !== this.#taskId) return;
    switch (event) {
      case "task-started":
        return this.#io.started();
      case "result-generated":
        return this.#heard(checkReply(service, payload, result)?.output?.sentence);
      case "task-finished":
        return this.#io.ended();
      case "task-failed":
        return this.#failed(code, words);
    }
  }

  #heard(sentence: NonNullable<NonNullable<z.output<typeof result>>["output"]>["sentence"]): void {
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
    this.#io.fail(...dashscopeMeaning({ code, message: words }));
  }

  #command(action: "run-task" | "finish-task", payload: Readonly<Record<string, unknown>>): void {
    this.#io.send(dashscopeCommand({ action, taskId: this.#taskId, payload }));
  }
}
