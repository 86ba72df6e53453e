import { errorFrame, isMap, readClientFrame, soundFrame } from "./doubao_speech_frames.ts";
import { isText } from "./doubao_speech_rules.ts";
import type { SpeechAnswer, SpeechDialect } from "./speech_emulator.ts";
import type { SocketAnswer, SpeechSocketDialect } from "./speech_socket_emulator.ts";
import type { SpeechRefusal } from "./speech_script.ts";

/** Which service of the kind it is, and what is odd about it. */
export interface DoubaoV1SpeechManner {
  /** 302.ai takes a key alone, at an address of its own. */
  readonly server?: "volcengine" | "302";
  /** Whether errors on a socket are packed. */
  readonly gzip?: boolean;
  /** What the request has to hold, beside what always is there. */
  readonly wants?: Readonly<Record<string, unknown>>;
}

const MAX_TEXT_BYTES = 1_024;

/** What it says of each fault: keys and voices share a code. */
const WORDS: Readonly<Record<SpeechRefusal, readonly [code: number, words: string]>> = {
  auth: [3001, "authenticate request: load grant: requested grant not found in SaaS storage"],
  quota: [3003, "quota exceeded for types: text_words_lifetime"],
  throttled: [3003, "quota exceeded for types: concurrency"],
  voice: [3050, "voice type not found"],
  model: [3001, "unknown cluster"],
  busy: [3005, "backend busy"],
  text: [3010, "text exceeds the limit"],
};
const EMPTY = [3011, "Init Engine Instance failed"] as const;

const message = (code: number, words: string) => ({
  reqid: "x",
  code,
  operation: "query",
  message: words,
  sequence: 0,
});

/** The voices of v1 over HTTP. */
export function doubaoV1SpeechHttp(manner: DoubaoV1SpeechManner = {}): SpeechDialect {
  const { server = "volcengine" } = manner;
  const seen = new Set<string>();
  let ends = true;
  return {
    answer: (request, { script, violation }) => {
      ends = script.fault?.what !== "endless";
      if (!isKnown(request.headers["authorization"], server)) return refusalOf("auth", server);
      const path = server === "302" ? "/doubao/tts_hd" : "/api/v1/tts";
      const body: unknown = JSON.parse(request.body);
      const slip = request.method === "POST" && request.url === path
        ? slipOf(body, { manner, seen, operation: "query" })
        : `${request.method} ${request.url}`;
      if (slip !== undefined || request.headers["content-type"] !== "application/json") {
        violation(slip ?? "no JSON");
        return { type: "refusal", status: 400, body: JSON.stringify(message(3001, "no")) };
      }
      return { type: "speech", text: textOf(body), contentType: "application/json" };
    },
    refusal: (kind) => refusalOf(kind, server),
    body: (pcm) => {
      if (pcm.length === 0) return bytesOf(message(...EMPTY));
      const data = new Uint8Array(pcm.buffer).toBase64();
      const whole = bytesOf({
        ...message(3000, "Success"),
        sequence: -1,
        data,
        addition: { duration: "360" },
      });
      // Without an end: an object within an object within an object.
      return ends ? whole : new TextEncoder().encode(`{"data":"${data}","more":`);
    },
  };
}

