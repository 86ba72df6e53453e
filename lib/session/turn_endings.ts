import type { AsrResult } from "../asr/mod.ts";
import { CATALOG, EarshotError } from "../errors/mod.ts";
import type { Clock } from "../lifecycle/mod.ts";
import type { Identification, Speaker } from "../voiceprint/mod.ts";
import { type AlertLanguage, alertOf } from "./alert.ts";
import type { SessionCounters } from "./counters.ts";
import type { Outbox } from "./outbox.ts";
import type { ListenMode, Turn } from "./turn.ts";

/** How much sound may be missing of an utterance without a word to the device, in ms: hardly a syllable. */
const LOST_MS = 200;

/** What recognition found, and whose voice it was. */
export interface Heard extends AsrResult {
  /** Whose voice it is; absent where nobody asked. */
  readonly speaker?: Identification;
}

/** What became of a turn. */
export interface TurnSummary {
  /** The turn's number within its session. */
  readonly turnId: number;
  /** How the device asked to be listened to. */
  readonly mode: ListenMode;
  /** Words, nothing said, a fault, or given up. */
  readonly outcome: "text" | "empty" | "failed" | "canceled";
  /** The fault's code. */
  readonly code?: string;
  /** How much sound it had, in ms. */
  readonly audioMs: number;
  /** How much of that was dropped before it was heard, in ms. */
  readonly droppedMs: number;
  /** Whether it is known whose words they were, and if not, why; absent where nobody waited for that. */
  readonly speaker?: Identification["type"];
  /** From the end of speech being known to the answer leaving, in ms. */
  readonly endOfSpeechToTextMs: number;
}

/** What was said in a turn. */
export interface HeardWords {
  /** The turn's number within its session. */
  readonly turnId: number;
  /** The words. */
  readonly text: string;
  /** Their language, where the recognizer tells. */
  readonly language?: string;
  /** Whose words they are, where the voice is known. */
  readonly speaker?: Speaker;
  /** How much sound the turn had, in ms. */
  readonly audioMs: number;
  /** How much of that was dropped before it was heard, in ms. */
  readonly droppedMs: number;
}

/** Options of {@linkcode TurnEndings}. */
export interface TurnEndingsOptions {
  /** The way to the device. */
  readonly outbox: Outbox;
  /** The language of alerts. */
  readonly alertLanguage: () => AlertLanguage;
  /** What the process counts. */
  readonly counters: SessionCounters;
  /** The time source. */
  readonly clock: Clock;
  /** Told of words before they leave for the device; must not throw, nor wait. */
  readonly onWords: (words: HeardWords) => void;
  /** Told of the end of each turn in which somebody spoke. */
  readonly onTurnEnded: (summary: TurnSummary) => void;
}

/** How turns end: what the device is told, what is counted, and what is kept. */
export class TurnEndings {
  readonly #options: TurnEndingsOptions;

  /** Ends nothing yet. */
  constructor(options: TurnEndingsOptions) {
    this.#options = options;
  }

  /** Tells the device what was said in a turn, or that it failed; the device waits for no more. */
  deliver(turn: Turn, outcome: Heard | EarshotError): void {
    const { outbox, onWords, alertLanguage } = this.#options;
    if (!(outcome instanceof EarshotError) && outcome.droppedMs > LOST_MS) {
      outbox.send(alertOf(CATALOG["audio.lost"], alertLanguage()));
    }
    if (outcome instanceof EarshotError) {
      this.apologize(outcome);
      this.record(turn, "failed", { code: outcome.code });
    } else if (outcome.text === "") {
      this.sendStop();
      this.record(turn, "empty", outcome);
    } else {
      const { text, language, speaker, droppedMs } = outcome;
      const audioMs = Math.round(turn.audioMs);
      onWords({
        turnId: turn.id,
        text,
        ...(language !== undefined && { language }),
        ...(speaker?.type === "identified" && { speaker: speaker.speaker }),
        audioMs,
        droppedMs,
      });
      outbox.send({ type: "stt", text });
      this.record(turn, "text", outcome);
      outbox.send({ type: "tts", state: "start" });
      this.sendStop();
    }
  }

  /** A message that was typed, as if it had been spoken. */
  typed(turnId: number, text: string): void {
    this.#options.onWords({ turnId, text, audioMs: 0, droppedMs: 0 });
    this.woken(text);
  }

  /** The wake word by which a device was woken: it is shown, and nothing more is to be waited for. */
  woken(text: string): void {
    this.#options.outbox.send({ type: "stt", text });
    this.sendStop();
  }

  /** Counts and reports the end of a turn; one in which nobody spoke is none. */
  record(
    turn: Turn,
    outcome: TurnSummary["outcome"],
    facts: { readonly code?: string; readonly droppedMs?: number; readonly speaker?: Identification } = {},
  ): void {
    if (turn.phase === "waiting") return;
    const { clock, counters, onTurnEnded } = this.#options;
    if (outcome === "text") counters.turnsText++;
    else if (outcome === "empty") counters.turnsEmpty++;
    else if (outcome === "failed") counters.turnsFailed++;
    else counters.turnsCanceled++;
    onTurnEnded({
      turnId: turn.id,
      mode: turn.mode,
      outcome,
      ...(facts.code !== undefined && { code: facts.code }),
      audioMs: Math.round(turn.audioMs),
      droppedMs: facts.droppedMs ?? 0,
      ...(facts.speaker !== undefined && { speaker: facts.speaker.type }),
      endOfSpeechToTextMs: turn.endKnownMs === 0 ? 0 : Math.round(clock.nowMs() - turn.endKnownMs),
    });
  }

  /** An error, in words for whoever stands before the device. */
  apologize(error: EarshotError): void {
    const { outbox, alertLanguage } = this.#options;
    outbox.send(alertOf(error.entry, alertLanguage()));
    this.sendStop();
  }

  /** The device waits for nothing any more. */
  sendStop(): void {
    this.#options.outbox.send({ type: "tts", state: "stop" });
  }
}
