import type { Agent } from "../../agents/mod.ts";
import type { AsrAhead } from "../../asr/mod.ts";
import type { EarshotError } from "../../errors/mod.ts";
import type { ListenMode } from "../../protocol/mod.ts";
import type { Turn } from "../turn.ts";

/** Whose turns they are that listening begins and ends. */
export interface TurnOwner {
  /** How many turns have no answer yet. */
  readonly unanswered: number;
  /** Whether the device waits for the end of one. */
  readonly busy: boolean;
  /** Whether a greeting is being played. */
  readonly greets: boolean;
  /** Whether the recognizer has heard a word of one. */
  readonly spoken: boolean;
  /** Begins a turn, which waits for speech. */
  open(mode: ListenMode, agent: Agent): Turn;
  /** The end of one is known, and its words are due. */
  recognize(turn: Turn): void;
  /** One failed while somebody spoke. */
  fail(turn: Turn, error: EarshotError): void;
  /** One is given up. */
  cancel(turn: Turn): void;
  /** All are given up, but for a greeting that is to be heard, and the answer to what was just typed over another one. */
  cancelAll(options?: { readonly butGreeting?: boolean; readonly butTyped?: boolean }): void;
  /** Somebody begins to speak. */
  speechBegan(turn: Turn): void;
  /** It is no cough, nor a click. */
  speechConfirmed(turn: Turn): void;
  /** So much was understood so far. */
  partial(turn: Turn, text: string): void;
  /** That is all that was said in it if its speaker has finished; `undefined`: they go on. */
  ahead(turn: Turn, ahead: AsrAhead | undefined): void;
  /** The device has said that it waits, and nobody has spoken. */
  nothingSaid(): void;
  /** Nobody can be heard for now. */
  unheard(error: EarshotError, agent: Agent): void;
  /** A device is refused that could not be heard in time: shown, and with `aloud` said as well. */
  refused(error: EarshotError, agent: Agent, options: { readonly aloud: boolean }): void;
}
