import type { Agent } from "../agents/mod.ts";
import type { AsrAhead } from "../asr/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { ListenMode } from "../protocol/mod.ts";
import type { FixedSentence } from "../tts/mod.ts";
import type { Answered, Answering } from "./answering/answering.ts";
import type { Outbox } from "./answering/outbox.ts";
import type { Replies } from "./answering/replies.ts";
import type { Conversation } from "./conversation.ts";
import type { SessionCounters } from "./counters.ts";
import { Greetings } from "./greetings.ts";
import type { TurnOwner } from "./listening/turn_owner.ts";
import type { TurnWords } from "./recognition.ts";
import type { SessionContext } from "./session_context.ts";
import type { RoomSeat } from "./rooms/room_seat.ts";
import { type Refusal, RoomTurns } from "./rooms/room_turns.ts";
import type { SpeakerSource } from "./speaker_query.ts";
import { Turn, type TurnKind } from "./turn.ts";
import type { TurnSummary } from "./turn_summary.ts";

/** How much sound may be missing of an utterance without a word to the device, in ms: hardly a syllable. */
const LOST_MS = 200;

/** How long a device may take to begin to listen after it was told that nothing more is to be played, in ms. */
const LISTENS_AGAIN_MS = 3_000;

/** The counter of each outcome. */
const COUNTED = {
  text: "turnsText",
  empty: "turnsEmpty",
  failed: "turnsFailed",
  canceled: "turnsCanceled",
} as const satisfies Record<TurnSummary["outcome"], keyof SessionCounters>;

/** Options of {@linkcode Turns}. */
export interface TurnsOptions extends SessionContext {
  readonly voiceprint: SpeakerSource | undefined;
  readonly outbox: Outbox;
  readonly replies: Replies;
  readonly answering: Answering;
  /** The device's place in its room. */
  readonly seat: RoomSeat;
  /** What answers words. */
  readonly conversation: () => Conversation;
  /** Told of each turn with something to tell, once it is over; must not throw, nor wait. */
  readonly onRecord: (turn: Turn) => void;
  /** Told of the words of a question; must not throw, nor wait. */
  readonly onWords: (turn: Turn, words: TurnWords) => void;
  /** Told that a turn's words are known, or that it has failed, and what came of it. */
  readonly onRecognized: (turn: Turn, outcome: TurnWords | EarshotError) => void;
  /** Told that nothing of an answer is left to play. */
  readonly onAnswered: () => void;
  /** Told that the device begins to play something. */
  readonly onStarted: (turn: Turn) => void;
  /** Told of the end of each turn in which somebody spoke. */
  readonly onEnded: (summary: TurnSummary) => void;
  /** Told that another device of the room is meant: nobody speaks to this one. */
  readonly onYielded: () => void;
}

/** The turns of a session: each is answered in its order, and whatever happens to one, the device gets its `tts stop`. */
export class Turns implements TurnOwner {
  /** What the device is told when it was woken. */
  readonly greetings: Greetings;
  readonly #options: TurnsOptions;
  readonly #turns = new Set<Turn>();
  readonly #waiting: (() => void)[] = [];
  #count = 0;
  #lastBusyMs = 0;
  /** What was typed over an answer, of which the device only hears that it has ended, and until when it may listen again. */
  #typedOver: { readonly turn: Turn; readonly untilMs: number } | undefined;
  /** Those that others of the room may hear as well. */
  readonly #shared: RoomTurns;
  /** Settles when the words of the turn before were taken. */
  #taken: Promise<void> = Promise.resolve();

