import { z } from "zod";
import type { AudioChunk } from "../../audio/mod.ts";
import { HttpClient, openSocket, webSocketUrl } from "../../net/mod.ts";
import {
  checkNlsAccount,
  checkReply,
  newNlsId,
  NlsAccess,
  nlsAccountKeys,
  nlsCommand,
  nlsMeaning,
  readNlsEvent,
  type Settings,
} from "../../service/mod.ts";
import { type AsrProviderType, defineAsrProvider } from "../provider.ts";
import { openFramer, PACKET_MS, type SoundFramer } from "../sound_framer.ts";
import { type AsrWire, type AsrWireIo, openWireStream } from "../wire_stream.ts";

const EMPTY = new Set([40_270_002, 40_270_004]);

const config = {
  url: webSocketUrl.default("wss://nls-gateway-cn-shanghai.aliyuncs.com/ws/v1")
    .describe("the service in your region: shanghai, beijing or shenzhen"),
  ...nlsAccountKeys,
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
};

/** What a stream asks for. */
type NlsTask = Omit<
  Settings<typeof config>,
  "url" | "accessKeyId" | "accessKeySecret" | "token" | "tokenUrl"
>;

/**
 * Aliyun's intelligent speech interaction: SpeechTranscriber or SpeechRecognizer. A stream is ready when the service
 * says that it has started.
 */
export const aliyunNls: AsrProviderType = defineAsrProvider({
  type: "aliyunNls",
  about: "Aliyun's intelligent speech interaction",
  config,
  check: checkNlsAccount,
  capabilities: ({ recognizer, encoding }) => ({
    streaming: true,
    partials: true,
    endpointing: recognizer === "transcriber",
    encodings: [encoding === "opus" ? "opus" : "pcm16"],
    silenceAfterMs: 5_000,
    billed: true,
    languages: "any",
  }),
  open: (settings, { service, trust }) => {
    const { url, token, tokenUrl, accessKeyId, accessKeySecret, ...task } = settings;
    const http = new HttpClient(trust);
    const access = new NlsAccess({ token, tokenUrl, accessKeyId, accessKeySecret }, { service, http });
    return {
      open: async ({ onWritable }, signal) => {
        const pass = await access.enter();
        try {
          return await openWireStream({
            service,
            connect: (handlers, life) =>
              openSocket({ url, trust, headers: { "X-NLS-Token": pass.token } }, handlers, life),
            wire: (io) => new NlsWire(io, task),
            onWritable,
          }, signal);
        } catch (thrown) {
          throw pass.judge(thrown);
        }
      },
      close: () => {
        access.close();
        http.close();
      },
    };
  },
});

const result = z.looseObject({
  result: z.string().default(""),
  begin_time: z.number().optional(),
  time: z.number().optional(),
}).default({ result: "" });

class NlsWire implements AsrWire {
  readonly #io: AsrWireIo;
  readonly #task: NlsTask;
  readonly #framer: SoundFramer;
  readonly #taskId = newNlsId();

  constructor(io: AsrWireIo, task: NlsTask) {
    this.#io = io;
    this.#task = task;
    this.#framer = openFramer(task.encoding, PACKET_MS);
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
    const { service } = this.#io;
    const event = readNlsEvent(service, message);
    const said = checkReply(service, event.payload, result);
    switch (event.name) {
      case "TranscriptionStarted":
      case "RecognitionStarted":
        return this.#io.started();
      case "TranscriptionResultChanged":
      case "RecognitionResultChanged":
        return this.#io.partial(said.result);
      case "SentenceEnd":
        return this.#io.final({
          text: said.result,
          ...(said.begin_time !== undefined && { startMs: said.begin_time }),
          ...(said.time !== undefined && { endMs: said.time }),
        });
      case "RecognitionCompleted":
        this.#io.final({ text: said.result });
        return this.#io.ended();
      case "TranscriptionCompleted":
        return this.#io.ended();
      case "TaskFailed":
        return EMPTY.has(event.status) ? this.#io.ended() : this.#io.fail(...nlsMeaning(event));
    }
  }

  get #transcribes(): boolean {
    return this.#task.recognizer === "transcriber";
  }

  #command(verb: "Start" | "Stop", payload?: Readonly<Record<string, unknown>>): void {
    const [namespace, task] = this.#transcribes
      ? ["SpeechTranscriber", "Transcription"]
      : ["SpeechRecognizer", "Recognition"];
    const { appKey } = this.#task;
    this.#io.send(
      nlsCommand({
        appKey,
        taskId: this.#taskId,
        namespace,
        name: `${verb}${task}`,
        ...(payload && { payload }),
      }),
    );
  }
}
