import { z } from "zod";
import { EarshotError } from "../../errors/mod.ts";
import { HttpRefusal, openSocket, webSocketUrl } from "../../net/mod.ts";
import {
  decodeDoubaoFrame,
  DOUBAO_FRAME,
  doubaoAccountFault,
  doubaoFault,
  doubaoHeaders,
  doubaoKeys,
  doubaoRefusal,
  readReply,
  type Settings,
} from "../../service/mod.ts";
import { type AsrProviderType, defineAsrProvider } from "../provider.ts";
import { openFramer } from "../sound_framer.ts";
import { type AsrWireIo, openWireStream } from "../wire_stream.ts";
import { doubaoResult } from "./doubao_sentences.ts";
import { DoubaoWire } from "./doubao_wire.ts";

/** How long a piece sounds at least that is sent, in ms: the service wants 100 to 200, so that two packets leave as one. */
const LEAST_MS = 100;

const EMPTY_AUDIO = 45000002;

const config = {
  url: webSocketUrl.default("wss://openspeech.bytedance.com/api/v3/sauc/bigmodel_async")
    .describe(
      "the service: bigmodel_async, bigmodel (a reply to each packet) or bigmodel_nostream (more accurate)",
    ),
  ...doubaoKeys,
  resourceId: z.string().min(1).default("volc.bigasr.sauc.duration")
    .describe("what was bought, such as volc.seedasr.sauc.concurrent"),
  encoding: z.enum(["pcm", "opus"]).default("pcm")
    .describe("opus passes the device's packets on in Ogg, not decoded; pcm decodes them"),
  gzip: z.boolean().default(true).describe("whether frames are compressed"),
  itn: z.boolean().default(true).describe("whether numbers are written as digits"),
  punctuation: z.boolean().default(true).describe("whether the text has punctuation"),
  endWindowMs: z.int().min(200).max(10_000).default(800)
    .describe("how long silence must last to end a sentence, in ms"),
  hotwordTable: z.string().min(1).optional().describe("the name of a hotword table"),
};

/** What a stream asks for. */
interface DoubaoRequest
  extends Omit<Settings<typeof config>, "url" | "apiKey" | "appKey" | "accessToken" | "resourceId"> {
  readonly partials: boolean;
}

/** Doubao (Volcengine) streaming recognition, v3. A stream is ready when the service has taken the request. */
export const doubao: AsrProviderType = defineAsrProvider({
  type: "doubao",
  about: "Doubao (Volcengine) streaming recognition, v3",
  config,
  check: (block, problem) => {
    const fault = doubaoAccountFault(block);
    if (fault !== undefined) problem("apiKey", fault);
  },
  capabilities: ({ url, encoding }) => {
    // Without streaming nothing is said before the end or 15 s, so no sentence tells that the speaker is done.
    const streams = streamsWords(url);
    return {
      streaming: true,
      partials: streams,
      endpointing: streams,
      encodings: [encoding === "opus" ? "opus" : "pcm16"],
      silenceAfterMs: 3_000,
      billed: true,
      languages: "any",
    };
  },
  open: ({ url, apiKey, appKey, accessToken, resourceId, ...request }, { service, trust }) => ({
    open: async ({ onWritable }, signal) => {
      const headers = doubaoHeaders({ apiKey, appKey, accessToken }, resourceId);
      try {
        return await openWireStream({
          service,
          connect: (handlers, life) => openSocket({ url, headers, trust }, handlers, life),
          wire: (io) => new DoubaoV3Wire(io, { ...request, partials: streamsWords(url) }),
          onWritable,
        }, signal);
      } catch (thrown) {
        const error = EarshotError.from(thrown, "asr.failed");
        throw error.cause instanceof HttpRefusal ? doubaoRefusal(service, error.cause) : error;
      }
    },
  }),
});

/** Whether words come while they are spoken: not from `bigmodel_nostream`. */
function streamsWords(url: string): boolean {
  return !new URL(url).pathname.endsWith("/bigmodel_nostream");
}

const reply = z.looseObject({
  result: z.union([doubaoResult, z.array(doubaoResult).transform(([first]) => first)]).optional(),
});

class DoubaoV3Wire extends DoubaoWire {
  readonly #request: DoubaoRequest;

  constructor(io: AsrWireIo, request: DoubaoRequest) {
    const { encoding, gzip, partials } = request;
    super(io, { framer: openFramer(encoding, LEAST_MS), gzip, partials });
    this.#request = request;
  }

  protected override request(): object {
    const { encoding, itn, punctuation, endWindowMs, hotwordTable } = this.#request;
    const opus = encoding === "opus";
    return {
      user: { uid: "earshot" },
      audio: {
        format: opus ? "ogg" : "pcm",
        codec: opus ? "opus" : "raw",
        rate: 16_000,
        bits: 16,
        channel: 1,
      },
      request: {
        model_name: "bigmodel",
        enable_itn: itn,
        enable_punc: punctuation,
        show_utterances: true,
        result_type: "single",
        end_window_size: endWindowMs,
        ...(hotwordTable !== undefined && { corpus: { boosting_table_name: hotwordTable } }),
      },
    };
  }

  override received(message: string | Uint8Array): void {
    if (typeof message === "string") return;
    const { type, last, code, payload } = decodeDoubaoFrame(this.io.service, message);
    if (code !== undefined) return this.#failed(code, payload);
    if (type !== DOUBAO_FRAME.result && type !== DOUBAO_FRAME.sound) return;
    this.started();
    if (payload.length > 0) this.#read(new TextDecoder().decode(payload));
    if (last) this.ended();
  }

  #read(text: string): void {
    const { result } = readReply(this.io.service, text, reply);
    if (result !== undefined) this.heard(result);
  }

  #failed(code: number, payload: Uint8Array): void {
    if (code === EMPTY_AUDIO) return this.io.ended();
    const words = new TextDecoder().decode(payload);
    this.io.fail(doubaoFault(this.io.service, { code, words }), { detail: `${code} ${words}` });
  }
}
