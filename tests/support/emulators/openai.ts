import { readPlainWav } from "../plain_wav.ts";
import type { Answer, AnswerIo, Dialect, PlainRequest, Renderer } from "./emulator.ts";
import type { Refusal } from "./dialect.ts";
import type { RefusalKind } from "./script.ts";

/** How a server words what went wrong. */
export type OpenaiErrors = "object" | "string" | "bare string" | "plain" | "numbered" | "detail" | "details";

/** In what servers differ. */
export interface OpenaiManner {
  /** Whether it is asked to stream, and does. */
  readonly sse?: boolean;
  /** Whether it answers in one piece all the same. */
  readonly ignoresStream?: boolean;
  /** Whether the last event repeats the words; otherwise it is empty. */
  readonly emptyDone?: boolean;
  /** Default: `object`. */
  readonly errors?: OpenaiErrors;
  /** Needs no key. */
  readonly open?: boolean;
  /** Where it transcribes. */
  readonly path?: string;
  /** Fields besides file, model, response_format and language that the test sends. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Whether it is to find the language out by itself; otherwise it must be told. */
  readonly findsLanguage?: boolean;
}

interface Fault {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly message: string;
}

const FAULTS: Record<RefusalKind, Fault> = {
  auth: {
    status: 401,
    type: "invalid_request_error",
    code: "invalid_api_key",
    message: "Incorrect API key.",
  },
  quota: { status: 429, type: "insufficient_quota", code: "insufficient_quota", message: "You exceeded it." },
  config: { status: 404, type: "invalid_request_error", code: "model_not_found", message: "No such model." },
  bad_audio: { status: 415, type: "invalid_request_error", code: null, message: "Cannot decode." },
  busy: { status: 503, type: "server_error", code: null, message: "Overloaded." },
};

/** A service that speaks as OpenAI's does; its key is `openai-key`. */
export function openai(manner: OpenaiManner = {}): Dialect {
  const { errors = "object", open = false } = manner;
  const refusal = (kind: RefusalKind) => worded(FAULTS[kind], errors);
  return {
    accept: ({ headers }) =>
      headers.authorization === (open ? undefined : "Bearer openai-key") ? undefined : refusal("auth"),
    refusal,
    request: (io, request) => new OpenaiAnswer(io, { request, manner }),
  };
}

function worded({ status, type, code, message }: Fault, errors: OpenaiErrors): Refusal {
  const bodies: Record<OpenaiErrors, string> = {
    object: JSON.stringify({ error: { message, type, param: null, code } }),
    string: JSON.stringify({ error: message }),
    "bare string": JSON.stringify(message),
    plain: message,
    numbered: JSON.stringify({ code: status, message, data: null }),
    detail: JSON.stringify({ detail: message }),
    details: JSON.stringify({ detail: [{ loc: ["body"], msg: message, type: "value_error" }] }),
  };
  return { status, body: bodies[errors] };
}

class OpenaiAnswer implements Answer, Renderer {
  readonly #io: AnswerIo;
  readonly #request: PlainRequest;
  readonly #manner: OpenaiManner;
  readonly #finals: string[] = [];
  #sentence = "";
  #streams = false;

  constructor(
    io: AnswerIo,
    { request, manner }: { readonly request: PlainRequest; readonly manner: OpenaiManner },
  ) {
    this.#io = io;
    this.#request = request;
    this.#manner = manner;
  }

  begin(): void {
    void this.#check().then((soundMs) => this.#perform(soundMs));
  }

  #perform(soundMs: number | undefined): void {
    if (soundMs === undefined || !this.#io.performer.start()) return;
    this.#io.performer.audio(soundMs);
    this.#io.performer.finish();
  }

  /** How long the sound is, in ms. */
  async #check(): Promise<number | undefined> {
    const { method, url, headers, form } = this.#request;
    const { path = "/v1/audio/transcriptions", sse = false, ignoresStream = false, fields = {} } =
      this.#manner;
    const { findsLanguage = false } = this.#manner;
    const wrong = (what: string): undefined => void this.#io.violation(what);
    if (method !== "POST" || url !== path) return wrong(`${method} ${url}`);
    if (headers["content-length"] === undefined) return wrong("no content-length");
    if (form === undefined) return wrong("no form");
    const { file, model, response_format: format, language, stream, ...more } = Object.fromEntries(form);
    if (model === undefined || format !== "json" && format !== "verbose_json") {
      return wrong("model or format");
    }
    if (findsLanguage ? language !== undefined : !/^[a-z]{2,3}$/.test(String(language))) {
      return wrong(`language ${language}`);
    }
    if (stream !== (sse ? "true" : undefined)) return wrong(`stream ${stream}`);
    if (JSON.stringify(more) !== JSON.stringify(fields)) return wrong(`fields ${JSON.stringify(more)}`);
    if (!(file instanceof File) || !file.name.endsWith(".wav") || file.type !== "audio/wav") {
      return wrong("no file that is named and typed as WAV");
    }
    this.#streams = sse && !ignoresStream;
    const bytes = new Uint8Array(await file.arrayBuffer());
    const { channels, sampleRateHz, samples } = readPlainWav(bytes);
    if (channels !== 1 || sampleRateHz !== 16_000 || bytes.length !== 44 + samples.length * 2) {
      return wrong(`a WAV of ${channels} x ${sampleRateHz} Hz`);
    }
    if (samples.length < 1_600) return wrong("less than 100 ms");
    return samples.length / 16;
  }

  partial(text: string): void {
    this.#grow(text);
  }

  final(text: string): void {
    this.#grow(text);
    this.#finals.push(text);
    this.#sentence = "";
  }

  end(): void {
    const text = this.#finals.join(" ");
    if (!this.#streams) {
      return this.#io.answer(200, JSON.stringify({ text, usage: { type: "duration", seconds: 1 } }));
    }
    this.#event({ type: "transcript.text.done", text: this.#manner.emptyDone ? "" : text });
    this.#io.end();
  }

  error(kind: RefusalKind): void {
    const { errors = "object" } = this.#manner;
    const { status, body } = worded(FAULTS[kind], errors);
    this.#io.answer(status, body, errors === "plain" ? "text/plain" : "application/json");
  }

  /** What is new of the sentence, as a delta. */
  #grow(text: string): void {
    if (!this.#streams) return;
    const known = text.toLowerCase().startsWith(this.#sentence.toLowerCase()) ? this.#sentence.length : 0;
    const space = known === 0 && this.#finals.length > 0 ? " " : "";
    this.#sentence = text;
    this.#event({ type: "transcript.text.delta", delta: `${space}${text.slice(known)}` });
  }

  #event(event: Readonly<Record<string, unknown>>): void {
    this.#io.stream(`data: ${JSON.stringify(event)}\n\n`, "text/event-stream");
  }
}