/** The voices of v1 over a WebSocket. */
export function doubaoV1SpeechSocket(manner: DoubaoV1SpeechManner = {}): SpeechSocketDialect {
  const seen = new Set<string>();
  let sounded = false;
  let sequence = 0;
  return {
    accept: (request, violation): SocketAnswer | undefined => {
      if (request.method !== "GET" || request.url !== "/api/v1/tts/ws_binary") {
        violation(`${request.method} ${request.url}`);
        return { status: 404 };
      }
      if (isKnown(request.headers["authorization"], "volcengine")) return undefined;
      return { status: 401, body: JSON.stringify(message(...WORDS.auth)) };
    },
    refusal: (kind) =>
      kind === "auth" ? { status: 401, body: JSON.stringify(message(...WORDS.auth)) } : undefined,
    connect: (io) => (sent) => {
      const frame = readClientFrame(sent);
      if (frame === undefined || frame.event !== undefined) return io.violation("a frame that is none");
      const slip = slipOf(frame.payload, { manner, seen, operation: "submit" });
      if (slip !== undefined) return io.violation(slip);
      if (io.refused !== undefined) {
        const [code, words] = WORDS[io.refused];
        return io.send(
          errorFrame(code, JSON.stringify(message(code, words)), { gzip: manner.gzip ?? false }),
        );
      }
      // An acknowledgement without anything.
      io.send(Uint8Array.of(0x11, 0xb0, 0x10, 0, 0, 0, 0, 0));
      sounded = false;
      io.speak(textOf(frame.payload));
    },
    sound: (spoken) => {
      sounded = true;
      return new Uint8Array(spoken().buffer);
    },
    messages: {
      before: () => [],
      sound: (bytes) => soundFrame(++sequence, bytes),
      after: () => [sounded ? soundFrame(-2, new Uint8Array()) : errorFrame(...EMPTY, { gzip: true })],
    },
  };
}

function isKnown(authorization: string | undefined, server: "volcengine" | "302"): boolean {
  return server === "302"
    ? authorization === "Bearer v1-token"
    : authorization === "Bearer;v1-token" || authorization === "Bearer; v1-token";
}

function textOf(body: unknown): string {
  return isMap(body) && isMap(body["request"]) ? String(body["request"]["text"]) : "";
}

function slipOf(body: unknown, { manner, seen, operation }: {
  readonly manner: DoubaoV1SpeechManner;
  readonly seen: Set<string>;
  readonly operation: "query" | "submit";
}): string | undefined {
  if (!isMap(body)) return "no request";
  const { app, user, audio, request } = body;
  if (!isMap(app) || !isMap(user) || !isMap(audio) || !isMap(request)) {
    return "a part of the request is missing";
  }
  if (manner.server !== "302" && app["appid"] !== "v1-app") return "another app";
  if (app["token"] !== "any" || !["volcano_tts", "volcano_icl"].includes(String(app["cluster"]))) {
    return "the token or the cluster";
  }
  if (typeof user["uid"] !== "string" || typeof audio["voice_type"] !== "string") {
    return "no uid or no voice_type";
  }
  if (audio["encoding"] !== "pcm" || ![8_000, 16_000, 24_000].includes(Number(audio["rate"]))) {
    return "the sound";
  }
  const id = String(request["reqid"]);
  if (!/^[\da-f-]{36}$/.test(id) || seen.has(id)) return "a reqid that is not fresh";
  seen.add(id);
  if (request["operation"] !== operation || request["text_type"] !== "plain") return "the operation";
  const { text } = request;
  if (!isText(text) || !/[\p{L}\p{N}]/u.test(text)) return "no text";
  if (new TextEncoder().encode(text).length > MAX_TEXT_BYTES) return "more than 1024 bytes";
  const known = { ...app, ...audio };
  const missing = Object.entries(manner.wants ?? {}).find(([name, value]) =>
    Reflect.get(known, name) !== value
  );
  return missing === undefined ? undefined : `another ${missing[0]}`;
}

/** 302.ai words what is its own as OpenAI does. */
function refusalOf(kind: SpeechRefusal, server: "volcengine" | "302"): SpeechAnswer {
  const answer = (status: number, value: unknown): SpeechAnswer => ({
    type: "refusal",
    status,
    body: JSON.stringify(value),
  });
  const [code, words] = WORDS[kind];
  if (server === "302" && kind === "auth") {
    return answer(401, { error: { message: "No.", type: "api_error", code: "invalid_api_key" } });
  }
  if (server === "302" && kind === "quota") {
    return answer(200, { error: { message: "No.", type: "api_error", code: "insufficient_quota" } });
  }
  return answer(kind === "auth" ? 401 : kind === "busy" ? 500 : 200, message(code, words));
}

function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
