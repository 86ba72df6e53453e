import type { Dialect, Dialogue, EmulatorIo, OpeningRequest, Renderer } from "./emulator.ts";
import type { RefusalKind } from "./script.ts";

const UNAUTHORIZED = { status: 401, body: '{"code":"InvalidApiKey","message":"Invalid API-key provided."}' };

const FAULTS: Record<RefusalKind, Readonly<Record<string, string>>> = {
  auth: { type: "invalid_request_error", code: "InvalidApiKey" },
  quota: { type: "invalid_request_error", code: "Arrearage" },
  config: { type: "invalid_request_error", code: "invalid_value", param: "session.model" },
  bad_audio: { type: "invalid_request_error", code: "UNSUPPORTED_FORMAT" },
  busy: { type: "server_error", code: "Throttling.RateQuota" },
};

/** Qwen3-ASR-Flash-Realtime; its key is `qwen-key`. */
export const qwenRealtime: Dialect = {
  accept: ({ headers }) => headers.authorization === "Bearer qwen-key" ? undefined : UNAUTHORIZED,
  refusal: (kind) => kind === "auth" ? UNAUTHORIZED : undefined,
  connect: (io, request) => new QwenDialogue(io, request),
};

class QwenDialogue implements Dialogue, Renderer {
  readonly #io: EmulatorIo;
  readonly #eventIds = new Set<string>();
  #format = "";
  #cuts = false;
  #finished = false;
  #pieces = 0;
  /** Sound that was neither heard nor committed, in ms. */
  #uncommittedMs = 0;

  constructor(io: EmulatorIo, { url }: OpeningRequest) {
    this.#io = io;
    queueMicrotask(() => {
      const model = new URL(url, "ws://localhost").searchParams.get("model");
      if (model !== "qwen3-asr-flash-realtime") return io.violation(`the URL ${url}`);
      this.#say("session.created", { session: { model } });
    });
  }

  text(message: string): void {
    const { type, event_id, ...rest } = JSON.parse(message);
    if (this.#finished) return this.#io.violation(`${type} after the end`);
    if (type !== "input_audio_buffer.append") {
      if (typeof event_id !== "string" || this.#eventIds.has(event_id)) {
        return this.#io.violation("no new event_id");
      }
      this.#eventIds.add(event_id);
    }
    if (type === "session.update") return this.#configure(rest.session);
    if (this.#format === "") return this.#io.violation(`${type} before the session was set up`);
    switch (type) {
      case "input_audio_buffer.append":
        return this.#append(rest.audio);
      case "input_audio_buffer.commit":
        return this.#commit();
      case "session.finish":
        return this.#finish();
      default:
        return this.#io.violation(`${type}, which is no event`);
    }
  }

  binary(): void {
    this.#io.violation("bytes");
  }

  #configure(session: Readonly<Record<string, unknown>>): void {
    const { modalities, input_audio_format, sample_rate, input_audio_transcription, turn_detection } =
      session;
    const wrong = JSON.stringify(modalities) !== '["text"]' ||
      !["pcm", "opus"].includes(String(input_audio_format)) || sample_rate !== 16_000 ||
      !/^{"language":"[a-z]{2,3}"}$/.test(JSON.stringify(input_audio_transcription)) ||
      turn_detection === undefined ||
      (turn_detection !== null &&
        !/^{"type":"server_vad","threshold":[\d.]+,"silence_duration_ms":\d+}$/.test(
          JSON.stringify(turn_detection),
        ));
    if (wrong || this.#format !== "") return this.#io.violation(`the settings ${JSON.stringify(session)}`);
    this.#format = String(input_audio_format);
    this.#cuts = turn_detection !== null;
    if (this.#io.performer.start()) this.#say("session.updated", { session });
  }

  #append(audio: unknown): void {
    const sound = typeof audio === "string" ? Uint8Array.fromBase64(audio) : new Uint8Array();
    if (sound.length === 0) return this.#io.violation("no sound");
    const opus = this.#format === "opus";
    if (opus && new TextDecoder().decode(sound.subarray(0, 4)) !== "OggS") {
      return this.#io.violation("no Ogg page");
    }
    if (!opus && sound.length % 2 !== 0) return this.#io.violation("half a sample");
    const ms = !opus ? sound.length / 32 : this.#pieces === 0 ? 0 : 60;
    this.#pieces++;
    if (this.#cuts) this.#io.performer.audio(ms);
    else this.#uncommittedMs += ms;
  }

  #commit(): void {
    if (this.#cuts) return this.#io.violation("a commit where the service cuts");
    if (this.#pieces === 0) return this.#io.violation("a commit of nothing");
    const heardMs = this.#uncommittedMs;
    this.#uncommittedMs = 0;
    this.#say("input_audio_buffer.committed", { item_id: "item_0" });
    this.#io.performer.audio(heardMs);
  }

  #finish(): void {
    if (this.#uncommittedMs > 0) return this.#io.violation("the end before a commit");
    this.#finished = true;
    this.#io.performer.finish();
  }

  /** Its last word may still change. */
  partial(text: string, sentence: number): void {
    const at = text.lastIndexOf(" ") + 1;
    this.#transcription("text", sentence, { text: text.slice(0, at), stash: text.slice(at) });
  }

  final(transcript: string, sentence: number): void {
    if (this.#cuts) {
      this.#say("input_audio_buffer.speech_stopped", { item_id: `item_${sentence}` });
      this.#say("input_audio_buffer.committed", { item_id: `item_${sentence}` });
    }
    this.#transcription("completed", sentence, { transcript, language: "en", emotion: "neutral" });
  }

  end(): void {
    this.#say("session.finished");
  }

  error(kind: RefusalKind): void {
    this.#say("error", { error: { message: "no", ...FAULTS[kind] } });
  }

  #transcription(what: string, sentence: number, more: Readonly<Record<string, unknown>>): void {
    this.#say(`conversation.item.input_audio_transcription.${what}`, {
      item_id: `item_${sentence}`,
      ...more,
    });
  }

  #say(type: string, more: Readonly<Record<string, unknown>> = {}): void {
    this.#io.send(JSON.stringify({ event_id: crypto.randomUUID(), type, ...more }));
  }
}
