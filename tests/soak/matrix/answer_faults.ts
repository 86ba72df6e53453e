import { delay } from "@std/async";
import { longTone } from "../../support/tones.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { until } from "../../support/until.ts";
import type { AnswerFault, AnswerOutcome } from "./answer_fault.ts";
import { DEVICE_HEADERS } from "./device_headers.ts";

const HTML = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>";
/** Longer than any test lasts: whoever waits for it gives it up. */
const NEVER_MS = 60_000;

const told = (...codes: Extract<AnswerOutcome, { type: "told" }>["codes"]): AnswerOutcome => ({
  type: "told",
  codes,
});
const ended = (...ends: Extract<AnswerOutcome, { type: "ended" }>["ends"]): AnswerOutcome => ({
  type: "ended",
  ends,
});
const ANSWERED: AnswerOutcome = { type: "answered" };
const CUT: AnswerOutcome = { type: "cut", sentence: "cutShort" };

/** What goes wrong at a language model. */
const LLM_FAULTS: readonly AnswerFault[] = [
  {
    name: "llm refuses connections",
    llm: {},
    strike: ({ services }) => services.llm.down(),
    mend: ({ services }) => services.llm.up(),
    outcome: told("llm.unreachable"),
  },
  {
    name: "llm 401",
    llm: { fault: { what: "refuse", kind: "auth" } },
    outcome: told("llm.auth"),
  },
  {
    name: "llm 429",
    llm: { fault: { what: "refuse", kind: "busy" } },
    outcome: told("llm.throttled"),
  },
  {
    name: "llm silent after headers",
    llm: { fault: { what: "hang", at: "headers" } },
    outcome: told("llm.timeout"),
  },
  {
    name: "llm stalls mid-answer",
    llm: (token) => ({ fault: { what: "hang", at: token } }),
    outcome: told("llm.timeout"),
  },
  {
    name: "llm cut mid-answer",
    llm: (token) => ({ fault: { what: "reset", at: token } }),
    outcome: told("llm.disconnected"),
  },
  {
    name: "llm error mid-answer",
    llm: (token) => ({ fault: { what: "error", kind: "server", afterTokens: token } }),
    outcome: told("llm.failed", "llm.unavailable"),
  },
  { name: "llm says nothing", llm: { answer: [] }, outcome: told("llm.empty") },
  {
    name: "llm only thinks",
    llm: { answer: ["<think>", "They ask", " again.", "</think>", "\n\n"] },
    outcome: told("llm.empty"),
  },
  {
    name: "llm floods",
    llm: { answer: Array.from({ length: 20_000 }, () => "on and on ") },
    agent: { maxAnswerSeconds: 5 },
    outcome: CUT,
  },
  {
    name: "llm sends HTML",
    llm: { fault: { what: "answer", status: 200, body: HTML, type: "text/html" } },
    outcome: told("llm.protocol"),
  },
];

