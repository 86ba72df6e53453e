import { gunzipSync, gzipSync } from "node:zlib";
import type { Dialect, Dialogue, EmulatorIo, Renderer } from "./emulator.ts";
import type { RefusalKind } from "./script.ts";

/** What varies between the replies of the real service, all of which an adapter must take. */
export interface DoubaoManner {
  readonly gzip: boolean;
  /** The sign of the sequence in the last reply. */
  readonly lastSign: 1 | -1;
  /** Results as an object or as a list of one. */
  readonly list: boolean;
  /** Whether each reply repeats the sentences before it. */
  readonly cumulative: boolean;
  /** What answers the request: a result without words, or an acknowledgement without anything. */
  readonly greeting: "result" | "ack";
  /** How long it waits for a packet, in ms. */
  readonly idleMs?: number;
}

/** The last part of its URLs: each behaves differently. */
export const DOUBAO_PATHS = ["bigmodel", "bigmodel_async", "bigmodel_nostream"] as const;
/** One of them. */
export type DoubaoPath = typeof DOUBAO_PATHS[number];

/** How much sound `bigmodel_nostream` takes before it says anything, in ms. */
const NOSTREAM_MS = 15_000;
/** As captured: a frame that names JSON and is not packed. */
const IDLE_WORDS = `{"error":"[Timeout waiting next packet] ${".".repeat(0x99 - 42)}"}`;

const ERRORS: Record<RefusalKind, number> = {
  auth: 45000010,
  quota: 45000030,
  config: 45000001,
  bad_audio: 45000151,
  busy: 55000031,
};

/** Doubao v3; its key is `doubao-key`, its old ones `app` and `token`. */
export function doubao(manner: DoubaoManner): Dialect {
  return {
    accept({ headers, url }) {
      if (pathOf(url) === undefined) return { status: 404, body: "page not found" };
      const newKeys = headers["x-api-key"] === "doubao-key" && headers["x-api-sequence"] === "-1" &&
        headers["x-api-request-id"] !== undefined;
      const oldKeys = headers["x-api-app-key"] === "app" && headers["x-api-access-key"] === "token" &&
        headers["x-api-connect-id"] !== undefined;
      if (!newKeys && !oldKeys) {
        return { status: 401, body: '{"error":"load grant: requested grant not found in SaaS storage"}' };
      }
      if (
        /^volc\.(bigasr|seedasr)\.sauc\.(duration|concurrent)$/.test(String(headers["x-api-resource-id"]))
      ) {
        return undefined;
      }
      return { status: 403, body: "[resource_id=x] requested resource not granted" };
    },
    refusal(kind) {
      if (kind === "bad_audio") return undefined;
      return {
        auth: { status: 401, body: '{"header":{"code":45000010,"message":"load grant: no"}}' },
        quota: { status: 403, body: "[resource_id=volc.x] requested resource not granted" },
        config: { status: 400, body: '{"error":"bad request"}' },
        busy: { status: 429, body: '{"code":45000292,"message":"quota exceeded for types: concurrency"}' },
      }[kind];
    },
    connect: (io, { url }) => new DoubaoDialogue(io, { manner, path: pathOf(url) ?? "bigmodel" }),
  };
}

function pathOf(url: string | undefined): DoubaoPath | undefined {
  return DOUBAO_PATHS.find((path) => url === `/api/v3/sauc/${path}`);
}

