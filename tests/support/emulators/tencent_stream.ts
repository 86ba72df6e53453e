import { createHmac } from "node:crypto";
import type { OpeningRequest } from "./dialect.ts";
import type { SpeechSocketDialect, SpeechSocketIo, SpeechSocketMessages } from "./speech_socket_emulator.ts";
import type { SpeechRefusal } from "./speech_script.ts";

/** What is odd about the service. */
export interface TencentStreamManner {
  /** When it is ready. Default: at once. */
  readonly ready?: Promise<void>;
  /** What the test asks for besides the usual. */
  readonly asked?: Readonly<Record<string, string>>;
}

const CODES: Readonly<Record<SpeechRefusal, number>> = {
  auth: 10003,
  quota: 10001,
  throttled: 10002,
  voice: 10001,
  model: 10001,
  busy: 20000,
  text: 10007,
};
const USUAL = {
  Action: "TextToStreamAudioWSv2",
  AppId: "1250",
  Codec: "pcm",
  SampleRate: "16000",
  SecretId: "secret-id",
  Speed: "0",
  VoiceType: "101001",
  Volume: "0",
};

/**
 * Tencent Cloud's TextToStreamAudioWSv2: it lets everybody in, and says later what is wrong. It knows `secret-id` and
 * `secret-key` of account 1250, and voices up to 900,000.
 */
export function tencentStreamSpeech(manner: TencentStreamManner = {}): SpeechSocketDialect {
  return {
    accept: ({ method, url }, violation) => {
      if (method === "GET" && url.startsWith("/stream_wsv2?")) return undefined;
      violation(`${method} ${url}`);
      return { status: 404 };
    },
    refusal: () => undefined,
    sound: (spoken) => new Uint8Array(spoken().buffer),
    connect: (io, request) => {
      const talk = new Talk(io, request, manner);
      void talk.greet();
      const { searchParams } = new URL(request.url, "http://localhost");
      return {
        take: (message) => talk.take(message),
        messages: talk.messages,
        sampleRateHz: () => Number(searchParams.get("SampleRate")),
      };
    },
  };
}

/** The parameters of a request, where it is signed. */
function signedParameters({ url, headers }: OpeningRequest): Readonly<Record<string, string>> | undefined {
  const { pathname, search } = new URL(url, "http://localhost");
  const pairs = search.slice(1).split("&").map((pair) => pair.split("="));
  const { Signature = "", ...parameters } = Object.fromEntries(
    pairs.map(([key = "", value = ""]) => [key, decodeURIComponent(value)]),
  );
  const query = Object.keys(parameters).sort().map((key) => `${key}=${parameters[key]}`).join("&");
  const expected = createHmac("sha1", "secret-key").update(`GET${headers["host"]}${pathname}?${query}`);
  return Signature === expected.digest("base64") ? parameters : undefined;
}

class Talk {
  readonly messages: SpeechSocketMessages = {
    before: () => [this.#said({ result: { subtitles: [] } }), this.#said({ heartbeat: 1 })],
    sound: (bytes) => bytes,
    // It leaves the end of the connection to the other side.
    after: () => [this.#said({ final: 1 })],
  };
  readonly #io: SpeechSocketIo;
  readonly #request: OpeningRequest;
  readonly #manner: TencentStreamManner;
  readonly #seen = new Set<string>();
  #sessionId = "";
  #ready = false;
  #complete = false;
  #chars = 0;

  constructor(io: SpeechSocketIo, request: OpeningRequest, manner: TencentStreamManner) {
    this.#io = io;
    this.#request = request;
    this.#manner = manner;
  }

  async greet(): Promise<void> {
    await this.#manner.ready;
    const { SessionId = "", Timestamp, Expired, ...rest } = signedParameters(this.#request) ?? {};
    this.#sessionId = SessionId;
    const now = Date.now() / 1_000;
    if (!(Math.abs(Number(Timestamp) - now) < 300 && Number(Expired) > now)) return this.#refuse(10003);
    const wanted: Readonly<Record<string, string>> = { ...USUAL, ...this.#manner.asked };
    const slips = Object.keys({ ...wanted, ...rest }).filter((key) => wanted[key] !== rest[key]);
    if (slips.some((key) => key === "VoiceType") && Number(rest["VoiceType"]) > 900_000) {
      return this.#refuse(10001);
    }
    if (slips.length > 0 || SessionId.length < 16) {
      return this.#io.violation(`the parameters ${slips.join(", ")}`);
    }
    const { refused } = this.#io;
    // Of a text it knows only when it comes.
    if (refused !== undefined && refused !== "text") return this.#refuse(CODES[refused]);
    this.#ready = true;
    this.#io.send(this.#said({ ready: 1 }));
  }

  take(message: string | Uint8Array): void {
    if (typeof message !== "string") return this.#io.violation("bytes");
    const { session_id, message_id, action, data, ...rest } = JSON.parse(message);
    if (!this.#ready) return this.#io.violation("text before it was ready");
    if (session_id !== this.#sessionId || Object.keys(rest).length > 0) return this.#io.violation(message);
    if (typeof message_id !== "string" || this.#seen.has(message_id)) {
      return this.#io.violation("the message_id");
    }
    this.#seen.add(message_id);
    if (this.#complete) return this.#io.violation(`${action} after the end`);
    if (action === "ACTION_RESET") return this.#io.send(this.#said({ reset: 1 }));
    if (action === "ACTION_COMPLETE") {
      this.#complete = true;
      return data === "" ? this.#io.finish() : this.#io.violation("text that completes");
    }
    if (action !== "ACTION_SYNTHESIS" || typeof data !== "string" || data === "") {
      return this.#io.violation(message);
    }
    if (/<[a-z/]/i.test(data)) return this.#refuse(10006);
    this.#chars += data.length;
    if (this.#chars > 10_000 || this.#io.refused === "text") return this.#refuse(10007);
    this.#io.part(data);
  }

  #refuse(code: number): void {
    this.#io.send(this.#said({ code, message: "No." }));
    this.#io.close();
  }

  #said(more: Readonly<Record<string, unknown>>): string {
    const ids = { session_id: this.#sessionId, request_id: "r", message_id: "m" };
    return JSON.stringify({ code: 0, message: "success", ...ids, result: null, final: 0, ready: 0, ...more });
  }
}
