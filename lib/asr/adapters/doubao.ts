import { z } from "zod";
import { EarshotError, type ErrorCode } from "../../errors/mod.ts";
import { HttpRefusal, openSocket, peerTlsConfig, type PeerTrust, webSocketUrl } from "../../net/mod.ts";
import { secretSource } from "../../secrets/mod.ts";
import type { AsrAdapter, AsrCapabilities, AsrOpenOptions, AsrStream } from "../contract.ts";
import { jsonOf, readReply } from "../read_reply.ts";
import { serviceError } from "../service_error.ts";
import { openFramer } from "../sound_framer.ts";
import { openWireStream, type WireIo } from "../wire_stream.ts";
import { decodeDoubaoFrame, FRAME_TYPE } from "./doubao_frame.ts";
import { doubaoResult } from "./doubao_sentences.ts";
import { DoubaoWire } from "./doubao_wire.ts";

/** The `asr.doubao` block. */
export const doubaoConfig = z.strictObject({
  url: webSocketUrl.default("wss://openspeech.bytedance.com/api/v3/sauc/bigmodel_async")
    .describe(
      "ends in bigmodel_async, bigmodel (a reply to each packet) or bigmodel_nostream (more accurate, later)",
    ),
  apiKey: secretSource.optional().describe("the key of the new console"),
  appKey: z.string().min(1).optional().describe("the app id of the old console"),
  accessToken: secretSource.optional().describe("the access token of the old console"),
  resourceId: z.string().min(1).default("volc.bigasr.sauc.duration")
    .describe("what was bought: volc.bigasr or volc.seedasr, .sauc., duration or concurrent"),
  encoding: z.enum(["pcm", "opus"]).default("pcm")
    .describe("opus passes the device's own packets on, in Ogg; pcm decodes them"),
  gzip: z.boolean().default(true).describe("whether frames are compressed"),
  itn: z.boolean().default(true).describe("whether numbers are written as digits"),
  punctuation: z.boolean().default(true).describe("whether there is punctuation"),
  endWindowMs: z.int().min(200).max(10_000).default(800)
    .describe("how long silence lasts that ends a sentence, in ms"),
  hotwordTable: z.string().min(1).optional().describe("the name of a hotword table of the console"),
  tls: peerTlsConfig.prefault({}).describe("how the service's certificate is checked"),
}).refine(
  ({ apiKey, appKey, accessToken }) =>
    apiKey !== undefined || (appKey !== undefined && accessToken !== undefined),
  { path: ["apiKey"], message: "give apiKey, or appKey and accessToken" },
);

/** The checked block. */
export type DoubaoConfig = z.output<typeof doubaoConfig>;

/** Options of a {@linkcode DoubaoAdapter}: the checked block, its secrets read. */
export interface DoubaoOptions extends Omit<DoubaoConfig, "tls" | "apiKey" | "accessToken"> {
  /** The key of the new console. */
  readonly apiKey?: string;
  /** The token of the old console. */
  readonly accessToken?: string;
  /** Whom to trust. */
  readonly trust?: PeerTrust;
}

const SERVICE = "doubao";
/** How long a piece sounds that is sent, in ms: what the service likes best. */
const FRAME_MS = 200;

/** What the service's codes mean; others of 55… say that it is busy. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  45000001: "asr.config",
  45000010: "asr.auth",
  45000030: "asr.quota",
  45000081: "asr.disconnected",
  45000151: "asr.bad_audio",
  45000292: "asr.throttled",
};
const EMPTY_AUDIO = 45000002;

/** Doubao (Volcengine) streaming recognition, v3. */
export class DoubaoAdapter implements AsrAdapter {
  readonly name = SERVICE;
  readonly capabilities: AsrCapabilities;
  readonly #options: DoubaoOptions;

