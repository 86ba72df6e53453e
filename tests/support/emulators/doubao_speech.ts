import { errorFrame, isMap, readClientFrame, serverEvent } from "./doubao_speech_frames.ts";
import {
  DOUBAO_WORDS,
  doubaoAccess,
  doubaoSlip,
  type DoubaoSpeechManner,
  doubaoStatus,
  isText,
} from "./doubao_speech_rules.ts";
import type { SpeechSocketDialect, SpeechSocketIo } from "./speech_socket_emulator.ts";
import type { SpeechRefusal } from "./speech_script.ts";

/** The voices over a WebSocket that takes a text in parts. */
export function doubaoSpeech(manner: DoubaoSpeechManner = {}): SpeechSocketDialect {
  const seen = new Set<string>();
  let last = "";
  const say = (event: number, payload: unknown, id?: string) =>
    serverEvent({ event, payload, ...(id !== undefined && { id }), gzip: manner.gzip ?? false });
  return {
    accept: (request, violation) => {
      if (request.method === "GET" && request.url === "/api/v3/tts/bidirection") return doubaoAccess(request);
      violation(`${request.method} ${request.url}`);
      return { status: 404 };
    },
    refusal: doubaoStatus,
    connect: (io) =>
      dialogue(io, {
        manner,
        begin: (session) => {
          const isFresh = session !== "" && !seen.has(session);
          seen.add(last = session);
          return isFresh;
        },
      }),
    sound: (spoken) => new Uint8Array(spoken().buffer),
    messages: {
      before: () => [say(350, { text: "Hello" }, last)],
      sound: (payload) =>
        serverEvent({
          event: 352,
          id: last,
          payload,
          sound: true,
          gzip: manner.gzip ?? false,
          json: manner.json ?? false,
        }),
      after: () => [
        say(351, { text: "Hello", words: [] }, last),
        say(364, { words: [{ word: "Hello" }] }, last),
        say(154, { usage: { text_words: 5 } }, last),
        say(152, { status_code: 20000000, message: "ok", usage: {} }, last),
      ],
    },
  };
}

/** One connection: what it takes depends on what was before. */
function dialogue(io: SpeechSocketIo, { manner, begin }: {
  readonly manner: DoubaoSpeechManner;
  readonly begin: (session: string) => boolean;
}): (message: string | Uint8Array) => void {
  let stage: "new" | "connected" | "starting" | "session" | "finishing" | "over" = "new";
  let id = "";
  const say = (event: number, payload: unknown, of?: string) =>
    io.send(serverEvent({ event, payload, ...(of !== undefined && { id: of }), gzip: manner.gzip ?? false }));
  const fail = (kind: SpeechRefusal | undefined): boolean => {
    const [code, words] = DOUBAO_WORDS[kind ?? "auth"] ?? [];
    if (code === undefined) return false;
    stage = "over";
    if (kind === "model") io.send(errorFrame(code, JSON.stringify({ error: words }), { gzip: true }));
    else {say(
        kind === "busy" ? 51 : 153,
        { status_code: code, message: words },
        manner.bare ? undefined : id || "c1",
      );}
    return true;
  };
  return (message) => {
    const frame = readClientFrame(message);
    if (frame === undefined) return io.violation("a frame that is none");
    const { event, session, payload } = frame;
    if (event !== undefined) manner.noted?.events.push(event);
    if (stage === "over" && event !== 2) return;
    switch (event) {
      case 1:
        if (stage !== "new") return io.violation("a second connection");
        if (io.refused === "busy") return void fail("busy");
        stage = "connected";
        return say(50, {}, "c1");
      case 2:
        say(52, {}, "c1");
        return io.close();
      case 100: {
        if (stage !== "new" && stage !== "connected") return io.violation("a session within another");
        const slip = doubaoSlip(payload, { manner, hasText: false });
        const isNamed = payload["namespace"] === "BidirectionalTTS" && payload["event"] === 100;
        if (slip !== undefined || !isNamed) return io.violation(slip ?? "no namespace");
        if (!begin(id = session ?? "")) return io.violation("a session id that is not fresh");
        stage = "starting";
        if (io.refused === "voice" || io.refused === "model") return void fail(io.refused);
        // Whoever does not wait for it is found out.
        setTimeout(() => {
          stage = "session";
          say(150, {}, id);
        }, 1);
        return;
      }
      case 101:
        if (stage !== "session" || session !== id) return io.violation("nothing to be given up");
        stage = "over";
        if (manner.cancel === undefined) say(151, {}, id);
        if (manner.cancel === "finished") say(152, { status_code: 20000000, message: "ok" }, id);
        return;
      case 102:
        if (stage !== "session" || session !== id) return io.violation("nothing to be finished");
        stage = "finishing";
        return io.finish();
      case 200: {
        if (stage !== "session" || session !== id) return io.violation(`text while it is ${stage}`);
        const params = payload["req_params"];
        if (
          payload["event"] !== 200 || !isMap(params) || !isText(params["text"]) ||
          Object.keys(params).length > 1
        ) {
          return io.violation("a part that is none");
        }
        if (fail(io.refused)) return;
        manner.noted?.parts.push(params["text"]);
        io.part(params["text"]);
        return end();
      }
      default:
        return io.violation(`the event ${event}`);
    }
  };

  /** It has enough of the session. */
  function end(): void {
    if (manner.ends === undefined) return;
    stage = "over";
    if (manner.ends === "finished") io.finish();
    if (manner.ends === "closed") io.close(1000, `non-exist session: ${id}`);
    if (manner.ends === "failed") say(153, { status_code: 55000000, message: "server error" }, id);
  }
}

/** The voices over a WebSocket that takes a text at once. */
export function doubaoSpeechSocket(manner: DoubaoSpeechManner = {}): SpeechSocketDialect {
  const { messages, sound } = doubaoSpeech(manner);
  return {
    sound,
    messages,
    accept: (request, violation) => {
      if (request.method === "GET" && request.url === "/api/v3/tts/unidirectional/stream") {
        return doubaoAccess(request);
      }
      violation(`${request.method} ${request.url}`);
      return { status: 404 };
    },
    refusal: doubaoStatus,
    connect: (io) => (message) => {
      const frame = readClientFrame(message);
      if (frame === undefined) return io.violation("a frame that is none");
      if (frame.event === 2) {
        io.send(serverEvent({ event: 52, id: "c1", payload: {} }));
        return io.close();
      }
      const slip = doubaoSlip(frame.payload, { manner, hasText: true });
      if (frame.event !== undefined || slip !== undefined) {
        return io.violation(slip ?? `the event ${frame.event}`);
      }
      const [code, words = ""] = DOUBAO_WORDS[io.refused ?? "auth"] ?? [];
      if (code !== undefined) return io.send(errorFrame(code, words, { gzip: manner.gzip ?? false }));
      const params = frame.payload["req_params"];
      io.speak(isMap(params) ? String(params["text"]) : "");
    },
  };
}
