import { gunzipSync, gzipSync } from "node:zlib";
import type { Dialect, Dialogue, EmulatorIo, Renderer } from "./emulator.ts";
import type { RefusalKind } from "./script.ts";

/** What varies between the replies of the real service. */
export interface DoubaoV2Manner {
  readonly gzip: boolean;
  /** Whether it refuses in a reply or in an error frame. */
  readonly refusesIn: "reply" | "error frame";
  /** The code of a refusal, where it is not the usual one. */
  readonly code?: number;
}

const CODES: Record<RefusalKind, number> = {
  auth: 1002,
  quota: 1004,
  config: 1001,
  bad_audio: 1012,
  busy: 1005,
};

/** Doubao v2; it takes the token `v2-token` of the app `v2-app` on the cluster `v2-cluster`. */
export function doubaoV2(manner: DoubaoV2Manner): Dialect {
  return {
    accept: ({ headers }) =>
      headers.authorization === "Bearer; v2-token"
        ? undefined
        : { status: 401, body: '{"code":1002,"message":"no"}' },
    connect: (io) => new DoubaoV2Dialogue(io, manner),
  };
}

class DoubaoV2Dialogue implements Dialogue, Renderer {
  readonly #io: EmulatorIo;
  readonly #manner: DoubaoV2Manner;
  #reqid = "";
  #sequence = 1;
  #ended = false;
  #said: Record<string, unknown> = { text: "" };
  #saidAnything = false;

  constructor(io: EmulatorIo, manner: DoubaoV2Manner) {
    this.#io = io;
    this.#manner = manner;
  }

  text(): void {
    this.#io.violation("a text frame");
  }

  binary(frame: Uint8Array): void {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    if (frame[0] !== 0x11 || frame[3] !== 0) return this.#io.violation("a broken header");
    const [type, flags] = [(frame[1] ?? 0) >> 4, (frame[1] ?? 0) & 0xf];
    if ((flags & 1) !== 0) return this.#io.violation("a sequence: this version knows none");
    if (view.getUint32(4) !== frame.length - 8) return this.#io.violation("a size that is not the payload's");
    if (this.#ended) return this.#io.violation("a frame after the last one");
    const packed = frame.subarray(8);
    const payload = ((frame[2] ?? 0) & 0xf) === 1 ? new Uint8Array(gunzipSync(packed)) : packed;
    if (this.#reqid === "") {
      if (type !== 1 || (frame[2] ?? 0) >> 4 !== 1) return this.#io.violation("sound before the request");
      return this.#begin(JSON.parse(new TextDecoder().decode(payload)));
    }
    if (type !== 2) return this.#io.violation(`a frame of type ${type}`);
    this.#hear(payload, (flags & 2) !== 0);
  }

  #begin({ app, user, request, audio }: Record<string, Record<string, unknown>>): void {
    this.#reqid = String(request?.reqid);
    if (app?.appid !== "v2-app" || app.cluster !== "v2-cluster" || app.token !== "v2-token") {
      this.#io.violation("another app");
    }
    if (user?.uid === undefined) this.#io.violation("no user.uid");
    if (request?.reqid === undefined || request.sequence !== 1) this.#io.violation("no reqid and sequence 1");
    if (request?.nbest !== 1 || request.show_utterances !== true || request.result_type !== "single") {
      this.#io.violation("another kind of result");
    }
    if (!/^audio_in,resample,partition,vad,fe,decode(,|$)/.test(String(request?.workflow))) {
      this.#io.violation("another workflow");
    }
    if (audio?.format !== "raw" || audio.rate !== 16_000 || audio.bits !== 16 || audio.channel !== 1) {
      this.#io.violation("another sound");
    }
    if (audio?.language !== "zh-CN") this.#io.violation("another language");
    if (!this.#io.performer.start()) return;
    this.#reply({});
  }

  /** Every packet has its reply, whether anything was heard or not. */
  #hear(sound: Uint8Array, last: boolean): void {
    if (sound.length % 2 !== 0 || sound.length > 6_400) return this.#io.violation("more than 200 ms at once");
    this.#saidAnything = false;
    this.#io.performer.audio(sound.length / 32);
    if (last) {
      this.#ended = true;
      return this.#io.performer.finish();
    }
    if (!this.#saidAnything && !this.#io.performer.broken) {
      this.#reply({ result: [this.#said] });
    }
  }

  partial(text: string, index: number): void {
    this.#result({ text, start_time: index * 1_000, end_time: index * 1_000 + 500, definite: false });
  }

  final(text: string, index: number): void {
    this.#result({ text, start_time: index * 1_000, end_time: index * 1_000 + 900, definite: true });
  }

  /** Without sound there are no words, which this version calls an error. */
  end(): void {
    if (this.#io.performer.heardMs === 0) this.#refuse(1013);
    else this.#reply({ sequence: -this.#sequence, result: [this.#said] });
    this.#io.close();
  }

  error(kind: RefusalKind): void {
    this.#refuse(this.#manner.code ?? CODES[kind]);
  }

  #result(utterance: Record<string, unknown>): void {
    this.#said = { text: utterance.text, utterances: [utterance] };
    this.#saidAnything = true;
    this.#reply({ result: [this.#said] });
  }

  #refuse(code: number): void {
    if (this.#manner.refusesIn === "reply") return this.#reply({ code, message: "no" });
    const words = new TextEncoder().encode('{"message":"no"}');
    const frame = new Uint8Array(12 + words.length);
    frame.set([0x11, 0xf0, 0x10, 0]);
    new DataView(frame.buffer).setUint32(4, code);
    new DataView(frame.buffer).setUint32(8, words.length);
    frame.set(words, 12);
    this.#io.send(frame);
  }

  #reply(value: Record<string, unknown>): void {
    const reply = {
      reqid: this.#reqid,
      code: 1000,
      message: "Success",
      sequence: this.#sequence++,
      ...value,
    };
    const json = new TextEncoder().encode(JSON.stringify(reply));
    const payload = this.#manner.gzip ? gzipSync(json) : json;
    const frame = new Uint8Array(8 + payload.length);
    frame.set([0x11, 0x90, this.#manner.gzip ? 0x11 : 0x10, 0]);
    new DataView(frame.buffer).setUint32(4, payload.length);
    frame.set(payload, 8);
    this.#io.send(frame);
  }
}
