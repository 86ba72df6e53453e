import { delay } from "@std/async";
import type { LlmBehavior } from "../../support/emulators/llm_behavior.ts";
import type { SpeechScript } from "../../support/emulators/speech_script.ts";
import { longTone } from "../../support/tones.ts";
import type { Caller } from "./caller.ts";

/** How long somebody speaks decides what the recognizer does, in ms; so much more is heard than was said. */
export const SPOKEN_MS = { words: 600, fails: 1_500, hangs: 2_400 } as const;

/** How a conversation ends for the device: it waits for `tts stop` and gets it, or it has gone. */
export type ConversationEnd = "stopped" | "gone";

/** A conversation with one thing that goes wrong. */
export interface ConversationKind {
  readonly name: string;
  /** What the language model does to its question. */
  readonly llm?: LlmBehavior;
  /** What the voice does to its answer. */
  readonly tts?: SpeechScript;
  /** Asks by speaking for so long; by default the question is typed. */
  readonly speaksMs?: number;
  /** What the device does once it has asked; by default it waits. */
  readonly act?: (caller: Caller) => Promise<ConversationEnd>;
  /** What it must have heard in the end: sound of an answer, what is wrong, or either. Default: either. */
  readonly hears?: "answer" | "fault";
}

const HTML = "<html><body>502</body></html>";
const SLOW: LlmBehavior = { firstTokenMs: 20_000 };
const LONG: SpeechScript = { soundOf: (_text, rate) => longTone(20, rate) };

const stays = (act: (caller: Caller) => unknown) => async (caller: Caller): Promise<ConversationEnd> => {
  await act(caller);
  return "stopped";
};
const goes = (act: (caller: Caller) => unknown) => async (caller: Caller): Promise<ConversationEnd> => {
  await act(caller);
  return "gone";
};
const inSpeech = (act: (caller: Caller) => unknown) => async (caller: Caller) => {
  await caller.frames(1);
  await act(caller);
};

const answered: ConversationKind = { name: "answered", hears: "answer" };

/** Every kind; a conversation that goes well comes between some that do not. */
export const CONVERSATIONS: readonly ConversationKind[] = [
  answered,
  { name: "spoken", speaksMs: SPOKEN_MS.words, hears: "answer" },
  { name: "recognizer fails", speaksMs: SPOKEN_MS.fails, hears: "fault" },
  { name: "recognizer hangs", speaksMs: SPOKEN_MS.hangs, hears: "fault" },
  { name: "llm auth", llm: { fault: { what: "refuse", kind: "auth" } }, hears: "fault" },
  { name: "llm throttled", llm: { fault: { what: "refuse", kind: "busy" } }, hears: "fault" },
  { name: "llm resets", llm: { fault: { what: "reset", at: "request" } }, hears: "fault" },
  { name: "llm silent", llm: { fault: { what: "hang", at: "headers" } }, hears: "fault" },
  answered,
  { name: "llm stalls", llm: { fault: { what: "hang", at: 1 } }, hears: "fault" },
  { name: "llm cut", llm: { fault: { what: "reset", at: 1 } }, hears: "fault" },
  {
    name: "llm mid error",
    llm: { fault: { what: "error", kind: "server", afterTokens: 1 } },
    hears: "fault",
  },
  { name: "llm nothing", llm: { answer: [] }, hears: "fault" },
  { name: "llm thinks", llm: { answer: ["<think>", "So", "</think>"] }, hears: "fault" },
  {
    name: "llm html",
    llm: { fault: { what: "answer", status: 200, body: HTML, type: "text/html" } },
    hears: "fault",
  },
  { name: "llm floods", llm: { answer: Array.from({ length: 8_000 }, () => "on and on ") } },
  answered,
  { name: "voice throttled", tts: { fault: { what: "refuse", kind: "throttled" } }, hears: "fault" },
  { name: "voice never begins", tts: { fault: { what: "hang", at: "first" } }, hears: "fault" },
  { name: "voice stalls", tts: { fault: { what: "hang", at: "mid" } }, hears: "fault" },
  { name: "voice gone before", tts: { fault: { what: "drop", at: "first" } }, hears: "fault" },
  { name: "voice gone amid", tts: { fault: { what: "drop", at: "mid" } }, hears: "fault" },
  { name: "voice html", tts: { fault: { what: "body", body: HTML, type: "text/html" } }, hears: "fault" },
  { name: "voice empty", tts: { fault: { what: "empty" } } },
  { name: "voice trickles", tts: { fault: { what: "trickle" } }, hears: "fault" },
  answered,
  { name: "abort in thinking", llm: SLOW, act: stays((caller) => caller.say({ type: "abort" })) },
  { name: "abort in speaking", tts: LONG, act: stays(inSpeech((caller) => caller.say({ type: "abort" }))) },
  { name: "gone in thinking", llm: SLOW, act: goes((caller) => caller.drop()) },
  { name: "gone in speaking", tts: LONG, act: goes(inSpeech((caller) => caller.drop())) },
  {
    name: "stalled in speaking",
    tts: LONG,
    act: goes(inSpeech(async (caller) => {
      caller.stall();
      await delay(200);
      caller.drop();
    })),
  },
  {
    name: "goodbye in speaking",
    tts: LONG,
    act: stays(inSpeech((caller) => caller.say({ type: "goodbye" }))),
  },
  {
    name: "listen start in speaking",
    tts: LONG,
    act: stays(inSpeech((caller) => caller.say({ type: "listen", state: "start", mode: "manual" }))),
  },
  { name: "hello in speaking", act: stays(inSpeech((caller) => caller.say({ type: "hello" }))) },
  { name: "typed over it", tts: LONG, act: stays(inSpeech((caller) => caller.ask("answered"))) },
  { name: "asked more in thinking", llm: SLOW, act: stays((caller) => caller.ask("answered")) },
  { name: "woken in speaking", tts: LONG, act: stays(inSpeech((caller) => caller.wake())) },
];

/** What the language model does to a question: it names its kind, after any that was withdrawn for it. */
export function behaviorOf(question: string): LlmBehavior {
  const kind = kindIn(question);
  // The answer names it as well, for the voice.
  return { answer: `Well, ${kind.name}.`, ...kind.llm };
}

/** What the voice does to a request. */
export function speechOf(body: string): SpeechScript {
  return kindIn(body).tts ?? {};
}

/** The kind that is named last. */
function kindIn(text: string): ConversationKind {
  let found: { readonly kind: ConversationKind; readonly at: number } = { kind: answered, at: -1 };
  for (const kind of CONVERSATIONS) {
    const at = text.lastIndexOf(kind.name);
    if (at > found.at) found = { kind, at };
  }
  return found.kind;
}
