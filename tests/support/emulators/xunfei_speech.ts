import type { SpeechSocketDialect, SpeechSocketIo, SpeechSocketTalk } from "./speech_socket_emulator.ts";
import type { SpeechRefusal } from "./speech_script.ts";
import { xunfeiRefusal } from "./xunfei.ts";

/** What is odd about the service. */
export interface XunfeiSpeechManner {
  /** How long it waits for text, in ms. Default: 10 s. */
  readonly idleMs?: number;
  /** Whether every second piece of sound overtakes the one before it, and the last one its neighbor. */
  readonly swaps?: boolean;
  /** The piece that gets lost, by its place; then it ends the connection itself. Default: none. */
  readonly loses?: number;
  /** The number of the first piece. Default: 0. */
  readonly firstSeq?: number;
  /** What the test asks for besides the usual. */
  readonly asked?: Readonly<Record<string, unknown>>;
}

const CODES: Readonly<Record<SpeechRefusal, number>> = {
  auth: 11200,
  quota: 11201,
  throttled: 11202,
  voice: 10163,
  model: 10163,
  busy: 10700,
  text: 10222,
};
/** What is read as a note to the voice and not as text. */
const NOTES = /\[(p\d+|=\w+)\]/;

const accept = (path: string): SpeechSocketDialect["accept"] => (request, violation) => {
  if (!request.url.startsWith(`${path}?`)) violation(`${request.method} ${request.url}`);
  return xunfeiRefusal(request);
};
const refusal: SpeechSocketDialect["refusal"] = (kind) =>
  kind === "auth" ? { status: 401, body: '{"message":"HMAC signature does not match"}' } : undefined;
const sound: SpeechSocketDialect["sound"] = (spoken) => new Uint8Array(spoken().buffer);
const textOf = (base64: string) => new TextDecoder().decode(Uint8Array.fromBase64(base64));

/** iFlytek's v2/tts. It knows the application `app`, and voices that do not begin with `no-`. */
export function xunfeiSpeech(manner: XunfeiSpeechManner = {}): SpeechSocketDialect {
  return {
    accept: accept("/v2/tts"),
    refusal,
    sound,
    connect: (io) => {
      let sampleRateHz = 0;
      const say = (more: unknown) => JSON.stringify({ code: 0, message: "success", sid: "s", data: more });
      const refuse = (code: number) => {
        io.send(JSON.stringify({ code, message: "No.", sid: "s", data: null }));
        io.close();
      };
      return {
        sampleRateHz: () => sampleRateHz,
        messages: {
          before: () => [say(null)],
          sound: (bytes) => say({ audio: bytes.toBase64(), ced: "3", status: 1 }),
          after: () => [say({ audio: "", ced: "9", status: 2 })],
        },
        take: (message) => {
          const { common, business, data, ...rest } = JSON.parse(String(message));
          const { vcn, auf, ...more } = business;
          if (vcn.startsWith("no-")) return refuse(10163);
          if (io.refused !== undefined) return refuse(CODES[io.refused]);
          const wanted = { aue: "raw", speed: 50, volume: 50, pitch: 50, tte: "UTF8", ...manner.asked };
          sampleRateHz = Number(/^audio\/L16;rate=(8000|16000)$/.exec(auf)?.[1]);
          const isRight = common.app_id === "app" && Object.keys(rest).length === 0 &&
            sampleRateHz > 0 && JSON.stringify(more) === JSON.stringify(wanted) && data.status === 2;
          const text = textOf(data.text);
          if (!isRight || NOTES.test(text)) return io.violation(String(message));
          if (new TextEncoder().encode(text).length >= 8_000) return refuse(10109);
          io.speak(text);
        },
      };
    },
  };
}

/** iFlytek's super-humanoid voices, which know the same. */
export function xunfeiSuperSpeech(manner: XunfeiSpeechManner = {}): SpeechSocketDialect {
  return {
    accept: accept("/v1/private/mcd9m97e6"),
    refusal,
    sound,
    connect: (io) => new SuperTalk(io, manner),
  };
}

