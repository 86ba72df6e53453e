/**
 * A recognizer, a language model and a voice over real sockets, in a process of their own, each with a delay. What the
 * recognizer hears ends in a number, as `k17`; the model's sentences have the number of their question, so that every
 * request of a turn is known by it. For `log` it gives every request so far. Argument: a
 * {@linkcode ServiceManner} as JSON.
 */
import type { Answer, Dialect, Renderer } from "../../support/emulators/dialect.ts";
import { startChatCompletions } from "../../support/emulators/chat_completions.ts";
import { Emulator } from "../../support/emulators/emulator.ts";
import { openai } from "../../support/emulators/openai.ts";
import { openaiSpeech } from "../../support/emulators/openai_speech.ts";
import { SpeechEmulator } from "../../support/emulators/speech_emulator.ts";
import { serveMeasured } from "../../support/measured_server.ts";
import { wallOf } from "./wall.ts";

/** How slow the services are, and how much they say. */
export interface ServiceManner {
  readonly asrMs?: number;
  /** Until the first token. */
  readonly llmMs?: number;
  /** How long each further token takes, in ms. */
  readonly tokenMs?: number;
  /** Until the first sound. */
  readonly voiceMs?: number;
  /** Between the three parts in which sound comes. */
  readonly voiceChunkMs?: number;
  /** How many sentences an answer has. Default 3. */
  readonly sentences?: number;
  /** What the recognizer hears before the number. Default: `tell me of`. */
  readonly words?: string;
}

/** One request, on the clock of `wallMs`. */
export interface ServiceRequest {
  readonly service: "asr" | "llm" | "voice";
  /** The number of its turn. */
  readonly key: string;
  readonly beganMs: number;
  /** When the first token or sound, or the words went out. */
  readonly firstMs: number | undefined;
  /** When it had ended; `undefined` while it is open. */
  readonly endedMs: number | undefined;
  /** Whether the other side ended it. */
  readonly left: boolean;
}

/** What the services saw. */
export interface ServiceLog {
  readonly requests: readonly ServiceRequest[];
  /** What no service would take. */
  readonly violations: readonly string[];
  /** How late a timer of their process was: what is seen there, is seen so late. */
  readonly timerLateMs: readonly number[];
}

/** What it answers. */
export type ServiceAnswers = {
  readonly urls: { readonly asr: string; readonly llm: string; readonly voice: string };
  readonly log: ServiceLog;
};

const TIMER_MS = 20;

const KEY = /\bk\d+\b/g;
const keyOf = (text: string) => text.match(KEY)?.at(-1) ?? "";

/** What is answered to a question with that number: sentences of 2 s of sound each. */
function answerTo(question: string, sentences: number): string {
  const key = keyOf(question);
  return Array.from(
    { length: sentences },
    (_, index) => `Part ${index + 1} of what there is to say about ${key} is this and that.`,
  )
    .join(" ");
}

interface Mutable {
  readonly service: "asr";
  readonly key: string;
  readonly beganMs: number;
  firstMs: number | undefined;
  endedMs: number | undefined;
  readonly left: false;
}

/** A recognizer that numbers what it hears. */
function numbering(dialect: Dialect, heard: Mutable[]): Dialect {
  return {
    ...dialect,
    request: (io, plain) => {
      const inner = dialect.request?.(io, plain);
      if (inner === undefined) throw new Error("Cannot number: the service takes no requests");
      const key = `k${heard.length + 1}`;
      const request: Mutable = {
        service: "asr",
        key,
        beganMs: wallOf(performance.now()),
        firstMs: undefined,
        endedMs: undefined,
        left: false,
      };
      heard.push(request);
      const numbered: Answer & Renderer = {
        begin: () => inner.begin(),
        partial: (text, sentence) => inner.partial(text, sentence),
        final: (text, sentence) => inner.final(`${text} ${key}`, sentence),
        end: () => {
          request.firstMs = request.endedMs = wallOf(performance.now());
          inner.end();
        },
        error: (kind) => inner.error(kind),
      };
      return numbered;
    },
  };
}

if (import.meta.main) {
  const manner: ServiceManner = JSON.parse(Deno.args[0] ?? "{}");
  const { asrMs = 0, llmMs = 0, tokenMs = 0, voiceMs = 0, voiceChunkMs = 0, sentences = 3 } = manner;
  const heard: Mutable[] = [];
  const asr = await Emulator.start(numbering(openai({ open: true }), heard), {
    script: { delayMs: asrMs, sentences: [{ partials: [], final: manner.words ?? "tell me of" }] },
  });
  const llm = await startChatCompletions("openai", {
    behavior: { firstTokenMs: llmMs, tokenMs, answer: (question) => answerTo(question, sentences) },
  });
  const voice = await SpeechEmulator.start(openaiSpeech({ server: "kokoro" }), {
    firstSoundMs: voiceMs,
    chunkMs: voiceChunkMs,
  });
  const requests = (): readonly ServiceRequest[] => [
    ...heard,
    ...llm.questions.map(({ question, beganMs, firstTokenMs, endedMs, endedBy }): ServiceRequest => ({
      service: "llm",
      key: keyOf(question),
      beganMs: wallOf(beganMs),
      firstMs: firstTokenMs === undefined ? undefined : wallOf(firstTokenMs),
      endedMs: endedMs === undefined ? undefined : wallOf(endedMs),
      left: endedBy === "client",
    })),
    ...voice.requests.filter(({ method }) => method === "POST").map((request): ServiceRequest => ({
      service: "voice",
      key: keyOf(request.body),
      beganMs: wallOf(request.beganMs),
      firstMs: request.soundMs === undefined ? undefined : wallOf(request.soundMs),
      endedMs: request.endedMs === undefined ? undefined : wallOf(request.endedMs),
      left: request.state === "closed",
    })),
  ];
  const timerLateMs: number[] = [];
  let dueMs = performance.now() + TIMER_MS;
  setInterval(() => {
    timerLateMs.push(Math.max(0, performance.now() - dueMs));
    dueMs = performance.now() + TIMER_MS;
  }, TIMER_MS);
  await serveMeasured(llm.origin, (word) => {
    if (word === "urls") {
      return { asr: `${asr.httpOrigin}/v1`, llm: llm.url, voice: `${voice.origin}/v1` };
    }
    return {
      timerLateMs,
      requests: requests(),
      violations: [...asr.violations, ...llm.violations, ...voice.violations],
    };
  });
  Deno.exit(0);
}
