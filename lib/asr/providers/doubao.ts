import { z } from "zod";
import { EarshotError, type ServiceFault } from "../../errors/mod.ts";
import { HttpRefusal, openSocket, webSocketUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import { jsonOf, readReply, serviceError, type ServiceName } from "../../service/mod.ts";
import { type AsrProviderType, defineAsrProvider } from "../provider.ts";
import { openFramer } from "../sound_framer.ts";
import { type AsrWireIo, openWireStream } from "../wire_stream.ts";
import { decodeDoubaoFrame, FRAME_TYPE } from "./doubao_frame.ts";
import { doubaoResult } from "./doubao_sentences.ts";
import { DoubaoWire } from "./doubao_wire.ts";

/** How long a piece sounds that is sent, in ms: what the service likes best. */
const FRAME_MS = 200;

/** What the service's codes mean; others of 55… say that it is busy. */
const CODES: Readonly<Record<number, ServiceFault>> = {
  45000001: "config",
  45000010: "auth",
  45000030: "quota",
  45000081: "disconnected",
  45000151: "bad_input",
  45000292: "throttled",
};
const EMPTY_AUDIO = 45000002;

/** Doubao (Volcengine) streaming recognition, v3. A stream is ready when the service has taken the request. */
export const doubao: AsrProviderType = defineAsrProvider({
  type: "doubao",
  about: "Doubao (Volcengine) streaming recognition, v3",
  config: {
    url: webSocketUrl.default("wss://openspeech.bytedance.com/api/v3/sauc/bigmodel_async")
      .describe(
        "the service: bigmodel_async, bigmodel (a reply to each packet) or bigmodel_nostream (more accurate)",
      ),
    apiKey: secretSource.optional().describe("the API key, from the new console"),
    appKey: z.string().min(1).optional().describe("the app id, from the old console"),
    accessToken: secretSource.optional().describe("the access token, from the old console"),
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
  },
  check: ({ apiKey, appKey, accessToken }, problem) => {
    if (apiKey !== undefined || (appKey !== undefined && accessToken !== undefined)) return;
    problem("apiKey", "give apiKey, or appKey and accessToken");
  },
  capabilities: ({ url, encoding }) => {
    // Without streaming nothing is said before the end or 15 s, so no sentence tells that the speaker is done.
    const streams = streamsWords(url);
    return {
      streaming: true,
      partials: streams,
      endpointing: streams,
      encodings: [encoding === "opus" ? "opus" : "pcm16"],
      sampleRatesHz: [16_000],
      silenceAfterMs: 3_000,
      languages: "any",
    };
  },
  open: ({ url, apiKey, appKey, accessToken, resourceId, ...request }, { service, trust }) => ({
    open: async ({ onWritable }, signal) => {
      const headers = headersOf({ apiKey, appKey, accessToken, resourceId });
      try {
        return await openWireStream({
          service,
          connect: (handlers, life) => openSocket({ url, headers, trust }, handlers, life),
          wire: (io) => new DoubaoV3Wire(io, { ...request, partials: streamsWords(url) }),
          onWritable,
        }, signal);
      } catch (thrown) {
        throw handshakeError(service, thrown);
      }
    },
  }),
});

/** The keys of an account. */
interface DoubaoKeys {
  readonly apiKey: string | undefined;
  readonly appKey: string | undefined;
  readonly accessToken: string | undefined;
  readonly resourceId: string;
}

function headersOf({ apiKey, appKey, accessToken, resourceId }: DoubaoKeys): Record<string, string> {
  const id = crypto.randomUUID();
  if (apiKey !== undefined) {
    return {
      "X-Api-Key": apiKey,
      "X-Api-Resource-Id": resourceId,
      "X-Api-Request-Id": id,
      "X-Api-Sequence": "-1",
    };
  }
  return {
    "X-Api-App-Key": appKey ?? "",
    "X-Api-Access-Key": accessToken ?? "",
    "X-Api-Resource-Id": resourceId,
    "X-Api-Connect-Id": id,
  };
}

/** Whether words come while they are spoken: not from `bigmodel_nostream`. */
function streamsWords(url: string): boolean {
  return !new URL(url).pathname.endsWith("/bigmodel_nostream");
}

/** What a stream asks for. */
interface DoubaoRequest {
  readonly encoding: "pcm" | "opus";
  readonly gzip: boolean;
  readonly itn: boolean;
  readonly punctuation: boolean;
  readonly endWindowMs: number;
  readonly hotwordTable?: string | undefined;
  readonly partials: boolean;
}

const refusedBody = z.union([
  z.looseObject({ code: z.int() }),
  z.looseObject({ header: z.looseObject({ code: z.int() }) }).transform(({ header }) => header),
]);

/** A refused handshake says why in its body, if at all; else a 403 is what was not bought. */
function handshakeError(service: ServiceName, thrown: unknown): EarshotError {
  const error = EarshotError.from(thrown, "asr.failed");
  const refusal = error.cause;
  if (!(refusal instanceof HttpRefusal)) return error;
  const { status, body } = refusal;
  const said = refusedBody.safeParse(jsonOf(body)).data?.code;
  const detail = `it answered ${status} ${body}`;
  // A spent trial has the code of a busy account; only its name of the quota tells them apart.
  if (said === 45000292 && body.includes("_lifetime")) {
    return serviceError(service, "quota", { detail, cause: refusal });
  }
  if (said !== undefined) return serviceError(service, meaningOf(said), { detail, cause: refusal });
  return status === 403 ? serviceError(service, "quota", { detail, cause: refusal }) : error;
}

function meaningOf(code: number): ServiceFault {
  return CODES[code] ?? (Math.floor(code / 1_000_000) === 55 ? "throttled" : "failed");
}

const reply = z.looseObject({
  result: z.union([doubaoResult, z.array(doubaoResult).transform(([first]) => first)]).optional(),
});

class DoubaoV3Wire extends DoubaoWire {
  readonly #request: DoubaoRequest;

  constructor(io: AsrWireIo, request: DoubaoRequest) {
    const { encoding, gzip, partials } = request;
    super(io, { framer: openFramer(encoding, FRAME_MS), gzip, partials });
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
    if (type !== FRAME_TYPE.result && type !== FRAME_TYPE.ack) return;
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
    const detail = `${code} ${new TextDecoder().decode(payload)}`;
    this.io.fail(meaningOf(code), { detail });
  }
}
