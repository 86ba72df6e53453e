import { doubaoSpeech, doubaoSpeechSocket } from "../../support/emulators/doubao_speech.ts";
import { doubaoSpeechHttp } from "../../support/emulators/doubao_speech_http.ts";
import type { DoubaoSpeechManner } from "../../support/emulators/doubao_speech_rules.ts";
import {
  doubaoV1SpeechHttp,
  type DoubaoV1SpeechManner,
  doubaoV1SpeechSocket,
} from "../../support/emulators/doubao_v1_speech.ts";
import type { TtsSubject } from "../tts_subjects.ts";

const NO_RATE = "its samples have no header that says their rate";
const NO_SUCH_ANSWER = "an answer to a handshake is no error of its own";
const AT_ONCE = "one object holds all of the sound, so none is there before the end";
const WHOLE_ANSWER: TtsSubject["skipped"] = {
  "back-pressure": AT_ONCE,
  "leaving the loop": AT_ONCE,
  "drops mid sound": AT_ONCE,
  "cancel mid sound": AT_ONCE,
};
const REFUSALS: TtsSubject["refusals"] = {
  auth: "tts.auth",
  quota: "tts.quota",
  throttled: "tts.throttled",
  voice: "tts.config",
  model: "tts.config",
  busy: "tts.throttled",
  text: "tts.bad_input",
};

/** The ways to ask for speech. */
export type DoubaoMode = "bidirectional" | "websocket" | "http" | "sse";

/** The voices of Doubao, v3. */
export function doubaoSpeechSubject(
  mode: DoubaoMode,
  settings: Readonly<Record<string, unknown>> = {},
  { manner = {}, console = "new" }: {
    readonly manner?: DoubaoSpeechManner;
    /** Where its keys are from. */
    readonly console?: "new" | "old";
  } = {},
): TtsSubject {
  const remote = {
    block: (origin: string) => ({
      type: "doubao",
      mode,
      url: `${origin.replace(/^ws/, "http")}/api/v3/tts`,
      ...(console === "old" && { appKey: "app" }),
      ...settings,
    }),
    secrets: console === "old" ? { accessToken: "token" } : { apiKey: "doubao-key" },
  };
  const isSocket = mode === "bidirectional" || mode === "websocket";
  return {
    name: `doubao ${mode}`,
    type: "doubao",
    ...(mode === "bidirectional" && { socket: { ...remote, dialect: () => doubaoSpeech(manner) } }),
    ...(mode === "websocket" && { socket: { ...remote, dialect: () => doubaoSpeechSocket(manner) } }),
    ...((mode === "http" || mode === "sse") &&
      { http: { ...remote, dialect: () => doubaoSpeechHttp(mode, manner) } }),
    refusals: REFUSALS,
    broken: "tts.unreachable",
    skipped: { "wrong rate": NO_RATE, ...(isSocket && { "error in a 200": NO_SUCH_ANSWER }) },
  };
}

/** The voices of Doubao, v1, or of a service that speaks like it. */
export function doubaoV1SpeechSubject(
  mode: "http" | "websocket",
  settings: Readonly<Record<string, unknown>> = {},
  manner: DoubaoV1SpeechManner = {},
): TtsSubject {
  const { server = "volcengine" } = manner;
  const remote = {
    block: (origin: string) => ({
      type: "doubaoV1",
      mode,
      url: `${origin.replace(/^ws/, "http")}${server === "302" ? "/doubao/tts_hd" : "/api/v1/tts"}`,
      ...(server === "302" ? { authorization: "Bearer" } : { appId: "v1-app" }),
      ...settings,
    }),
    secrets: { accessToken: "v1-token" },
  };
  return {
    name: `doubaoV1 ${mode}${server === "302" ? " 302.ai" : ""}`,
    type: "doubaoV1",
    ...(mode === "http" && { http: { ...remote, dialect: () => doubaoV1SpeechHttp(manner) } }),
    ...(mode === "websocket" && { socket: { ...remote, dialect: () => doubaoV1SpeechSocket(manner) } }),
    refusals: REFUSALS,
    broken: "tts.unreachable",
    skipped: {
      "wrong rate": NO_RATE,
      ...(mode === "http" ? WHOLE_ANSWER : { "error in a 200": NO_SUCH_ANSWER }),
    },
  };
}

/** Every way to ask Doubao for speech. */
export const DOUBAO_SUBJECTS: readonly TtsSubject[] = [
  doubaoSpeechSubject("bidirectional"),
  doubaoSpeechSubject("websocket", { resourceId: "seed-tts-1.0" }, {
    manner: { json: true },
    console: "old",
  }),
  doubaoSpeechSubject("http"),
  doubaoSpeechSubject("sse", {}, { console: "old" }),
  doubaoV1SpeechSubject("http"),
  doubaoV1SpeechSubject("http", {}, { server: "302" }),
  doubaoV1SpeechSubject("websocket", {}, { gzip: true }),
];
