import { createHmac } from "node:crypto";
import type { Dialect, Dialogue, EmulatorIo, OpeningRequest, Renderer } from "./emulator.ts";
import type { RefusalKind } from "./script.ts";

const CODES: Record<RefusalKind, number> = {
  auth: 4002,
  quota: 4004,
  config: 4001,
  bad_audio: 4007,
  busy: 4006,
};

/** Tencent; it lets everybody in and refuses afterward. It knows `secret-id` and `secret-key` of account 1250. */
export const tencent: Dialect = { connect: (io, request) => new TencentDialogue(io, request) };

class TencentDialogue implements Dialogue, Renderer {
  readonly #io: EmulatorIo;
  #greeted = false;
  #ended = false;

  constructor(io: EmulatorIo, request: OpeningRequest) {
    this.#io = io;
    queueMicrotask(() => this.#greet(request));
  }

  #greet(request: OpeningRequest): void {
    const url = new URL(request.url, `http://${request.headers.host}`);
    const query = [...url.searchParams].filter(([key]) => key !== "signature").sort(([a], [b]) =>
      a < b ? -1 : 1
    );
    const signed = `${url.host}${url.pathname}?${query.map(([key, value]) => `${key}=${value}`).join("&")}`;
    const expected = createHmac("sha1", "secret-key").update(signed).digest("base64");
    const get = (key: string) => url.searchParams.get(key);
    const now = Date.now() / 1_000;
    const fresh = Math.abs(Number(get("timestamp")) - now) < 300 && Number(get("expired")) > now;
    if (get("signature") !== expected || get("secretid") !== "secret-id" || !fresh) {
      this.#io.violation("a signature that does not match");
      return this.error("auth");
    }
    if (
      !url.pathname.endsWith("/1250") || get("voice_format") !== "1" || (get("voice_id") ?? "").length < 16
    ) {
      this.#io.violation("parameters");
    }
    if (!/^\d+$/.test(get("nonce") ?? "") || get("engine_model_type") !== "16k_zh") {
      this.#io.violation("no nonce, or another engine");
    }
    // Without it there are no sentences.
    if (get("needvad") !== "1") this.#io.violation("needvad must be 1");
    if (!this.#io.performer.start()) return;
    this.#greeted = true;
    this.#reply({});
  }

  text(message: string): void {
    if (JSON.parse(message).type !== "end" || this.#ended) return this.#io.violation(`text ${message}`);
    this.#ended = true;
    this.#io.performer.finish();
  }

  binary(sound: Uint8Array): void {
    if (!this.#greeted) return this.#io.violation("sound before the service's first text");
    if (this.#ended || sound.length > 6_400 || sound.length % 2 !== 0) return this.#io.violation("sound");
    this.#io.performer.audio(sound.length / 32);
  }

  partial(text: string, index: number): void {
    this.#reply({ result: { slice_type: 1, index, start_time: 0, end_time: 100, voice_text_str: text } });
  }

  final(text: string, index: number): void {
    this.#reply({ result: { slice_type: 2, index, start_time: 0, end_time: 900, voice_text_str: text } });
  }

  end(): void {
    this.#reply({ final: 1 });
    this.#io.close();
  }

  error(kind: RefusalKind): void {
    this.#io.send(JSON.stringify({ code: CODES[kind], message: "no", voice_id: "x" }));
    this.#io.close();
  }

  #reply(more: Record<string, unknown>): void {
    this.#io.send(JSON.stringify({ code: 0, message: "success", voice_id: "x", ...more }));
  }
}