  /** There is none yet. */
  constructor(options: TurnsOptions) {
    this.#options = options;
    this.greetings = new Greetings({
      ...options,
      open: (agent) => this.open("manual", agent, "greeting"),
      own: (turn, work) => this.#own(turn, work),
      cancelAll: () => this.cancelAll(),
      unspoken: () => this.unspoken,
    });
    this.#shared = new RoomTurns({
      seat: options.seat,
      isOthersSpeech: (turn, text) => options.conversation().isOthersSpeech(turn, text),
    });
  }

  /** How many have no answer yet. */
  get unanswered(): number {
    return this.#countOf((turn) => turn.phase !== "answering");
  }

  /** Whether a greeting is being played. */
  get greets(): boolean {
    return this.greetings.current !== undefined;
  }

  /** Whether somebody speaks, or is owed an answer. */
  get busy(): boolean {
    return this.#countOf(({ phase }) => phase !== "waiting") > 0;
  }

  /** Whether somebody speaks, or has spoken and was not understood yet, besides in this turn. */
  somebodySpeaks(besides: Turn): boolean {
    return this.#countOf((turn) =>
      turn !== besides && (turn.phase === "recognizing" || (turn.phase === "hearing" && turn.heardSpeech))
    ) > 0;
  }

  /** Whether the device waits for a `tts stop`. */
  get owesStop(): boolean {
    const { conversation } = this.#options;
    return this.#hasUnheard || (conversation().busy && !conversation().speaking);
  }

  /** When somebody spoke or was owed an answer the last time, on the session's clock. */
  get lastBusyMs(): number {
    return this.busy ? this.#options.clock.nowMs() : this.#lastBusyMs;
  }

  /** Whether the recognizer has heard a word of one that has no answer yet. */
  get spoken(): boolean {
    return this.#countOf(({ phase, recognition }) => phase !== "answering" && recognition.spoken) > 0;
  }

  /** One begins, and waits for speech. */
  open(mode: ListenMode, agent: Agent, kind: TurnKind = "spoken"): Turn {
    const { scope, buffer, voiceprint, clock } = this.#options;
    const id = ++this.#count;
    const turn = new Turn({
      id,
      kind,
      mode,
      agent,
      scope: scope.child(`turn ${id}`),
      buffer,
      voiceprint,
      clock,
      keepsSound: (mode === "realtime" && agent.answers !== undefined) || this.#options.seat.isShared,
    });
    this.#turns.add(turn);
    return turn;
  }

  /** A message that was typed, as if it had been spoken. */
  typed(text: string, agent: Agent): void {
    const { clock, conversation } = this.#options;
    const interrupts = conversation().speaking;
    const turn = this.open("manual", agent, "typed");
    if (interrupts) this.#typedOver = { turn, untilMs: clock.nowMs() + LISTENS_AGAIN_MS };
    this.#run(turn, () => Promise.resolve({ text, droppedMs: 0 }));
  }

  /** Whether nobody has spoken to the device since it was woken: another one may still be meant. */
  get unspoken(): boolean {
    return this.#countOf(({ kind, phase }) => kind !== "greeting" && phase !== "waiting") === 0;
  }

  /** Says goodbye; resolves with whether that was said to its end, rather than interrupted. */
  async goodbye(agent: Agent): Promise<boolean> {
    const turn = this.open("manual", agent, "typed");
    this.#options.replies.alertGoodbye();
    const { promise, resolve } = Promise.withResolvers<boolean>();
    turn.signal.addEventListener("abort", () => resolve(false), { once: true });
    this.#say(turn, "goodbye", () => resolve(true));
    return await promise;
  }

  /**
   * Says a text that nobody asked for; it interrupts nothing. Resolves once it was played or given up.
   *
   * @throws {EarshotError} `device.busy`, `device.mute`
   */
  announce(text: string, agent: Agent): Promise<Answered> {
    const { answers } = agent;
    if (answers === undefined) {
      throw new EarshotError(
        "device.mute",
        `Cannot speak to the device: its agent ${agent.name} has no voice`,
      );
    }
    if (this.busy) {
      throw new EarshotError(
        "device.busy",
        "Cannot speak to the device: somebody speaks there, or is answered",
      );
    }
    const turn = this.open("manual", agent, "announcement");
    const { promise, resolve, reject } = Promise.withResolvers<Answered>();
    this.#own(turn, async () => {
      turn.answer();
      try {
        resolve(await this.#options.conversation().announce(turn, answers, text));
      } catch (thrown) {
        reject(EarshotError.from(thrown)); // its caller waits for it
      }
    });
    return promise;
  }

  /** The end of one is known, and its words are due: it is answered once those before it are. */
  recognize(turn: Turn): void {
    this.#run(turn, () => turn.recognition.outcome());
  }

  /** One failed while somebody spoke. */
  fail(turn: Turn, error: EarshotError): void {
    this.#record(turn, "failed", { code: error.code });
    turn.answered({ question: "", error });
    this.#close(turn);
    this.unheard(error, turn.agent);
  }

  /** One is given up: nothing more of it is sent. */
  cancel(turn: Turn): void {
    const { phase } = turn;
    this.#close(turn);
    if (phase !== "answering") this.#record(turn, "canceled");
  }

  /** See {@linkcode TurnOwner.cancelAll}. */
  cancelAll({ butGreeting = false, butTyped = false } = {}): void {
    const typedOver = this.#typedOver;
    this.#typedOver = undefined;
    const isOwed = typedOver !== undefined && this.#options.clock.nowMs() <= typedOver.untilMs;
    for (const turn of this.#turns) {
      const isKept = (butGreeting && turn === this.greetings.current) ||
        (butTyped && isOwed && turn === typedOver.turn);
      if (!isKept) this.cancel(turn);
    }
  }

  /** Somebody begins to speak. */
  speechBegan(turn: Turn): void {
    this.#shared.begin(turn);
    if (turn.heardSpeech) this.#options.conversation().speechBegan();
  }

  /** It is no cough. */
  speechConfirmed(turn: Turn): void {
    this.#options.conversation().speechConfirmed(turn);
  }

  /** So much was understood so far. */
  partial(turn: Turn, text: string): void {
    this.#options.conversation().speechBegan();
    this.#options.conversation().heard(turn, text);
  }

  /** That is all that was said in it if its speaker has finished; `undefined`: they go on. */
  ahead(turn: Turn, ahead: AsrAhead | undefined): void {
    if (ahead === undefined) turn.ahead.giveUp();
    else this.#options.conversation().ahead(turn, ahead);
  }

  /** The device has said that it waits, and nobody has spoken. */
  nothingSaid(): void {
    if (this.busy) this.#options.conversation().goOn();
    else this.#options.replies.stop();
  }

  /** Nobody can be heard for now. */
  unheard(error: EarshotError, agent: Agent): void {
    this.#run(this.open("manual", agent, "typed"), () => Promise.resolve(error));
  }

  /** See {@linkcode TurnOwner.refused}. */
  refused(error: EarshotError, agent: Agent, { aloud }: { readonly aloud: boolean }): void {
    const { replies, conversation } = this.#options;
    // What is owed to the device comes with its own end.
    if (this.#hasUnheard || conversation().busy) replies.alert(error);
    else if (aloud && agent.answers !== undefined) this.unheard(error, agent);
    else replies.fault(error);
  }

  /** Resolves once there is none, and all that was answered has left. */
  async ended(): Promise<void> {
    if (this.#turns.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  get #hasUnheard(): boolean {
    return this.#countOf(({ phase }) => phase === "hearing" || phase === "recognizing") > 0;
  }

  #countOf(is: (turn: Turn) => boolean): number {
    let count = 0;
    for (const turn of this.#turns) if (is(turn)) count++;
    return count;
  }

  /** Has the words of a turn, or why there are none, taken in its order, and closes it once it was answered. */
  #run(turn: Turn, words: () => Promise<TurnWords | EarshotError>): void {
    const earlier = this.#taken;
    const taken = Promise.withResolvers<void>();
    this.#taken = taken.promise;
    this.#own(turn, async () => {
      try {
        const outcome = await words();
        await earlier;
        if (turn.agent.answers?.turnsPerDay !== undefined) await this.#options.conversation().counted(turn);
        const refusal = this.#shared.has(turn) ? await this.#shared.refusal(turn, outcome) : undefined;
        if (turn.signal.aborted) return;
        const answered = refusal === undefined
          ? this.#take(turn, outcome)
          : this.#refuse(turn, outcome, refusal);
        taken.resolve();
        await answered;
      } finally {
        taken.resolve();
      }
    });
  }

  /** The device is not left waiting, and nothing of a turn is said or kept. */
  #refuse(turn: Turn, outcome: TurnWords | EarshotError, { counter, wokenTogether }: Refusal): void {
    const { replies, counters, conversation, onRecognized, onAnswered, onYielded } = this.#options;
    counters[counter]++;
    turn.ahead.giveUp();
    this.#record(turn, "canceled");
    turn.answer();
    const wanted = !conversation().busy;
    if (wanted) replies.stop();
    onRecognized(turn, outcome instanceof EarshotError ? outcome : { ...outcome, text: "" });
    if (!wanted) return;
    if (wokenTogether && !this.greetings.answered) onYielded();
    else onAnswered();
  }

  /** Does what a turn is there for, and closes it once all of it has left. */
  #own(turn: Turn, work: () => Promise<void>): void {
    const { scope, outbox, replies, conversation, onAnswered } = this.#options;
    scope.run(`turn ${turn.id}`, async () => {
      try {
        await work();
        if (!turn.signal.aborted) await outbox.flushed(turn.signal);
      } catch (thrown) {
        // A fault of ours, which the log tells; the device is not left waiting.
        if (!turn.signal.aborted) replies.fault(EarshotError.from(thrown), turn.signal);
        throw thrown;
      } finally {
        const { aborted } = turn.signal;
        await this.#close(turn);
        this.#lastBusyMs = this.#options.clock.nowMs();
        conversation().goOn();
        if (!aborted) onAnswered();
      }
    });
  }

  /** Says a sentence, in a turn of its own. */
  #say(turn: Turn, sentence: FixedSentence, onSaid: () => void = () => {}): void {
    const { answering, onStarted } = this.#options;
    this.#own(turn, async () => {
      turn.answer();
      await answering.say(sentence, turn.signal, () => onStarted(turn));
      if (!turn.signal.aborted) onSaid();
    });
  }

  /** Ends what the device is being told besides an answer: it plays one thing at a time. */
  #silenceOthers(turn: Turn): void {
    for (const other of this.#turns) {
      if (other === turn || other.phase !== "answering") continue;
      if (!this.#options.conversation().isOf(other)) this.cancel(other);
    }
  }

  /** Resolves once its answer was played. */
  async #take(turn: Turn, outcome: TurnWords | EarshotError): Promise<void> {
    const { replies, answering, conversation, onRecognized, onStarted } = this.#options;
    const { signal, agent: { answers } } = turn;
    const wanted = !conversation().busy;
    if (outcome instanceof EarshotError) {
      turn.ahead.giveUp();
      this.#record(turn, "failed", { code: outcome.code });
      if (turn.phase !== "waiting") turn.answered({ question: "", error: outcome });
      turn.answer();
      onRecognized(turn, outcome);
      // Nobody asks what somebody beside an answer may have said.
      if (!wanted) return conversation().goOn();
      if (answers === undefined) {
        replies.fault(outcome, signal);
        return this.#options.onAnswered();
      }
      this.#silenceOthers(turn);
      return await answering.sayFault(outcome, signal, () => onStarted(turn));
    }
    const { text, droppedMs } = outcome;
    if (droppedMs > LOST_MS) replies.alert("audio.lost", signal);
    if (text === "") {
      this.#record(turn, "empty", outcome);
      turn.answer();
      if (wanted) replies.stop();
      onRecognized(turn, outcome);
      if (wanted) this.#options.onAnswered();
      return;
    }
    await this.#answer(turn, outcome);
  }

  async #answer(turn: Turn, outcome: TurnWords): Promise<void> {
    const { replies, conversation, onRecognized, onWords } = this.#options;
    const { signal, agent: { answers } } = turn;
    const { text, language, droppedMs } = outcome;
    this.#record(turn, "text", outcome);
    turn.answer();
    if (answers === undefined) {
      onWords(turn, outcome);
      turn.answered({ question: text, language, droppedMs });
      if (turn.kind === "typed") replies.echo(text);
      else replies.words(text, signal);
      onRecognized(turn, outcome);
      return this.#options.onAnswered();
    }
    this.#silenceOthers(turn);
    const answered = conversation().take(turn, answers, {
      text,
      language,
      droppedMs,
      speaker: turn.recognition.speaker.then((who) =>
        who?.type === "identified" ? who.speaker.name : undefined
      ),
    });
    if (answered !== "ignored") onWords(turn, outcome);
    onRecognized(turn, outcome);
    if (answered !== "ignored") {
      this.greetings.questionAnswered();
      await answered;
    } else if (!conversation().busy) replies.stop();
  }

  /** Counts and reports the end of a turn; one in which nobody spoke is none. */
  #record(
    { id, mode, phase, recognition }: Turn,
    outcome: TurnSummary["outcome"],
    { code, droppedMs = 0, speaker }: Partial<TurnWords> & { readonly code?: string } = {},
  ): void {
    if (phase === "waiting") return;
    const { clock, counters, onEnded } = this.#options;
    const nowMs = clock.nowMs();
    counters[COUNTED[outcome]]++;
    onEnded({
      turnId: id,
      mode,
      outcome,
      ...(code !== undefined && { code }),
      audioMs: Math.round(recognition.audioMs),
      droppedMs,
      ...(speaker !== undefined && { speaker: speaker.type }),
      endOfSpeechToTextMs: Math.round(nowMs - (recognition.endCameMs ?? nowMs)),
    });
  }

  async #close(turn: Turn): Promise<void> {
    this.#shared.close(turn);
    if (!this.#turns.delete(turn)) return await turn.close();
    if (turn.record !== undefined) this.#options.onRecord(turn);
    if (this.#turns.size === 0) { for (const resolve of this.#waiting.splice(0)) resolve(); }
    await turn.close();
  }
}
