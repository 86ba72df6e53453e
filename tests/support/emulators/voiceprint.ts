import { readPlainWav } from "../plain_wav.ts";
import type { EmulatorTls } from "./socket_emulator.ts";

/** The key that the service was started with. */
export const VOICEPRINT_KEY = "canary-7f1c";
/** The voices that are registered with it. */
export const VOICES = ["u-alice", "u-bob"] as const;

const PKI = new URL("../pki/", import.meta.url);

/** What the service does with a question. */
export type VoiceprintAct =
  | { readonly type: "say"; readonly speakerId: string | null; readonly score: number }
  | { readonly type: "status"; readonly status: number; readonly detail?: string }
  | { readonly type: "body"; readonly body: string }
  | { readonly type: "hang" | "drop" | "giant" };

/** A question that the service took. */
export interface VoiceprintQuestion {
  readonly speakerIds: readonly string[];
  /** The sound's samples, 16 kHz mono. */
  readonly samples: Float32Array;
}

/** The speaker-identification service of the xiaozhi servers; disposing fails when its rules were broken. */
export class VoiceprintEmulator implements AsyncDisposable {
  /** What it answers, now. */
  act: VoiceprintAct = { type: "say", speakerId: VOICES[0], score: 0.87 };
  /** How long it thinks, in ms. */
  delayMs = 0;
  readonly questions: VoiceprintQuestion[] = [];
  readonly violations: string[] = [];
  /** Where it listens, such as `http://localhost:1234`. */
  readonly origin: string;
  readonly #life = new AbortController();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(tls: EmulatorTls) {
    const name = tls === "self_signed" ? tls : "server";
    const read = (file: string) => Deno.readTextFileSync(new URL(file, PKI));
    this.#server = Deno.serve({
      hostname: "localhost",
      port: 0,
      onListen() {},
      signal: this.#life.signal,
      ...(tls && { cert: read(`${name}.pem`), key: read(`${name}.key`) }),
    }, (request) => this.#serve(request));
    this.origin = `http${tls ? "s" : ""}://localhost:${this.#server.addr.port}`;
  }

  static start({ tls = false }: { readonly tls?: EmulatorTls } = {}): VoiceprintEmulator {
    return new VoiceprintEmulator(tls);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort();
    await this.#server.finished;
    if (this.violations.length > 0) {
      throw new Error(`the service would not take: ${this.violations.join("; ")}`);
    }
  }

  async #serve(request: Request): Promise<Response> {
    const refusal = await this.#refusal(request);
    if (refusal !== undefined) return Response.json({ detail: refusal.detail }, { status: refusal.status });
    const { act } = this;
    await this.#think(act.type === "hang" ? Infinity : this.delayMs);
    return perform(act);
  }

  /** Takes so long, or until the service ends. */
  async #think(ms: number): Promise<void> {
    const { signal } = this.#life;
    if (ms === 0 || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = ms === Infinity ? undefined : setTimeout(resolve, ms);
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
  }

  /** What the real service would refuse; whatever is no test's intention is a violation too. */
  async #refusal(
    request: Request,
  ): Promise<{ readonly status: number; readonly detail: string } | undefined> {
    const broken = (status: number, detail: string) => {
      this.violations.push(detail);
      return { status, detail };
    };
    if (new URL(request.url).pathname !== "/voiceprint/identify") return { status: 404, detail: "Not Found" };
    if (request.method !== "POST") return broken(405, "Method Not Allowed");
    const authorization = request.headers.get("authorization") ?? "";
    const type = request.headers.get("content-type") ?? "";
    if (!authorization.startsWith("Bearer ")) return broken(403, "Not authenticated");
    if (authorization !== `Bearer ${VOICEPRINT_KEY}`) return { status: 401, detail: "无效的接口令牌" };
    if (!type.startsWith("multipart/form-data; boundary=")) return broken(422, `not a form but ${type}`);
    const form = await request.formData();
    const ids = form.get("speaker_ids");
    const file = form.get("file");
    if (typeof ids !== "string" || !(file instanceof File)) return broken(422, "a field is missing");
    if ([...form.keys()].length !== 2) return broken(422, "fields that nobody knows");
    if (file.name !== "audio.wav" || file.type !== "audio/wav") return broken(400, "只支持WAV格式音频文件");
    const speakerIds = ids.split(",");
    if (speakerIds.some((id) => id.trim() === "" || id !== id.trim())) {
      return broken(400, "候选说话人ID不能为空");
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    const view = new DataView(bytes.buffer);
    const { channels, sampleRateHz, samples } = readPlainWav(bytes);
    const bits = view.getUint16(34, true);
    const whole = view.getUint32(4, true) + 8 === bytes.length && bytes.length === 44 + samples.length * 2;
    if (channels !== 1 || sampleRateHz !== 16_000 || bits !== 16 || !whole) {
      return broken(400, `a WAV of ${channels} x ${sampleRateHz} Hz x ${bits} bit, whole: ${whole}`);
    }
    this.questions.push({ speakerIds, samples });
    return undefined;
  }
}

function perform(act: VoiceprintAct): Response {
  switch (act.type) {
    case "say":
      return Response.json({ speaker_id: act.speakerId, score: act.score });
    case "status":
      return Response.json({ detail: act.detail ?? "声纹识别失败" }, { status: act.status });
    case "body":
      return new Response(act.body);
    case "giant":
      return new Response("x".repeat(10 << 20));
    case "hang":
      return new Response(null, { status: 503 }); // the service ends
    case "drop":
      return new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
          pull: (controller) => controller.error("the connection breaks, as the test wants it"),
        }),
      );
  }
}
