import { type AskLlm, type DialogueEvent, type PastTurn, sameWords } from "../../dialogue/mod.ts";
import { raceSignal, type Scope } from "../../lifecycle/mod.ts";
import type { Answer, Answerer } from "../../llm/mod.ts";

/** How often a turn is asked about ahead of its end at most: a speaker may pause often, and each costs the service time. */
const MOST_ASKED = 8;

/** How much older than the question an answer to it may be, in ms: the time of day is part of what is asked. */
const MAX_AGE_MS = 10_000;

/** All that an answer depends on. */
export interface Asked {
  /** The words. */
  readonly text: string;
  /** The language that was heard (BCP 47), where the recognizer says it. */
  readonly language: string | undefined;
  /** The language that is meant where it does not. */
  readonly usualLanguage: string;
  /** Who speaks, where that is known. */
  readonly speaker: string | undefined;
  readonly past: readonly PastTurn[];
  readonly summary: string;
  /** The time of day, in ms since 1970. */
  readonly nowMs: number;
}

/** How a language model is asked ahead of time. */
export interface AskAheadOptions {
  readonly answerer: Pick<Answerer, "ask">;
  /** Whose question it is. */
  readonly flow: string;
  /** Finds what is asked; may take a moment. */
  readonly asked: (signal: AbortSignal) => Promise<Asked>;
  /** Answers it, once it is pulled. */
  readonly answer: (
    asked: Asked,
    options: {
      readonly ask: AskLlm;
      readonly signal: AbortSignal;
      /** Resolves once it is taken over: no tool is called before. */
      readonly mayAct: () => Promise<void>;
    },
  ) => AsyncIterator<DialogueEvent>;
}

/**
 * The request ahead of one turn: a language model is asked with the words that are known while its speaker may have
 * finished. It is read up to the first piece, and nothing comes of it before it is taken over by the question that the
 * turn really is, if that is the same; otherwise it is given up, at its socket, with the turn at the latest.
 */
export class Ahead {
  readonly #scope: Scope;
  #request: RequestAhead | undefined;
  #count = 0;

  /** Asks nothing; what it will ask belongs to the turn's scope. */
  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** Asks, without a wait. What was asked with the same words stands; with others, it is given up. */
  ask(words: string, options: AskAheadOptions): void {
    if (this.#request !== undefined && sameWords(this.#request.words, words)) return;
    this.giveUp();
    if (this.#count >= MOST_ASKED || this.#scope.state !== "open") return;
    this.#count++;
    this.#request = new RequestAhead(words, this.#scope.child(`ahead ${this.#count}`), options);
  }

  /**
   * The answer to what was asked ahead, as that of a real question from now on; `undefined` where that is not the same, or
   * was not asked in the end: then it is given up, and the question is to be asked.
   */
  take(asked: Asked): AsyncIterable<DialogueEvent> | undefined {
    const events = this.#request?.take(asked);
    if (events === undefined) this.giveUp();
    this.#request = undefined;
    return events;
  }

  /** Nobody wants it any more: the request ends at its socket. */
  giveUp(): void {
    void this.#request?.close();
    this.#request = undefined;
  }
}

/** One such request. */
class RequestAhead {
  readonly words: string;
  readonly #scope: Scope;
  readonly #options: AskAheadOptions;
  #asked: Asked | undefined;
  #events: AsyncIterator<DialogueEvent> | undefined;
  #first: Promise<IteratorResult<DialogueEvent>> | undefined;
  /** What was asked of the service last; a conversation that is too long is asked twice. */
  #answer: Answer | undefined;
  #taken = false;
  readonly #takenOver = Promise.withResolvers<void>();

  constructor(words: string, scope: Scope, options: AskAheadOptions) {
    this.words = words;
    this.#scope = scope;
    this.#options = options;
    scope.run("request", (signal) => this.#begin(signal));
  }

  async #begin(signal: AbortSignal): Promise<void> {
    const { answer, asked } = this.#options;
    this.#asked = await asked(signal);
    if (signal.aborted) return;
    const events = this.#events = answer(this.#asked, {
      ask: (request, signal) => this.#ask(request, signal),
      signal,
      mayAct: () => raceSignal(this.#takenOver.promise, signal),
    });
    // Once it is taken over, its reader sees that it was canceled, not that it has ended.
    this.#scope.own("answer", async () => {
      if (!this.#taken) await events.return?.();
    });
    this.#first = events.next();
    // What it fails with is for whoever takes it; nobody has to.
    await this.#first.catch(() => {});
  }

  #ask(...[request, signal]: Parameters<AskLlm>): Answer {
    const { answerer, flow } = this.#options;
    return this.#answer = answerer.ask(request, { signal, flow, ahead: !this.#taken });
  }

  take(asked: Asked): AsyncIterable<DialogueEvent> | undefined {
    const [mine, events, first] = [this.#asked, this.#events, this.#first];
    if (mine === undefined || events === undefined || first === undefined) return undefined;
    if (!isSame(mine, asked) || this.#answer?.promote() !== true) return undefined;
    this.#taken = true;
    this.#takenOver.resolve();
    return {
      [Symbol.asyncIterator]: () => {
        let begun = false;
        return {
          next: () => {
            if (begun) return events.next();
            begun = true;
            return first;
          },
          return: async () => await events.return?.() ?? { done: true, value: undefined },
        };
      },
    };
  }

  async close(): Promise<void> {
    await this.#scope.close();
  }
}

function isSame(one: Asked, other: Asked): boolean {
  return sameWords(one.text, other.text) &&
    (one.language ?? one.usualLanguage) === (other.language ?? other.usualLanguage) &&
    one.speaker === other.speaker &&
    // The array of a history is another one once a turn is added.
    one.past === other.past && one.summary === other.summary &&
    Math.abs(other.nowMs - one.nowMs) <= MAX_AGE_MS;
}
