import type { SpeechAnswer, SpeechDialect, SpeechRequest } from "./speech_emulator.ts";
import type { SpeechSocketDialect, SpeechSocketIo, SpeechSocketTalk } from "./speech_socket_emulator.ts";
import type { SpeechRefusal } from "./speech_script.ts";

/** What is odd about the service. */
export interface ElevenlabsManner {
  /** What the test asks for of the voice. Default: nothing. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** How long a WebSocket waits for text, in ms. Default: 20 s. */
  readonly idleMs?: number;
  /** Whether a WebSocket says what it refuses by its end alone. Default: by a message before it. */
  readonly refusesByClose?: boolean;
}

const KEY = "eleven-key";
const PATH = /^\/v1\/text-to-speech\/([\w-]+)\/(stream|stream-input)\?(.*)$/;
const FORMAT = /^pcm_(8000|16000|22050|24000|44100)$/;
/** How much text it waits for before it begins, unless it is told to. */
const FIRST_CHARS = 120;
/** What it reads as a tag, or as a note to the voice. */
const MARKUP = /<[a-z/]|\[[a-z]/i;

const REFUSALS: Readonly<Record<SpeechRefusal, readonly [status: number, name: string]>> = {
  auth: [401, "invalid_api_key"],
  quota: [401, "quota_exceeded"],
  throttled: [429, "too_many_concurrent_requests"],
  voice: [404, "voice_not_found"],
  model: [400, "model_not_found"],
  busy: [503, "service_unavailable"],
  text: [400, "max_character_limit_exceeded"],
};

/** How it says what it refuses, over HTTP. */
export function elevenlabsDetail(status: string): string {
  return JSON.stringify({ detail: { status, message: "No." } });
}

const refusal = (kind: SpeechRefusal) => {
  const [status, name] = REFUSALS[kind];
  return { type: "refusal", status, body: elevenlabsDetail(name) } as const;
};

/** The request's path and query, where they are right. */
function targetOf({ url }: { readonly url: string }) {
  const [, voice = "", kind = "", query = ""] = PATH.exec(url) ?? [];
  const { output_format: format = "", model_id: model, ...rest } = Object.fromEntries(
    new URLSearchParams(query),
  );
  const rateHz = Number(FORMAT.exec(format)?.[1]);
  return { voice, kind, model, rateHz, rest };
}

/** ElevenLabs over HTTP. It knows the key `eleven-key`, and voices and models that do not begin with `no-`. */
export function elevenlabsSpeech({ settings }: ElevenlabsManner = {}): SpeechDialect {
  return {
    refusal,
    answer: (request, { violation }) => {
      if (request.headers["xi-api-key"] !== KEY) return refusal("auth");
      if (request.method === "GET") return listOf(request);
      const { text, model_id, voice_settings, ...rest } = JSON.parse(request.body);
      const { voice, kind, model, rateHz, rest: query } = targetOf(request);
      const isRight = kind === "stream" && model === undefined && rateHz > 0 &&
        Object.keys(query).length === 0;
      const asIs = JSON.stringify(voice_settings) === JSON.stringify(settings) &&
        Object.keys(rest).length === 0;
      if (request.method !== "POST" || !isRight || !asIs || MARKUP.test(text)) {
        violation(`${request.method} ${request.url} ${request.body}`);
      }
      if (voice.startsWith("no-")) return refusal("voice");
      if (model_id.startsWith("no-")) return refusal("model");
      return { type: "speech", text, contentType: "application/octet-stream", sampleRateHz: rateHz };
    },
    body: (pcm) => new Uint8Array(pcm.buffer),
  };
}

function listOf({ url }: SpeechRequest): SpeechAnswer {
  return { type: "refusal", status: url === "/v1/voices" ? 200 : 404, body: JSON.stringify(VOICES) };
}

/** ElevenLabs over a WebSocket, which knows the same. */
export function elevenlabsSocket(manner: ElevenlabsManner = {}): SpeechSocketDialect {
  return {
    accept: (request, violation) => {
      if (request.headers["xi-api-key"] !== KEY) return refusal("auth");
      const { kind, model, rateHz, rest } = targetOf(request);
      if (kind === "stream-input" && model !== undefined && rateHz > 0 && Object.keys(rest).length === 0) {
        return undefined;
      }
      violation(`${request.method} ${request.url}`);
      return { status: 400 };
    },
    refusal: (kind) => kind === "auth" ? refusal("auth") : undefined,
    sound: (spoken) => new Uint8Array(spoken().buffer),
    connect: (io, request) => new Talk(io, { manner, ...targetOf(request) }),
  };
}

class Talk implements SpeechSocketTalk {
  readonly messages = {
    before: () => [],
    sound: (bytes: Uint8Array) =>
      JSON.stringify({ audio: bytes.toBase64(), isFinal: null, normalizedAlignment: null, alignment: null }),
    after: () => [JSON.stringify({ audio: null, isFinal: true })],
  };
  readonly sampleRateHz: () => number;
  readonly #io: SpeechSocketIo;
  readonly #manner: ElevenlabsManner;
  readonly #fault: string | undefined;
  #begun = false;
  #ended = false;
  /** What waits until there is enough of it. */
  #text = "";
  /** The blank at the end of the last message. */
  #blank = "";
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(
    io: SpeechSocketIo,
    { manner, voice, model = "", rateHz }: {
      readonly manner: ElevenlabsManner;
      readonly voice: string;
      readonly model: string | undefined;
      readonly rateHz: number;
    },
  ) {
    this.#io = io;
    this.#manner = manner;
    this.sampleRateHz = () => rateHz;
    const kind = voice.startsWith("no-") ? "voice" : model.startsWith("no-") ? "model" : io.refused;
    this.#fault = kind === undefined ? undefined : REFUSALS[kind][1];
    this.#wait();
    void io.closed.then(() => clearTimeout(this.#idle));
  }

  take(message: string | Uint8Array): void {
    this.#wait();
    const { text, voice_settings, flush, ...rest } = JSON.parse(String(message));
    if (typeof text !== "string" || Object.keys(rest).length > 0 || this.#ended) {
      return this.#io.violation(String(message));
    }
    if (!this.#begun) {
      this.#begun = true;
      const asIs = JSON.stringify(voice_settings) === JSON.stringify(this.#manner.settings);
      return text === " " && asIs ? undefined : this.#io.violation(`it begins with ${message}`);
    }
    if (this.#fault !== undefined) return this.#refuse(this.#fault);
    if (text === "") {
      this.#ended = true;
      clearTimeout(this.#idle);
      return this.#io.finish();
    }
    if (!/\S $/.test(text) || text.startsWith(" ")) {
      return this.#io.violation(`"${text}" ends with no single blank`);
    }
    const words = this.#blank + text.slice(0, -1);
    this.#text += words;
    this.#blank = " ";
    if (MARKUP.test(this.#text)) return this.#io.violation(`markup in ${this.#text}`);
    this.#io.hold(words);
    if (flush !== true && this.#text.length < FIRST_CHARS) return;
    this.#text = "";
    this.#io.release();
  }

  /** Nothing came for too long. */
  #wait(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#refuse("input_timeout_exceeded"), this.#manner.idleMs ?? 20_000);
  }

  #refuse(error: string): void {
    clearTimeout(this.#idle);
    if (this.#manner.refusesByClose !== true) {
      this.#io.send(JSON.stringify({ message: "No.", error, code: 1008 }));
    }
    this.#io.close(1008, "No.");
  }
}

const VOICES = {
  voices: [
    {
      voice_id: "JBFqnCBsd6RMkjVDRZzb",
      name: "George",
      category: "premade",
      labels: { accent: "british", gender: "male", language: "en" },
    },
    { voice_id: "mine", name: "Mine", labels: null },
    { voice_id: "bare" },
  ],
};
