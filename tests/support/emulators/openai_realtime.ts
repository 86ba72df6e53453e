import type { Dialect, Dialogue, EmulatorIo, OpeningRequest, Renderer } from "./emulator.ts";
import type { RefusalKind } from "./script.ts";

/** In what sessions differ. */
export interface OpenaiRealtimeManner {
  /** Whether each turn's words are held back until those of the next one are there. */
  readonly outOfOrder?: boolean;
  /** Whether it is to find the language out by itself; otherwise it must be told. */
  readonly findsLanguage?: boolean;
  /** How a turn fails instead of being transcribed. */
  readonly failing?: Readonly<Record<string, string>>;
  /** What is said after all that server_vad cuts by itself, and may be cleared away before it is a turn. */
  readonly late?: {
    readonly text: string;
    /** Whether server_vad says in time that somebody speaks. */
    readonly announced: boolean;
  };
}

const UNAUTHORIZED = {
  status: 401,
  body: JSON.stringify({
    error: { message: "Incorrect API key provided.", type: "invalid_request_error", code: "invalid_api_key" },
  }),
};

const FAULTS: Record<RefusalKind, Readonly<Record<string, string | null>>> = {
  auth: { type: "invalid_request_error", code: "invalid_api_key" },
  quota: { type: "insufficient_quota", code: "insufficient_quota" },
  config: { type: "invalid_request_error", code: "model_not_found" },
  bad_audio: { type: "invalid_request_error", code: "invalid_value", param: "audio" },
  busy: { type: "server_error", code: null },
};

/** 24 kHz, 16 bit. */
const BYTES_PER_MS = 48;
const MIN_COMMIT_MS = 100;

/** OpenAI's realtime transcription; its key is `openai-key`. */
export function openaiRealtime(manner: OpenaiRealtimeManner = {}): Dialect {
  return {
    accept: ({ headers }) => headers.authorization === "Bearer openai-key" ? undefined : UNAUTHORIZED,
    refusal: (kind) => kind === "auth" ? UNAUTHORIZED : undefined,
    connect: (io, request) => new RealtimeDialogue(io, { request, manner }),
  };
}

class RealtimeDialogue implements Dialogue, Renderer {
  readonly #io: EmulatorIo;
  readonly #manner: OpenaiRealtimeManner;
  /** Words that are held back. */
  #held: Readonly<Record<string, unknown>> | undefined;
  #cuts = false;
  #configured = false;
  #bufferMs = 0;
  /** The turn that is transcribed, by its sentence. */
  #turn: { readonly sentence: number; said: string } | undefined;
  #cleared = false;
  #items = 0;
  #completed = 0;
  #speaking = false;

  constructor(
    io: EmulatorIo,
    { request, manner }: { readonly request: OpeningRequest; readonly manner: OpenaiRealtimeManner },
  ) {
    this.#io = io;
    this.#manner = manner;
    queueMicrotask(() => this.#greet(request));
  }

  #greet({ url }: OpeningRequest): void {
    const { searchParams } = new URL(url, "ws://localhost");
    if (searchParams.get("intent") !== "transcription" || searchParams.has("model")) {
      return this.#io.violation(`the URL ${url}`);
    }
    this.#say("session.created", { session: { type: "transcription" } });
  }