class SuperTalk implements SpeechSocketTalk {
  readonly messages = {
    before: () => [this.#other()],
    sound: (bytes: Uint8Array) => {
      const count = this.#replySeq - this.#firstSeq;
      const piece = this.#piece(bytes, count === 0 ? 0 : 1);
      if (count === this.#manner.loses) return this.#other();
      if (this.#manner.swaps !== true || count % 2 === 1) return piece;
      const held = this.#held ?? this.#other();
      this.#held = piece;
      return held;
    },
    after: () => {
      const last = this.#piece(new Uint8Array(), 2);
      if (this.#manner.loses !== undefined) this.#closeSoon();
      return this.#held === undefined ? [last] : [last, this.#held];
    },
  };
  readonly #io: SpeechSocketIo;
  readonly #manner: XunfeiSpeechManner;
  readonly #firstSeq: number;
  #replySeq: number;
  #seq = 0;
  #status = -1;
  #bytes = 0;
  #chars = 0;
  #rateHz = 0;
  /** The piece that is overtaken. */
  #held: string | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(io: SpeechSocketIo, manner: XunfeiSpeechManner) {
    this.#io = io;
    this.#manner = manner;
    this.#firstSeq = this.#replySeq = manner.firstSeq ?? 0;
    this.#wait();
    void io.closed.then(() => clearTimeout(this.#idle));
  }

  sampleRateHz(): number {
    return this.#rateHz;
  }

  take(message: string | Uint8Array): void {
    this.#wait();
    const { header, parameter: { tts }, payload: { text } } = JSON.parse(String(message));
    const { vcn, audio, ...more } = tts;
    if (vcn.startsWith("no-")) return this.#refuse(10163);
    const { refused } = this.#io;
    if (refused !== undefined) return this.#refuse(CODES[refused]);
    const slip = this.#slip({ header, audio, more, text });
    if (slip !== undefined) return this.#io.violation(slip);
    this.#status = text.status;
    this.#rateHz = audio.sample_rate;
    const words = textOf(text.text);
    this.#bytes += new TextEncoder().encode(words).length;
    if (this.#bytes > 65_536) return this.#refuse(10222);
    // A blank that ends the text is none of it.
    if (this.#status !== 2 || words !== " ") {
      this.#chars += words.length;
      this.#io.hold(words);
    }
    // It begins with the 11th character, or at the end.
    if (this.#chars > 10) this.#io.release();
    if (this.#status !== 2) return;
    clearTimeout(this.#idle);
    this.#io.finish();
  }

  #slip({ header, audio, more, text }: {
    readonly header: Readonly<Record<string, unknown>>;
    readonly audio: Readonly<Record<string, unknown>>;
    readonly more: unknown;
    readonly text: Readonly<Record<string, unknown>>;
  }): string | undefined {
    const { status, seq, text: words, ...form } = text;
    if (header["app_id"] !== "app" || header["status"] !== status) return "another application or status";
    if (seq !== this.#seq++) return `the seq ${seq}`;
    const due = this.#status === -1 ? [0, 2] : this.#status === 2 ? [] : [1, 2];
    if (!due.includes(Number(status))) return `the status ${status} after ${this.#status}`;
    const { sample_rate, ...sound } = audio;
    if (![8_000, 16_000, 24_000].includes(Number(sample_rate))) return `the rate ${sample_rate}`;
    const asIs = (value: unknown, wanted: unknown) => JSON.stringify(value) === JSON.stringify(wanted);
    if (!asIs(sound, { encoding: "raw", channels: 1, bit_depth: 16 })) return "another format of sound";
    if (!asIs(form, { encoding: "utf8", compress: "raw", format: "plain" })) return "another format of text";
    if (!asIs(more, { speed: 50, volume: 50, pitch: 50, ...this.#manner.asked })) return "other settings";
    if (typeof words !== "string" || words === "") return "no text";
    return NOTES.test(textOf(words)) ? "a note to the voice" : undefined;
  }

  /** Nothing came for too long. */
  #wait(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#refuse(10200), this.#manner.idleMs ?? 10_000);
  }

  #piece(bytes: Uint8Array, status: number): string {
    const seq = this.#replySeq++;
    return this.#say({
      audio: { encoding: "raw", sample_rate: this.#rateHz, status, seq, audio: bytes.toBase64() },
    });
  }

  /** A message without sound. */
  #other(): string {
    return this.#say({ pybuf: { status: 0, seq: 0, text: "" } });
  }

  /** After what is being sent. */
  #closeSoon(): void {
    const timer = setTimeout(() => this.#io.close(), 20);
    void this.#io.closed.then(() => clearTimeout(timer));
  }

  #say(payload: unknown): string {
    return JSON.stringify({ header: { code: 0, message: "success", sid: "s", status: 1 }, payload });
  }

  #refuse(code: number): void {
    clearTimeout(this.#idle);
    this.#io.send(JSON.stringify({ header: { code, message: "No.", sid: "s" } }));
    this.#io.close();
  }
}
