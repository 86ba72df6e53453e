import { type AnswerSettings, dayStartMs, isQuiet } from "../agents/mod.ts";
import { type AsrAhead, joinTexts } from "../asr/mod.ts";
import {
  announcement,
  type AnswerOptions,
  type AskLlm,
  type DeviceHistory,
  type DialogueEvent,
  hasWords,
  wordCount,
} from "../dialogue/mod.ts";
import { within } from "../lifecycle/mod.ts";
import { FIXED_SENTENCES } from "../tts/mod.ts";
import type { Asked } from "./answering/ahead.ts";
import type { Answered, Answering, AnswerUnderWay } from "./answering/answering.ts";
import { isEcho } from "./answering/echo.ts";
import type { Replies } from "./answering/replies.ts";
import type { SessionContext } from "./session_context.ts";
import type { SessionTools } from "./session_tools.ts";
import type { Turn } from "./turn.ts";

/** How long what was said before, and who speaks, is waited for, in ms. */
const CONTEXT_MS = 300;

/** How long an answer that is ready waits for somebody who may be adding words, in ms. */
const LISTEN_FIRST_MS = 8_000;

/** How many words interrupt an answer that is spoken over. */
const INTERRUPTING_WORDS = 2;

/** What a turn asks. */
export interface Question {
  readonly text: string;
  /** How much of its sound was dropped, in ms. */
  readonly droppedMs: number;
  /** The language that was heard (BCP 47), where the recognizer says it. */
  readonly language?: string | undefined;
  /** Whose voice it is, where that is known soon. */
  readonly speaker?: Promise<string | undefined> | undefined;
}

/** Options of a {@linkcode Conversation}. */
export interface ConversationOptions extends SessionContext {
  readonly answering: Answering;
  readonly replies: Replies;
  readonly timeZone: string;
  /** Whose questions they are, to be fair between devices by. */
  readonly flow: string;
  /** The time of day, in ms since 1970. */
  readonly wallMs: () => number;
  /** What was said on the device before. */
  readonly history: (settings: AnswerSettings) => DeviceHistory;
  /** Whether somebody else than the turn's speaker may be heard, or is waited for. */
  readonly somebodySpeaks: (turn: Turn) => boolean;
  /** Told that the device begins to play an answer: what it hears from now on may be itself. */
  readonly onStarted: (turn: Turn) => void;
  /** Gives a turn up. */
  readonly cancel: (turn: Turn) => void;
  /** Told that the conversation is over, once the farewell was played. */
  readonly onGoodbye: () => void;
  /** Whether the device cancels its own echo. */
  readonly cancelsEcho: () => boolean;
  /** What may be called to answer. */
  readonly tools: SessionTools;
}

/** An answer and its turn. */
interface Current {
  readonly turn: Turn;
  readonly question: Question;
  readonly answer: AnswerUnderWay;
  /** Whether it was held for a voice that said nothing: it is not held again for less than words. */
  falseAlarm: boolean;
  cancelWait: () => void;
}

/**
 * What the device is told in answer, one at a time. Words that come before the first frame of an answer withdraw it and
 * join its question; words that come over it interrupt it where that is allowed; anything else changes nothing.
 */
export class Conversation {
  readonly #options: ConversationOptions;
  #current: Current | undefined;
  /** Who has asked last: most often the one who asks next. */
  #lastSpeaker: string | undefined;
  /** What was spoken last, and when that had ended. */
  #last: { readonly spoken: string; readonly endedMs: number } | undefined;

  /** Nothing is answered yet. */
  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  /** Whether an answer is under way. */
  get busy(): boolean {
    return this.#current !== undefined;
  }

  /** Whether it is this turn's. */
  isOf(turn: Turn): boolean {
    return this.#current?.turn === turn;
  }

  /** Whether the device plays something of it. */
  get speaking(): boolean {
    return this.#current?.answer.player.started === true;
  }

  /** Whether what is heard while an answer is spoken may interrupt it. */
  mayInterrupt({ kind, mode, agent: { answers } }: Turn): boolean {
    if (kind === "typed") return true;
    if (answers === undefined || answers.interrupt === "button" || mode !== "realtime") return false;
    return answers.interrupt === "speech" || this.#options.cancelsEcho();
  }