  text(message: string): void {
    const { type, ...rest } = JSON.parse(message);
    if (type === "session.update") return this.#configure(rest.session);
    if (!this.#configured) return this.#io.violation(`${type} before the session was set up`);
    if (this.#cleared) return this.#io.violation(`${type} after the end`);
    switch (type) {
      case "input_audio_buffer.append":
        return this.#append(rest.audio);
      case "input_audio_buffer.commit":
        return this.#commit();
      case "input_audio_buffer.clear":
        return this.#clear();
      default:
        return this.#io.violation(`${type}, which is no event`);
    }
  }

  binary(): void {
    this.#io.violation("bytes");
  }

  #configure(
    session: Record<string, never> & { readonly audio?: { readonly input?: Record<string, unknown> } },
  ): void {
    const { format, transcription, turn_detection: detection } = session.audio?.input ?? {};
    const wrong = session.type !== "transcription" ||
      JSON.stringify(format) !== JSON.stringify({ type: "audio/pcm", rate: 24_000 }) ||
      !(this.#manner.findsLanguage ? /^{"model":"[^"]+"}$/ : /"model":"[^"]+","language":"[a-z]{2,3}"/)
        .test(JSON.stringify(transcription)) ||
      detection === undefined ||
      (detection !== null &&
        !/^{"type":"server_vad","threshold":[\d.]+,"prefix_padding_ms":\d+,"silence_duration_ms":\d+}$/
          .test(JSON.stringify(detection)));
    if (wrong || this.#configured) return this.#io.violation(`the settings ${JSON.stringify(session)}`);
    this.#configured = true;
    this.#cuts = detection !== null;
    if (this.#io.performer.start()) this.#say("session.updated", { session });
  }

  #append(audio: unknown): void {
    const sound = typeof audio === "string" ? Uint8Array.fromBase64(audio) : new Uint8Array();
    if (sound.length === 0 || sound.length % 2 !== 0) return this.#io.violation("no sound, or half a sample");
    this.#bufferMs += sound.length / BYTES_PER_MS;
    // With its own detector it hears at once, otherwise what was committed.
    if (this.#cuts) this.#io.performer.audio(sound.length / BYTES_PER_MS);
    const { late } = this.#manner;
    if (late?.announced !== true || this.#completed === 0 || this.#speaking) return;
    this.#speaking = true;
    this.#say("input_audio_buffer.speech_started", { item_id: id(this.#unused), audio_start_ms: 0 });
  }

  #commit(): void {
    if (!this.#cuts && this.#bufferMs < MIN_COMMIT_MS) {
      this.#io.violation("a commit of less than 100 ms");
    }
    if (this.#bufferMs < MIN_COMMIT_MS) {
      return this.#say("error", {
        error: {
          type: "invalid_request_error",
          code: "input_audio_buffer_commit_empty",
          message: "buffer too small",
        },
      });
    }
    const heardMs = this.#bufferMs;
    if (!this.#cuts) this.#io.performer.audio(heardMs);
    else if (this.#turn === undefined) this.#ownTurn();
    this.#bufferMs = 0;
  }

  /** A turn that the client has committed; it is empty where nobody spoke. */
  #ownTurn(): void {
    const sentence = this.#unused;
    this.#say("input_audio_buffer.committed", { item_id: id(sentence), previous_item_id: null });
    this.#turn = { sentence, said: "" };
    this.#items = sentence + 1;
    this.#complete(this.#manner.late?.text ?? "");
  }

  /** A turn that is no sentence of the script, not even one that is still to come. */
  get #unused(): number {
    return Math.max(this.#items, this.#io.script.sentences?.length ?? 0);
  }

  #clear(): void {
    this.#cleared = true;
    this.#bufferMs = 0;
    this.#io.performer.finish();
  }

  /** Words come once their turn was committed; a turn that nobody asked for was cut by the service. */
  partial(text: string, sentence: number): void {
    if (this.#turn?.sentence !== sentence) this.#begin(sentence);
    const turn = this.#turn;
    if (turn === undefined) return;
    const delta = text.startsWith(turn.said) ? text.slice(turn.said.length) : text;
    turn.said = text;
    this.#say("conversation.item.input_audio_transcription.delta", { item_id: id(sentence), delta });
  }

  final(text: string, sentence: number): void {
    if (this.#turn?.sentence !== sentence) this.#begin(sentence);
    const { failing } = this.#manner;
    if (failing !== undefined) {
      return this.#say("conversation.item.input_audio_transcription.failed", {
        item_id: id(sentence),
        error: failing,
      });
    }
    this.#complete(text);
  }

  end(): void {
    this.#release();
    this.#say("input_audio_buffer.cleared");
  }

  error(kind: RefusalKind): void {
    this.#say("error", { error: { message: "no", ...FAULTS[kind] } });
  }

  #begin(sentence: number): void {
    this.#turn = { sentence, said: "" };
    this.#items++;
    this.#bufferMs = 0;
    const item_id = id(sentence);
    if (this.#cuts) {
      this.#say("input_audio_buffer.speech_started", { item_id, audio_start_ms: 0 });
      this.#say("input_audio_buffer.speech_stopped", { item_id, audio_end_ms: this.#io.performer.heardMs });
    }
    this.#say("input_audio_buffer.committed", { item_id, previous_item_id: null });
  }

  #complete(transcript: string): void {
    const completed = { item_id: id(this.#turn?.sentence ?? 0), content_index: 0, transcript };
    this.#turn = undefined;
    this.#completed++;
    if (this.#manner.outOfOrder && this.#held === undefined) {
      this.#held = completed;
      return;
    }
    this.#say("conversation.item.input_audio_transcription.completed", completed);
    this.#release();
  }

  /** A turn is completed twice now and then. */
  #release(): void {
    if (this.#held === undefined) return;
    this.#say("conversation.item.input_audio_transcription.completed", this.#held);
    this.#say("conversation.item.input_audio_transcription.completed", this.#held);
    this.#held = undefined;
  }

  #say(type: string, more: Readonly<Record<string, unknown>> = {}): void {
    this.#io.send(JSON.stringify({ type, event_id: crypto.randomUUID(), ...more }));
  }
}

function id(sentence: number): string {
  return `item_${sentence}`;
}
