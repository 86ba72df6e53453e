import type { DialogueContext, PastTurn } from "../../lib/dialogue/contract.ts";
import type { LlmText } from "../../lib/llm/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import type { LlmRequest } from "../../lib/llm/mod.ts";

/** What a scripted model does next: text, the rest of its parts, an error, or waiting for what a test decides. */
export type Step = string | LlmText | EarshotError | Promise<unknown>;

/** A language model that says what a script says: one list of steps for each question. */
export class ScriptedLlm {
  readonly requests: LlmRequest[] = [];
  readonly signals: AbortSignal[] = [];
  /** How many parts were taken from it. */
  taken = 0;
  /** How many requests have ended, whichever way. */
  ended = 0;
  readonly #scripts: readonly (Iterable<Step>)[];

  constructor(...scripts: readonly (Iterable<Step>)[]) {
    this.#scripts = scripts;
  }

  readonly ask = (request: LlmRequest, signal: AbortSignal): AsyncIterable<LlmText> => {
    this.signals.push(signal);
    return this.#say(this.#scripts[this.requests.push(request) - 1] ?? [], signal);
  };

  async *#say(script: Iterable<Step>, signal: AbortSignal): AsyncGenerator<LlmText> {
    const aborted = Promise.withResolvers<never>();
    aborted.promise.catch(() => {});
    const onAbort = () => aborted.reject(new EarshotError("canceled", "Cannot answer: canceled"));
    signal.addEventListener("abort", onAbort);
    try {
      for (const step of script) {
        if (step instanceof EarshotError) throw step;
        if (step instanceof Promise) {
          await Promise.race([step, aborted.promise]);
          continue;
        }
        this.taken++;
        yield typeof step === "string" ? { type: "text", text: step } : step;
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.ended++;
    }
  }
}

/** The end of a whole answer. */
export const STOP: LlmText = { type: "ended", reason: "stop" };

/** Monday, 30 November 2026, 18:05 in UTC. */
export const NOW_MS = Date.UTC(2026, 10, 30, 18, 5);

/** A context with nothing in it. */
export function contextWith(parts: Partial<DialogueContext> = {}): DialogueContext {
  return {
    prompt: "",
    languages: ["en-US"],
    history: [],
    summary: "",
    nowMs: NOW_MS,
    timeZone: "Europe/Berlin",
    ...parts,
  };
}

/** A turn of a minute ago that was heard to its end, unless told otherwise. */
export function pastTurn(user: string, answer: string, parts: Partial<PastTurn> = {}): PastTurn {
  return { user, answer, heardChars: answer.length, atMs: NOW_MS - 60_000, ...parts };
}