  /**
   * Answers the words of a turn, or not: `ignored` where they are no question. `done` resolves once the answer was played
   * or given up.
   */
  take(turn: Turn, settings: AnswerSettings, words: Question): Promise<void> | "ignored" {
    if (this.#isLateEcho(turn, words.text)) return "ignored";
    const current = this.#current;
    if (current === undefined) return this.#begin(turn, settings, words);
    const { turn: other, answer } = current;
    if (!answer.player.started) {
      const text = this.#withWithdrawn(words.text);
      this.#options.counters.answersWithdrawn++;
      this.#options.tools.prepare(turn, settings, other);
      other.withdraw();
      this.#options.cancel(other);
      return this.#begin(turn, settings, { ...words, text });
    }
    if (!this.#interrupts(turn, words.text, answer)) {
      this.goOn();
      return "ignored";
    }
    this.#options.counters.answersInterrupted++;
    this.#options.cancel(other);
    return this.#begin(turn, settings, words);
  }

  /**
   * That is all that was said in a turn if its speaker has finished, which is not sure: where the agent says so, its
   * language model is asked, and nothing else happens.
   */
  ahead(turn: Turn, { text, language }: AsrAhead): void {
    const { agent: { answers: settings } } = turn;
    // What is said over an answer is mostly no question, and the answer, where it ends, becomes part of the past.
    const mayAsk = settings?.answerAhead === true && hasWords(text) && !this.speaking &&
      !this.#options.somebodySpeaks(turn) && this.#refusal(settings) === undefined;
    if (!mayAsk) return turn.ahead.giveUp();
    this.#options.tools.prepare(turn, settings, this.#current?.turn);
    const question = {
      text: this.#withWithdrawn(text),
      language,
      speaker: Promise.resolve(this.#lastSpeaker),
    };
    turn.ahead.ask(question.text, {
      answerer: settings.answerer,
      flow: this.#options.flow,
      asked: (signal) => this.#asked(turn, settings, { question, signal }),
      answer: (asked, options) => this.#answer(turn, settings, { asked, ...options }),
    });
  }

  /** Resolves once it is known, or cannot be soon, how much was answered today. */
  async counted({ signal, agent: { answers } }: Turn): Promise<void> {
    if (answers !== undefined) {
      await within(this.#options.history(answers).ready(signal), CONTEXT_MS, this.#options.clock);
    }
  }

  /**
   * Says a text that nobody asked for, which words withdraw or interrupt as they do an answer. Only while nothing is
   * answered. Resolves once it was played or given up; never rejects.
   */
  announce(turn: Turn, settings: AnswerSettings, text: string): Promise<Answered> {
    return this.#give(turn, { text: "", droppedMs: 0 }, {
      settings: { ...settings, fillers: false },
      events: announcement(text, { languages: turn.agent.languages, clock: this.#options.clock }),
    });
  }

  /** Somebody begins to speak. */
  speechBegan(): void {
    const current = this.#current;
    if (current === undefined || current.answer.player.started) return;
    current.answer.player.hold();
    this.#listenFirst(current);
  }

  /** It is no cough: while an answer is spoken, it is silenced until it is known what was said. */
  speechConfirmed(turn: Turn): void {
    const current = this.#current;
    if (current === undefined || !this.speaking || current.falseAlarm || !this.mayInterrupt(turn)) return;
    if (this.#soundsPlayed(turn)) return;
    this.#options.counters.answersHeld++;
    current.answer.player.hold();
    this.#listenFirst(current);
  }

  /** So much was understood of a turn so far. */
  heard(turn: Turn, text: string): void {
    const current = this.#current;
    if (current === undefined || !this.speaking || !this.mayInterrupt(turn)) return;
    if (!this.#interrupts(turn, text, current.answer)) return;
    current.answer.player.hold();
    this.#listenFirst(current);
  }

  /** Nobody has said anything after all: the answer begins, or goes on where it was. */
  goOn(): void {
    const current = this.#current;
    if (current === undefined || this.#options.somebodySpeaks(current.turn)) return;
    if (current.answer.player.started && !current.answer.player.isOpen) current.falseAlarm = true;
    current.cancelWait();
    current.answer.player.open();
  }

  /** Whether the device has heard itself in something that is over when its words come. */
  #isLateEcho(turn: Turn, text: string): boolean {
    if (turn.kind !== "spoken" || this.speaking) return false;
    const wasSpoken = this.#last !== undefined && turn.recognition.beganMs <= this.#last.endedMs &&
      isEcho(text, this.#last.spoken);
    return wasSpoken || this.#soundsPlayed(turn);
  }

  #interrupts(turn: Turn, text: string, { player, spoken }: AnswerUnderWay): boolean {
    if (turn.kind === "typed") return true;
    if (!this.mayInterrupt(turn) || wordCount(text) < INTERRUPTING_WORDS) return false;
    return !player.started || !(isEcho(text, spoken()) || this.#soundsPlayed(turn));
  }

  /** Whether what is heard is what the device plays, whatever words were found in it. */
  #soundsPlayed({ recognition }: Turn): boolean {
    return this.#options.answering.isEcho(recognition.sound);
  }

  /** The words of a turn, with those of an answer before it that has not begun. */
  #withWithdrawn(text: string): string {
    const current = this.#current;
    return current === undefined || current.answer.player.started
      ? text
      : joinTexts([current.question.text, text]);
  }

  #listenFirst(current: Current): void {
    current.cancelWait();
    current.cancelWait = this.#options.clock.schedule(LISTEN_FIRST_MS, () => current.answer.player.open());
  }

  async #begin(turn: Turn, settings: AnswerSettings, question: Question): Promise<void> {
    const { answering, replies, onStarted, onGoodbye } = this.#options;
    replies.understood(question.text, turn.signal);
    const asked = { question: question.text, language: question.language, droppedMs: question.droppedMs };
    const refusal = this.#refusal(settings);
    if (refusal !== undefined) {
      turn.ahead.giveUp();
      this.#options.counters[refusal === "turnsSpent" ? "questionsSpent" : "questionsQuiet"]++;
      // What is counted must not be driven out of the record by what is asked after it.
      const text = refusal === "turnsSpent" ? FIXED_SENTENCES[refusal][replies.language] : "";
      turn.answered({ ...asked, answered: () => ({ text, heardChars: text.length, end: "complete" }) });
      return await answering.say(refusal, turn.signal, () => onStarted(turn));
    }
    replies.thinking(turn.signal);
    const { end } = await this.#give(turn, question, {
      settings,
      events: this.#events(turn, settings, question),
      onBegun: (answered) => turn.answered({ ...asked, answered }),
    });
    if (end === "goodbye") onGoodbye();
  }

