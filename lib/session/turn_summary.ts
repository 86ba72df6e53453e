import type { Identification } from "../voiceprint/mod.ts";
import type { ListenMode } from "../protocol/mod.ts";

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
  /** From the arrival of the last packet of the turn to its words leaving, in ms: what somebody waits. */
  readonly endOfSpeechToTextMs: number;
}
