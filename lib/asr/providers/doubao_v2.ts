import { z } from "zod";
import type { ServiceFault } from "../../errors/mod.ts";
import { openSocket, webSocketUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import { decodeDoubaoFrame, DOUBAO_FRAME, readReply, type Settings } from "../../service/mod.ts";
import { serviceLanguage } from "../language_config.ts";
import { type AsrProviderType, defineAsrProvider } from "../provider.ts";
import { PcmFramer } from "../sound_framer.ts";
import { type AsrWireIo, openWireStream } from "../wire_stream.ts";
import { doubaoResult } from "./doubao_sentences.ts";
import { DoubaoWire } from "./doubao_wire.ts";

/** How long a piece sounds at least that is sent, in ms: as v3 wants it. */
const LEAST_MS = 100;
const OK = 1000;
const SILENT = 1013;

/** What the service's codes mean; what is not here is a failure that does not pass. */
const CODES: Readonly<Record<number, ServiceFault>> = {
  1001: "config",
  1002: "auth",
  1003: "throttled",
  1004: "quota",
  1005: "throttled",
  1010: "bad_input",
  1011: "bad_input",
  1012: "bad_input",
  1020: "timeout",
  1021: "timeout",
};

const config = {
  url: webSocketUrl.default("wss://openspeech.bytedance.com/api/v2/asr").describe("the service"),
  appId: z.string().min(1).describe("the app id, from the console"),
  cluster: z.string().min(1).describe("the cluster that was bought, such as volcengine_streaming_common"),
  accessToken: secretSource.describe("the access token of the app"),
  language: serviceLanguage("zh-CN or en-US").default("zh-CN")
    .describe("the language of the cluster"),
  gzip: z.boolean().default(true).describe("whether frames are compressed"),
  itn: z.boolean().default(true).describe("whether numbers are written as digits"),
  punctuation: z.boolean().default(true).describe("whether the text has punctuation"),
};

/** What a stream asks for. */
type DoubaoV2Request = Omit<Settings<typeof config>, "url">;

/**
 * Doubao (Volcengine) streaming recognition before the large model, v2. A stream is ready when the service has taken
 * the request.
 */
export const doubaoV2: AsrProviderType = defineAsrProvider({
  type: "doubaoV2",
  about: "Doubao (Volcengine) streaming recognition, v2, for older accounts",
  config,
  capabilities: () => ({
    streaming: true,
    partials: true,
    endpointing: true,
    encodings: ["pcm16"],
    silenceAfterMs: 3_000,
    billed: true,
    languages: "any",
  }),
  open: ({ url, ...request }, { service, trust }) => {
    // A semicolon: the service wants it so.
    const headers = { Authorization: `Bearer; ${request.accessToken}` };
    return {
      open: ({ onWritable }, signal) =>
        openWireStream({
          service,
          connect: (handlers, life) => openSocket({ url, headers, trust }, handlers, life),
          wire: (io) => new DoubaoV2Wire(io, request),
          onWritable,
        }, signal),
    };
  },
});

const reply = z.looseObject({
  code: z.int(),
  message: z.string().default(""),
  /** Negative in the last reply. */
  sequence: z.int().default(0),
  result: z.array(doubaoResult).nullish(),
});

class DoubaoV2Wire extends DoubaoWire {
  readonly #request: DoubaoV2Request;

  constructor(io: AsrWireIo, request: DoubaoV2Request) {
    super(io, { framer: new PcmFramer({ leastMs: LEAST_MS }), gzip: request.gzip });
    this.#request = request;
  }

  protected override request(): object {
    const { appId, cluster, accessToken, language, itn, punctuation } = this.#request;
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
    const { type, code, payload } = decodeDoubaoFrame(this.io.service, message);
    const text = new TextDecoder().decode(payload);
    if (code !== undefined) return this.#failed(code, text);
    if (type !== DOUBAO_FRAME.result || payload.length === 0) return;
    const answer = readReply(this.io.service, text, reply);
    if (answer.code !== OK) return this.#failed(answer.code, answer.message);
    this.started();
    const [best] = answer.result ?? [];
    if (best !== undefined) this.heard(best);
    if (answer.sequence < 0) this.ended();
  }

  #failed(code: number, words: string): void {
    if (code === SILENT) return this.io.ended();
    const meaning = CODES[code];
    this.io.fail(meaning ?? "failed", {
      detail: `${code} ${words}`,
      ...(meaning === undefined && { retryable: false }),
    });
  }
}
