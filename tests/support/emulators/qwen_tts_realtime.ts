import { type Clock, systemClock } from "../../../lib/lifecycle/mod.ts";
import { SpeechConnections } from "./speech_connections.ts";
import type { SpeechSocketDialect, SpeechSocketIo } from "./speech_socket_emulator.ts";
import type { SpeechRefusal } from "./speech_script.ts";

const UNAUTHORIZED = { status: 401, body: '{"code":"InvalidApiKey","message":"Invalid API-key provided."}' };

/** How each refusal is worded: as Bailian does, or as OpenAI. */
const FAULTS: Record<SpeechRefusal, Readonly<Record<string, string>>> = {
  auth: { code: "InvalidApiKey" },
  quota: { code: "Arrearage" },
  throttled: { code: "Throttling.RateQuota" },
  voice: { type: "invalid_request_error", code: "invalid_value", param: "session.voice" },
  model: { code: "ModelNotFound" },
  busy: { type: "server_error", code: "InternalError" },
  text: { code: "DataInspectionFailed" },
};

/** What varies. */
export interface QwenTtsRealtimeManner {
  /** Who commits the text. Default: the service. */
  readonly mode?: "server_commit" | "commit";
  /** The time source of its patience. */
  readonly clock?: Clock;
  /** Notes the events that come. */
  readonly commands?: string[];
  /** The language of the text, as it is asked for. Default: English. */
  readonly languageType?: string;
  /** The text at which it says the fault of this event. */
  readonly fails?: { readonly at: string; readonly event: Readonly<Record<string, unknown>> };
}

/** Qwen-TTS-Realtime; its key is `qwen-key`. A session takes one text, and is over once it says so. */
export function qwenTtsRealtime(manner: QwenTtsRealtimeManner = {}): SpeechSocketDialect {
  const connections = new SpeechConnections((io) => new QwenTtsSession(io, manner));
  return {
    accept: ({ url, headers }, violation) => {
      if (url !== "/api-ws/v1/realtime?model=qwen3-tts-flash-realtime") violation(`the URL ${url}`);
      return headers["authorization"] === "Bearer qwen-key" ? undefined : UNAUTHORIZED;
    },
    refusal: (kind) => kind === "auth" ? UNAUTHORIZED : undefined,
    connect: (io) => {
      const session = connections.add(io);
      return (message) => session.take(message);
    },
    sound: (spoken) => new Uint8Array(spoken().buffer),
    messages: {
      before: () => [said("response.created", { response: { status: "in_progress" } })],
      sound: (bytes) => said("response.audio.delta", { response_id: "1", delta: bytes.toBase64() }),
      after: (io) => connections.of(io).after(),
    },
  };
}

class QwenTtsSession {
  readonly #io: SpeechSocketIo;
  readonly #manner: QwenTtsRealtimeManner;
  readonly #ids = new Set<string>();
  #configured = false;
  #finished = false;
  #uncommitted = "";
  #cancelIdle = () => {};

  constructor(io: SpeechSocketIo, manner: QwenTtsRealtimeManner) {
    this.#io = io;
    this.#manner = manner;
    io.send(said("session.created", { session: { model: "qwen3-tts-flash-realtime" } }));
    io.closed.then(() => this.#cancelIdle());
  }

  take(message: string | Uint8Array): void {
    if (typeof message !== "string") return this.#io.violation("bytes");
    const { type, event_id, ...rest } = JSON.parse(message);
    this.#manner.commands?.push(type);
    if (typeof event_id !== "string" || this.#ids.has(event_id)) return this.#io.violation("no new event_id");
    this.#ids.add(event_id);
    if (type === "session.update") return this.#configure(rest.session);
    // Whoever gives up may do so at any time; what it has made by then still comes.
    if (type === "response.cancel") return this.#io.send(said("response.audio.delta", { delta: "AAAA" }));
    if (!this.#configured || this.#finished) return this.#io.violation(`${type} outside of the session`);
    switch (type) {
      case "input_text_buffer.append":
        return this.#append(rest.text);
      case "input_text_buffer.commit":
        return this.#commit();
      case "session.finish":
        return this.#finish();
      default:
        return this.#io.violation(`${type}, which is no event`);
    }
  }

  after(): readonly string[] {
    return [
      said("response.audio.done", {}),
      said("response.done", { response: { status: "completed", usage: { characters: 1 } } }),
      said("session.finished", {}),
    ];
  }

  get #commits(): boolean {
    return this.#manner.mode === "commit";
  }

  #configure(session: Readonly<Record<string, unknown>>): void {
    const { mode = "server_commit", languageType: language_type = "English" } = this.#manner;
    const wanted = { voice: "Cherry", mode, language_type, response_format: "pcm", sample_rate: 24_000 };
    if (this.#configured || JSON.stringify(session) !== JSON.stringify(wanted)) {
      return this.#io.violation(`the session ${JSON.stringify(session)}`);
    }
    this.#configured = true;
    const { refused } = this.#io;
    if (refused !== undefined) {
      this.#io.send(said("error", { error: { message: "no", ...FAULTS[refused] } }));
      return this.#io.close();
    }
    this.#io.send(said("session.updated", { session }));
    this.#wait();
  }

  #append(text: unknown): void {
    if (typeof text !== "string" || text === "" || text.length > 2_000) {
      return this.#io.violation("no text, or too much of it");
    }
    this.#wait();
    const { fails } = this.#manner;
    if (fails !== undefined && text === fails.at) return this.#io.send(said("error", fails.event));
    if (!this.#commits) return this.#io.part(text);
    this.#uncommitted += text;
    this.#io.hold(text);
  }

  #commit(): void {
    if (!this.#commits) return this.#io.violation("a commit where the service commits");
    if (!/[\p{L}\p{N}]/u.test(this.#uncommitted)) return this.#io.violation("a commit of nothing");
    this.#io.send(said("input_text_buffer.committed", { item_id: "1" }));
    this.#io.release();
    this.#uncommitted = "";
  }

  #finish(): void {
    if (/[\p{L}\p{N}]/u.test(this.#uncommitted)) return this.#io.violation("the end before a commit");
    this.#finished = true;
    this.#cancelIdle();
    this.#io.finish();
  }

  /** As Bailian's tasks. */
  #wait(): void {
    const { clock = systemClock } = this.#manner;
    this.#cancelIdle();
    this.#cancelIdle = clock.schedule(23_000, () => {
      this.#io.send(
        said("error", { error: { code: "CLIENT_ERROR", message: "request timeout after 23 seconds." } }),
      );
      this.#io.close();
    });
  }
}

function said(type: string, more: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ event_id: crypto.randomUUID(), type, ...more });
}
