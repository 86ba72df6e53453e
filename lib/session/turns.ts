import type { Agent } from "../agents/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { MemoryEntry } from "../memory/mod.ts";
import type { ListenMode } from "../protocol/mod.ts";
import type { Outbox } from "./answering/outbox.ts";
import type { Replies } from "./answering/replies.ts";
import type { SessionCounters } from "./counters.ts";
import type { TurnOwner } from "./listening/turn_owner.ts";
import type { TurnWords } from "./recognition.ts";
import type { SessionContext } from "./session_context.ts";
import type { SpeakerSource } from "./speaker_query.ts";
import { Turn } from "./turn.ts";
import type { TurnSummary } from "./turn_summary.ts";

/** How much sound may be missing of an utterance without a word to the device, in ms: hardly a syllable. */
const LOST_MS = 200;

/** The counter of each outcome. */
const COUNTED = {
  text: "turnsText",
  empty: "turnsEmpty",
  failed: "turnsFailed",
  canceled: "turnsCanceled",
} as const satisfies Record<TurnSummary["outcome"], keyof SessionCounters>;

/** What was said in a turn, as it is kept. */
export type SpokenWords =
  & Pick<MemoryEntry, "turnId" | "user" | "speaker" | "audioMs" | "droppedMs">
  & Partial<Pick<MemoryEntry, "language">>;

/** Options of {@linkcode Turns}. */
export interface TurnsOptions extends SessionContext {
  readonly voiceprint: SpeakerSource | undefined;
  readonly outbox: Outbox;
  readonly replies: Replies;
  /** Told of words before they leave for the device; must not throw, nor wait. */
  readonly onWords: (words: SpokenWords) => void;
  /** Told that a turn was answered, or has failed, and what came of it. */
  readonly onAnswered: (turn: Turn, outcome: TurnWords | EarshotError) => void;
  /** Told of the end of each turn in which somebody spoke. */
  readonly onEnded: (summary: TurnSummary) => void;
}

/** The turns of a session: each is answered in its order, and whatever happens to one, the device gets its `tts stop`. */
export class Turns implements TurnOwner {
  readonly #options: TurnsOptions;
  readonly #turns = new Set<Turn>();
  readonly #waiting: (() => void)[] = [];
  #count = 0;
  #lastBusyMs = 0;
  /** Settles when the turn before has been answered. */
  #answered: Promise<void> = Promise.resolve();

  /** There is none yet. */
  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** How many have no answer yet. */
  get unanswered(): number {
    return this.#countOf((turn) => turn.phase !== "answering");
  }

  /** Whether the device waits for the end of one. */
  get busy(): boolean {
    return this.#countOf(({ phase }) => phase === "hearing" || phase === "recognizing") > 0;
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
  open(mode: ListenMode, agent: Agent): Turn {
    const { scope, buffer, voiceprint, clock } = this.#options;
    const id = ++this.#count;
    const turn = new Turn({ id, mode, agent, scope: scope.child(`turn ${id}`), buffer, voiceprint, clock });
    this.#turns.add(turn);
    return turn;
  }

  /** A message that was typed, as if it had been spoken. */
  typed(text: string): void {
    this.#options.onWords({ turnId: ++this.#count, user: text, audioMs: 0, droppedMs: 0 });
    this.#options.replies.echo(text);
  }

  /** The end of one is known, and its words are due: it is answered once those before it are. */
  recognize(turn: Turn): void {
    const earlier = this.#answered;
    const answered = Promise.withResolvers<void>();
    this.#answered = answered.promise;
    this.#options.scope.run(`answer of turn ${turn.id}`, async () => {
      try {
        const outcome = await turn.recognition.outcome();
        await earlier;
        this.#answer(turn, outcome);
        answered.resolve();
        await this.#options.outbox.flushed(turn.signal);
      } finally {
        answered.resolve();
        await this.#close(turn);
      }
    });
  }

  /** One failed while somebody spoke. */
  fail(turn: Turn, error: EarshotError): void {
    this.#close(turn);
    this.#record(turn, "failed", { code: error.code });
    this.#options.replies.fault(error);
  }

  /** One is given up: nothing more of it is sent. */
  cancel(turn: Turn): void {
    const { phase } = turn;
    this.#close(turn);
    if (phase !== "answering") this.#record(turn, "canceled");
  }

  /** All are given up. */
  cancelAll(): void {
    for (const turn of this.#turns) this.cancel(turn);
  }

  /** The device has said that it waits, and nobody has spoken. */
  nothingSaid(): void {
    if (!this.busy) this.#options.replies.stop();
  }

  /** Nobody can be heard for now. */
  unheard(error: EarshotError): void {
    this.#options.replies.fault(error);
  }

  /** Resolves once there is none, and all that was answered has left. */
  async ended(): Promise<void> {
    if (this.#turns.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #countOf(is: (turn: Turn) => boolean): number {
    let count = 0;
    for (const turn of this.#turns) if (is(turn)) count++;
    return count;
  }

  #answer(turn: Turn, outcome: TurnWords | EarshotError): void {
    if (turn.signal.aborted) return;
    this.#reply(turn, outcome);
    turn.answer();
    this.#lastBusyMs = this.#options.clock.nowMs();
    this.#options.onAnswered(turn, outcome);
  }

  #reply(turn: Turn, outcome: TurnWords | EarshotError): void {
    const { replies, onWords } = this.#options;
    const { signal } = turn;
    if (outcome instanceof EarshotError) {
      replies.fault(outcome, signal);
      return this.#record(turn, "failed", { code: outcome.code });
    }
    const { text, language, speaker, droppedMs } = outcome;
    if (droppedMs > LOST_MS) replies.alert("audio.lost", signal);
    if (text === "") {
      replies.stop();
      return this.#record(turn, "empty", outcome);
    }
    onWords({
      turnId: turn.id,
      user: text,
      ...(language !== undefined && { language }),
      ...(speaker?.type === "identified" && { speaker: speaker.speaker }),
      audioMs: Math.round(turn.recognition.audioMs),
      droppedMs,
    });
    replies.words(text, signal);
    this.#record(turn, "text", outcome);
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
      endOfSpeechToTextMs: Math.round(nowMs - (recognition.endKnownMs ?? nowMs)),
    });
  }

  async #close(turn: Turn): Promise<void> {
    this.#turns.delete(turn);
    if (this.#turns.size === 0) { for (const resolve of this.#waiting.splice(0)) resolve(); }
    await turn.close();
  }
}