  /** Speaks an answer, which is the current one until it was played or given up. */
  async #give(
    turn: Turn,
    question: Question,
    { settings, events, onBegun = () => {} }: {
      readonly settings: AnswerSettings;
      readonly events: AsyncIterable<DialogueEvent>;
      readonly onBegun?: (answered: () => Answered) => void;
    },
  ): Promise<Answered> {
    const { answering, onStarted, somebodySpeaks } = this.#options;
    const gated = somebodySpeaks(turn);
    const answer = answering.begin(turn.scope, {
      settings,
      events,
      languages: turn.agent.languages,
      heardLanguage: question.language,
      gated,
      onStarted: () => onStarted(turn),
    });
    const current: Current = { turn, question, answer, falseAlarm: false, cancelWait: () => {} };
    this.#current = current;
    if (gated) this.#listenFirst(current);
    onBegun(answer.state);
    const answered = await answer.done;
    if (answered.end === "cut") this.#options.counters.answersCut++;
    if (answer.player.started) {
      this.#last = { spoken: answer.spoken(), endedMs: this.#options.clock.nowMs() };
    }
    current.cancelWait();
    if (this.#current === current) this.#current = undefined;
    return answered;
  }

  /** Why nothing is answered now, as a sentence. */
  #refusal(
    { quietHours, turnsPerDay, ...settings }: AnswerSettings,
  ): "quietHours" | "turnsSpent" | undefined {
    const { timeZone, wallMs, history } = this.#options;
    const nowMs = wallMs();
    if (quietHours !== undefined && isQuiet(quietHours, nowMs, timeZone)) return "quietHours";
    if (turnsPerDay === undefined) return undefined;
    const today = history({ quietHours, turnsPerDay, ...settings }).countSince(dayStartMs(nowMs, timeZone));
    return today >= turnsPerDay ? "turnsSpent" : undefined;
  }

  async *#events(turn: Turn, settings: AnswerSettings, question: Question): AsyncIterable<DialogueEvent> {
    const { signal } = turn;
    this.#options.tools.prepare(turn, settings, undefined);
    const asked = await this.#asked(turn, settings, { question, signal });
    this.#lastSpeaker = asked.speaker;
    const ask: AskLlm = (request, signal) =>
      settings.answerer.ask(request, { signal, flow: this.#options.flow });
    yield* turn.ahead.take(asked) ?? this.#answer(turn, settings, { asked, ask, signal });
  }

  /** What is asked with a question. */
  async #asked(
    { agent: { languages: [usualLanguage] } }: Turn,
    settings: AnswerSettings,
    { question: { text, language, speaker }, signal }: {
      readonly question: Pick<Question, "text" | "language" | "speaker">;
      readonly signal: AbortSignal;
    },
  ): Promise<Asked> {
    const past = this.#options.history(settings);
    const who = await within(Promise.all([speaker, past.ready(signal)]), CONTEXT_MS, this.#options.clock);
    return {
      text,
      language,
      usualLanguage,
      speaker: who?.[0],
      past: past.turns,
      summary: past.summary,
      nowMs: this.#options.wallMs(),
    };
  }

  #answer(
    { agent: { languages }, tools }: Turn,
    { dialogue, prompt }: AnswerSettings,
    { asked, ...options }: { readonly asked: Asked } & Pick<AnswerOptions, "ask" | "signal" | "mayAct">,
  ): AsyncIterableIterator<DialogueEvent> {
    const { clock, timeZone } = this.#options;
    const { text, language, speaker, past, summary, nowMs } = asked;
    return dialogue.answer(text, {
      prompt,
      languages,
      ...(language !== undefined && { heardLanguage: language }),
      ...(speaker !== undefined && { speaker }),
      history: past,
      summary,
      nowMs,
      timeZone,
    }, { ...options, clock, tools });
  }
}
