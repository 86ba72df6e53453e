import { createHmac } from "node:crypto";
import type { OpeningRequest, Refusal } from "./dialect.ts";
import type { Dialect, Dialogue, EmulatorIo, Renderer } from "./emulator.ts";
import type { RefusalKind } from "./script.ts";

const SECRET = "xunfei-secret";
const CODES: Record<RefusalKind, number> = {
  auth: 11200,
  quota: 11201,
  config: 10163,
  bad_audio: 10043,
  busy: 11202,
};

/** What varies. */
export interface XunfeiManner {
  /** How long it waits for sound, in ms. Default: 10 s. */
  readonly idleMs?: number;
  /** How long an utterance may be, in ms. Default: 60 s. */
  readonly longestMs?: number;
}

/** What is answered to a handshake that is not signed by the key `xunfei-key` and the secret `xunfei-secret`. */
export function xunfeiRefusal(request: OpeningRequest): Refusal | undefined {
  const url = new URL(request.url, `http://${request.headers["host"]}`);
  const [date = "", host] = [url.searchParams.get("date") ?? "", url.searchParams.get("host")];
  const refuse = (message: string) => ({ status: 403, body: JSON.stringify({ message }) });
  if (host !== request.headers["host"]) return refuse("HMAC signature cannot be verified: host");
  if (!(Math.abs(Date.parse(date) - Date.now()) < 300_000)) return refuse("clock skew");
  const signature = createHmac("sha256", SECRET)
    .update(`host: ${host}\ndate: ${date}\nGET ${url.pathname} HTTP/1.1`).digest("base64");
  const expected = `api_key="xunfei-key", algorithm="hmac-sha256", headers="host date request-line", ` +
    `signature="${signature}"`;
  if (atob(url.searchParams.get("authorization") ?? "") === expected) return undefined;
  return { status: 401, body: '{"message":"HMAC signature does not match"}' };
}

/** iFlytek, v2 or Spark; it knows the application `app`, the key `xunfei-key` and the secret `xunfei-secret`. */
export function xunfei(version: "v2" | "spark", manner: XunfeiManner = {}): Dialect {
  return {
    accept: xunfeiRefusal,
    refusal: (kind) =>
      kind === "auth" ? { status: 401, body: '{"message":"HMAC signature does not match"}' } : undefined,
    connect: (io) => new XunfeiDialogue(io, { version, manner }),
  };
}

/** The longest silence that can be asked for; with less the service ends the utterance after a sentence. */
const LONGEST_EOS_MS = 10_000;

function isAsked({ language, accent, dwa }: Readonly<Record<string, unknown>>): boolean {
  return typeof language === "string" && typeof accent === "string" && dwa === "wpgs";
}

interface Message {
  readonly status?: number;
  readonly audio?: string;
  readonly first: boolean;
}