/** What goes wrong at a voice. */
const VOICE_FAULTS: readonly AnswerFault[] = [
  {
    name: "voice refuses connections",
    strike: ({ services }) => services.voice.down(),
    mend: ({ services }) => services.voice.up(),
    outcome: told("tts.unreachable"),
    // What is dropped is the sentence that plays.
    except: { speaking: told("tts.unreachable", "tts.disconnected") },
  },
  {
    name: "voice 429",
    tts: { fault: { what: "refuse", kind: "throttled" } },
    outcome: told("tts.throttled"),
  },
  {
    name: "voice never begins",
    tts: { fault: { what: "hang", at: "first" } },
    outcome: told("tts.timeout"),
  },
  {
    name: "voice stalls mid-piece",
    tts: { fault: { what: "hang", at: "mid" } },
    outcome: told("tts.timeout"),
  },
  {
    name: "voice says an error in 200",
    tts: {
      fault: {
        what: "body",
        body: JSON.stringify({ error: { message: "No.", type: "server_error", code: "overloaded" } }),
        type: "application/json",
      },
    },
    outcome: told("tts.failed", "tts.busy", "tts.unavailable", "tts.throttled"),
  },
  {
    name: "voice cut before sound",
    tts: { fault: { what: "drop", at: "first" } },
    outcome: told("tts.disconnected"),
  },
  {
    name: "voice cut mid-piece",
    tts: { fault: { what: "drop", at: "mid" } },
    outcome: told("tts.disconnected"),
  },
  {
    name: "voice sends HTML",
    tts: { fault: { what: "body", body: HTML, type: "text/html" } },
    outcome: told("tts.protocol"),
  },
  {
    name: "voice is silent",
    tts: { soundOf: (_text, rate) => new Int16Array(rate) },
    // The words are on the screen and the record; one sentence without sound is no fault of the whole.
    outcome: { type: "told", codes: ["tts.failed"], orAnswered: true },
    except: { speaking: ANSWERED },
  },
  {
    name: "voice at another rate",
    tts: { sampleRateHz: 8_000 },
    outcome: ANSWERED,
  },
  {
    name: "voice sends 60 s at once",
    tts: {
      soundOf: (_text, rate) => longTone(60, rate),
      cuts: [],
    },
    agent: { maxAnswerSeconds: 5 },
    outcome: CUT,
  },
  {
    name: "voice a byte a second",
    tts: { fault: { what: "trickle" } },
    outcome: told("tts.timeout"),
  },
  {
    name: "engine killed while it speaks",
    voice: "engine",
    strike: async ({ control }) => {
      await until(() => control.speaking, "a sentence that takes it a while");
      await delay(50);
      control.signal("SIGKILL");
    },
    // A sentence of which nothing was heard is asked for again, and may find the engine started anew.
    outcome: { type: "told", codes: ["engine.crashed", "engine.unavailable"], orAnswered: true },
  },
];

/** What a device does. */
const DEVICE_FAULTS: readonly AnswerFault[] = [
  {
    name: "abort",
    thinksMs: NEVER_MS,
    strike: ({ device }) => device.say({ type: "abort" }),
    outcome: { type: "given up", stops: true },
  },
  {
    name: "abort, twice",
    thinksMs: NEVER_MS,
    strike: ({ device }) => {
      device.say({ type: "abort" });
      device.say({ type: "abort" });
    },
    outcome: { type: "given up", stops: true },
  },
  {
    name: "drop",
    thinksMs: NEVER_MS,
    deaf: true,
    strike: ({ device }) => device.drop(),
    outcome: ended("device_left"),
  },
  {
    name: "stalled reader",
    thinksMs: NEVER_MS,
    deaf: true,
    strike: async ({ device }) => {
      device.stall();
      await delay(500);
      device.drop();
    },
    outcome: ended("device_left", "slow_reader"),
  },
  {
    name: "goodbye, twice",
    thinksMs: NEVER_MS,
    strike: ({ device }) => {
      device.say({ type: "goodbye" });
      device.say({ type: "goodbye" });
    },
    outcome: ended("goodbye"),
  },
  {
    // It has begun to listen by itself, and waits for no stop; one that plays is told to stop.
    name: "listen start",
    thinksMs: NEVER_MS,
    strike: ({ device }) => device.start("manual"),
    outcome: { type: "given up", stops: false },
    except: { speaking: { type: "given up", stops: true } },
  },
  {
    name: "new hello",
    strike: ({ device }) => device.say({ type: "hello" }),
    outcome: ANSWERED,
  },
  {
    name: "another of the same id",
    thinksMs: NEVER_MS,
    strike: async ({ gateway, stack }) => {
      stack.use(await HandDevice.greet(gateway, { headers: DEVICE_HEADERS }));
    },
    outcome: ended("replaced"),
  },
  {
    name: "gateway shuts down",
    thinksMs: NEVER_MS,
    strike: ({ gateway }) => void gateway.gateway.close(),
    outcome: ended("shutdown"),
  },
  {
    // What is under way is played to its end.
    name: "gateway drains",
    strike: ({ gateway }) => void gateway.gateway.drain(),
    outcome: ended("shutdown"),
  },
];

/** Every fault of an answer, but for those of the tools that it calls. */
export const ANSWER_FAULTS: readonly AnswerFault[] = [...LLM_FAULTS, ...VOICE_FAULTS, ...DEVICE_FAULTS];