  /** Connects to nothing yet. */
  constructor(options: DoubaoOptions) {
    this.#options = options;
    // Without streaming nothing is said before the end or 15 s, so no sentence tells that the speaker is done.
    const streams = streamsWords(options);
    this.capabilities = {
      streaming: true,
      partials: streams,
      endpointing: streams,
      encodings: [options.encoding === "opus" ? "opus" : "pcm16"],
      sampleRatesHz: [16_000],
      silenceAfterMs: 3_000,
      languages: "any",
    };
  }

  /** Opens a stream; it is ready when the service has taken the request. */
  async open({ onWritable }: AsrOpenOptions, signal: AbortSignal): Promise<AsrStream> {
    const { url, trust } = this.#options;
    const headers = this.#headers();
    try {
      return await openWireStream({
        service: SERVICE,
        connect: (handlers, life) => openSocket({ url, headers, trust }, handlers, life),
        wire: (io) => new DoubaoV3Wire(io, this.#options),
        onWritable,
      }, signal);
    } catch (thrown) {
      throw handshakeError(thrown);
    }
  }

  #headers(): Record<string, string> {
    const { apiKey, appKey, accessToken, resourceId } = this.#options;
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
}

/** Whether words come while they are spoken: not from `bigmodel_nostream`. */
function streamsWords({ url }: DoubaoOptions): boolean {
  return !new URL(url).pathname.endsWith("/bigmodel_nostream");
}

const refusedBody = z.union([
  z.looseObject({ code: z.int() }),
  z.looseObject({ header: z.looseObject({ code: z.int() }) }).transform(({ header }) => header),
]);

/** A refused handshake says why in its body, if at all; else a 403 is what was not bought. */
function handshakeError(thrown: unknown): EarshotError {
  const error = EarshotError.from(thrown, "asr.failed");
  const refusal = error.cause;
  if (!(refusal instanceof HttpRefusal)) return error;
  const { status, body } = refusal;
  const said = refusedBody.safeParse(jsonOf(body)).data?.code;
  const detail = `it answered ${status} ${body}`;
  // A spent trial has the code of a busy account; only its name of the quota tells them apart.
  if (said === 45000292 && body.includes("_lifetime")) {
    return serviceError("asr.quota", { service: SERVICE, detail, cause: refusal });
  }
  const code = said === undefined ? (status === 403 ? "asr.quota" : error.code) : codeOf(said);
  return serviceError(code, { service: SERVICE, detail, cause: refusal });
}

function codeOf(code: number): ErrorCode {
  return CODES[code] ?? (Math.floor(code / 1_000_000) === 55 ? "asr.throttled" : "asr.failed");
}

const reply = z.looseObject({
  result: z.union([doubaoResult, z.array(doubaoResult).transform(([first]) => first)]).optional(),
});

class DoubaoV3Wire extends DoubaoWire {
  readonly #options: DoubaoOptions;

  constructor(io: WireIo, options: DoubaoOptions) {
    const { encoding, gzip } = options;
    super(io, { framer: openFramer(encoding, FRAME_MS), gzip, partials: streamsWords(options) });
    this.#options = options;
  }

  protected override request(): object {
    const { encoding, itn, punctuation, endWindowMs, hotwordTable } = this.#options;
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
    const { type, last, code, payload } = decodeDoubaoFrame(message);
    if (code !== undefined) return this.#failed(code, payload);
    if (type !== FRAME_TYPE.result && type !== FRAME_TYPE.ack) return;
    this.started();
    if (payload.length > 0) this.#read(new TextDecoder().decode(payload));
    if (last) this.ended();
  }

  #read(text: string): void {
    const { result } = readReply(SERVICE, { text, schema: reply });
    if (result !== undefined) this.heard(result);
  }

  #failed(code: number, payload: Uint8Array): void {
    if (code === EMPTY_AUDIO) return this.io.ended();
    const detail = `${code} ${new TextDecoder().decode(payload)}`;
    this.io.fail(serviceError(codeOf(code), { service: SERVICE, detail }));
  }
}