class XunfeiDialogue implements Dialogue, Renderer {
  readonly #io: EmulatorIo;
  readonly #version: "v2" | "spark";
  #status = -1;
  #seq = 0;
  #sn = 0;
  /** The piece that holds the open sentence. */
  #openSn: number | undefined;
  #endsAtPause = false;
  #over = false;
  readonly #manner: XunfeiManner;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(
    io: EmulatorIo,
    { version, manner }: { readonly version: "v2" | "spark"; readonly manner: XunfeiManner },
  ) {
    this.#io = io;
    this.#version = version;
    this.#manner = manner;
    this.#wait();
  }

  gone(): void {
    clearTimeout(this.#idle);
  }

  /** Nothing came for too long. */
  #wait(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (!this.#over && this.#status !== 2 && !this.#io.performer.broken) this.#refuse(10200);
    }, this.#manner.idleMs ?? 10_000);
  }

  binary(): void {
    this.#io.violation("a binary frame");
  }

  text(text: string): void {
    if (this.#over) return; // it was on its way when the service ended the utterance
    this.#wait();
    const { status, audio = "", first } = this.#version === "v2" ? this.#v2(text) : this.#spark(text);
    const expected = this.#status === -1 ? [0] : [1, 2];
    if (status === undefined || !expected.includes(status) || this.#status === 2) {
      return this.#io.violation(`status ${status} after ${this.#status}`);
    }
    if (first !== (status === 0)) this.#io.violation("parameters belong to the first message alone");
    this.#status = status;
    if (status === 0 && !this.#io.performer.start()) return;
    const bytes = Uint8Array.from(atob(audio), (char) => char.charCodeAt(0));
    if (bytes.length > 1_280 || bytes.length % 2 !== 0) this.#io.violation("more than 40 ms at once");
    if (bytes.length > 0) this.#io.performer.audio(bytes.length / 32);
    if (this.#io.performer.heardMs > (this.#manner.longestMs ?? 60_000)) return this.#refuse(10114);
    if (status === 2) this.#io.performer.finish();
  }

  #v2(text: string): Message {
    const { common, business, data } = JSON.parse(text);
    if (common !== undefined && common.app_id !== "app") this.#io.violation("another app_id");
    if (business !== undefined) this.#endsAtPause = business.eos < LONGEST_EOS_MS;
    if (business !== undefined && (business.domain !== "iat" || !isAsked(business))) {
      this.#io.violation("another domain, or no language, accent and wpgs");
    }
    if (data.status !== 2 && (data.format !== "audio/L16;rate=16000" || data.encoding !== "raw")) {
      this.#io.violation("another format");
    }
    return { status: data.status, audio: data.audio, first: common !== undefined && business !== undefined };
  }

  #spark(text: string): Message {
    const { header, parameter, payload: { audio } } = JSON.parse(text);
    if (header.app_id !== "app" || header.status !== audio.status) {
      this.#io.violation("header and audio differ");
    }
    if (audio.seq !== ++this.#seq) this.#io.violation(`seq ${audio.seq}`);
    const { encoding, sample_rate, channels, bit_depth } = audio;
    if (encoding !== "raw" || sample_rate !== 16_000 || channels !== 1 || bit_depth !== 16) {
      this.#io.violation("another format");
    }
    if (parameter !== undefined) this.#endsAtPause = parameter.iat.eos < LONGEST_EOS_MS;
    if (parameter !== undefined && (parameter.iat.domain !== "slm" || !isAsked(parameter.iat))) {
      this.#io.violation("another domain, or no language, accent and wpgs");
    }
    const wanted = '{"encoding":"utf8","compress":"raw","format":"json"}';
    if (parameter !== undefined && JSON.stringify(parameter.iat.result) !== wanted) {
      this.#io.violation("another kind of result");
    }
    return { status: audio.status, audio: audio.audio, first: parameter !== undefined };
  }

  partial(text: string, sentence: number): void {
    if (!this.#over) this.#piece(text, sentence);
  }

  final(text: string, sentence: number): void {
    if (this.#over) return;
    this.#piece(text, sentence);
    this.#openSn = undefined;
    if (this.#endsAtPause) this.end();
  }

  /** The open sentence is always replaced as a whole; the next one is appended. */
  #piece(text: string, sentence: number): void {
    const sn = ++this.#sn;
    const replaced = this.#openSn === undefined ? { pgs: "apd" } : { pgs: "rpl", rg: [this.#openSn, sn - 1] };
    this.#openSn = sn;
    const words = (sentence > 0 ? [" "] : []).concat(text.split(/(?<= )/));
    this.#reply(1, { sn, ls: false, ...replaced, ws: words.map((w) => ({ cw: [{ w, sc: 0 }] })) });
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#reply(2, { sn: ++this.#sn, ls: true, pgs: "apd", ws: [] });
    this.#io.close();
  }

  error(kind: RefusalKind): void {
    this.#refuse(CODES[kind]);
  }

  #refuse(code: number): void {
    this.#over = true;
    const message = "no";
    this.#io.send(
      JSON.stringify(
        this.#version === "v2" ? { code, message, sid: "x" } : { header: { code, message, sid: "x" } },
      ),
    );
    this.#io.close();
  }

  #reply(status: number, result: Record<string, unknown>): void {
    if (this.#version === "v2") {
      return this.#io.send(
        JSON.stringify({ code: 0, message: "success", sid: "x", data: { status, result } }),
      );
    }
    const text = btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(result))));
    this.#io.send(JSON.stringify({
      header: { code: 0, message: "success", sid: "x", status },
      payload: { result: { seq: this.#sn, status, text } },
    }));
  }
}