class DoubaoDialogue implements Dialogue, Renderer {
  readonly #io: EmulatorIo;
  readonly #manner: DoubaoManner;
  readonly #path: DoubaoPath;
  #format = "";
  #showsUtterances = false;
  #sequence = 1;
  #ended = false;
  #oggBytes = 0;
  readonly #complete: Record<string, unknown>[] = [];
  /** What `bigmodel_nostream` keeps to itself. */
  #kept: Record<string, unknown>[] = [];
  #last: unknown = { text: "" };
  #saidAnything = false;
  #dead = false;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(io: EmulatorIo, { manner, path }: { manner: DoubaoManner; path: DoubaoPath }) {
    this.#io = io;
    this.#manner = manner;
    this.#path = path;
    this.#wait();
  }

  gone(): void {
    clearTimeout(this.#idle);
  }

  text(): void {
    this.#io.violation("a text frame");
  }

  binary(frame: Uint8Array): void {
    if (this.#dead) return;
    this.#wait();
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    if (frame[0] !== 0x11 || frame[3] !== 0) return this.#io.violation("a broken header");
    const [type, flags] = [(frame[1] ?? 0) >> 4, (frame[1] ?? 0) & 0xf];
    const at = (flags & 1) !== 0 ? 8 : 4;
    if (view.getUint32(at) !== frame.length - at - 4) {
      return this.#io.violation("a size that is not the payload's");
    }
    const packed = frame.subarray(at + 4);
    const payload = ((frame[2] ?? 0) & 0xf) === 1 ? new Uint8Array(gunzipSync(packed)) : packed;
    if (this.#ended) return this.#io.violation("a frame after the last one");
    if (this.#format === "") {
      if (type !== 1 || (frame[2] ?? 0) >> 4 !== 1) return this.#io.violation("sound before the request");
      return this.#begin(JSON.parse(new TextDecoder().decode(payload)));
    }
    if (type !== 2) return this.#io.violation(`a frame of type ${type}`);
    this.#hear(payload, (flags & 2) !== 0);
  }

  #begin({ user, audio, request }: Record<string, Record<string, unknown>>): void {
    const known = { pcm: "raw", ogg: "opus" };
    this.#format = String(audio?.format);
    if (user?.uid === undefined) this.#io.violation("no user.uid");
    if (known[this.#format as keyof typeof known] !== audio?.codec) {
      this.#io.violation("format and codec differ");
    }
    if (audio?.rate !== 16_000 || audio?.bits !== 16 || audio?.channel !== 1) {
      this.#io.violation("another sound");
    }
    this.#showsUtterances = request?.show_utterances === true;
    if (request?.model_name !== "bigmodel") this.#io.violation("no model_name");
    if (Number(request?.end_window_size ?? 800) < 200) this.#io.violation("end_window_size below 200");
    if (!this.#io.performer.start()) return;
    if (this.#manner.greeting === "ack") {
      this.#io.send(Uint8Array.of(0x11, 0xb1, 0x00, 0, 0, 0, 0, 1, 0, 0, 0, 0));
    } else this.#reply({ result: { text: "" } });
  }

  /** Nothing came for too long: the session is dead, and the socket stays open. */
  #wait(): void {
    clearTimeout(this.#idle);
    const { idleMs = 5_000 } = this.#manner;
    this.#idle = setTimeout(() => {
      if (this.#ended || this.#io.performer.broken) return;
      this.#dead = true;
      this.#error(45000081, IDLE_WORDS);
    }, idleMs);
  }

  #hear(sound: Uint8Array, last: boolean): void {
    this.#saidAnything = false;
    if (this.#format === "ogg") {
      if (
        this.#oggBytes === 0 && sound.length > 0 && new TextDecoder().decode(sound.subarray(0, 4)) !== "OggS"
      ) {
        return this.#io.violation("no Ogg");
      }
      // The head has two pages; then each page is 100 ms or more, or the rest.
      if (this.#oggBytes > 0 && sound.length > 40) this.#io.performer.audio(100);
      this.#oggBytes += sound.length;
    } else {
      if (sound.length % 2 !== 0 || sound.length > 6_400) {
        return this.#io.violation("more than 200 ms at once");
      }
      this.#io.performer.audio(sound.length / 32);
    }
    if (!last) return this.#answerPacket();
    this.#ended = true;
    if (this.#io.performer.heardMs === 0) return this.#error(45000002);
    this.#io.performer.finish();
  }

  /** But for `bigmodel_async`, each packet has its reply, whether there is news or not. */
  #answerPacket(): void {
    if (this.#path === "bigmodel_async" || this.#saidAnything || this.#io.performer.broken) return;
    if (this.#path === "bigmodel_nostream") {
      const known = this.#io.performer.heardMs > NOSTREAM_MS ? this.#kept.splice(0) : [];
      this.#complete.push(...known);
      return this.#reply({ result: { text: "", utterances: known } });
    }
    this.#reply({ result: this.#last });
  }

  partial(text: string, index: number): void {
    if (this.#path === "bigmodel_nostream" && this.#io.script.fault?.what !== "flood") return;
    this.#result({ text, start_time: index * 1_000, end_time: -1, definite: false });
  }

  final(text: string, index: number): void {
    const sentence = { text, start_time: index * 1_000, end_time: index * 1_000 + 900, definite: true };
    if (this.#path === "bigmodel_nostream") {
      this.#kept.push(sentence);
      return;
    }
    this.#result(sentence);
    this.#complete.push(sentence);
  }

  end(): void {
    this.#sequence++;
    const utterances = [...this.#manner.cumulative ? this.#complete : [], ...this.#kept];
    this.#reply({ result: { text: "", utterances } }, true);
    this.#io.close();
  }

  error(kind: RefusalKind): void {
    this.#error(ERRORS[kind]);
  }

  #result(sentence: Record<string, unknown>): void {
    const before = this.#manner.cumulative ? this.#complete : [];
    const result = { text: String(sentence.text), utterances: [...before, sentence] };
    this.#saidAnything = true;
    this.#last = this.#manner.list ? [result] : result;
    this.#reply({ audio_info: { duration: 0 }, result: this.#last });
  }

  #reply(value: unknown, last = false): void {
    // Sentences are told only to who asked for them.
    const shown = (key: string, part: unknown) =>
      key === "utterances" && !this.#showsUtterances ? undefined : part;
    const json = new TextEncoder().encode(JSON.stringify(value, shown));
    const payload = this.#manner.gzip ? gzipSync(json) : json;
    const frame = new Uint8Array(12 + payload.length);
    frame.set([0x11, last ? 0x93 : 0x91, this.#manner.gzip ? 0x11 : 0x10, 0]);
    const view = new DataView(frame.buffer);
    view.setInt32(4, last ? this.#manner.lastSign * this.#sequence : this.#sequence++);
    view.setUint32(8, payload.length);
    frame.set(payload, 12);
    this.#io.send(frame);
  }

  #error(code: number, text = '{"error":"no"}'): void {
    const words = new TextEncoder().encode(text);
    const frame = new Uint8Array(12 + words.length);
    frame.set([0x11, 0xf0, 0x10, 0]);
    new DataView(frame.buffer).setUint32(4, code);
    new DataView(frame.buffer).setUint32(8, words.length);
    frame.set(words, 12);
    this.#io.send(frame);
  }
}
