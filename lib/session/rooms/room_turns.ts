import { EarshotError } from "../../errors/mod.ts";
import type { TurnWords } from "../recognition.ts";
import type { Turn } from "../turn.ts";
import type { RoomSeat } from "./room_seat.ts";
import type { RoomUtterance } from "./utterances.ts";

/** Why words are not answered in a room. */
export interface Refusal {
  /** What counts it. */
  readonly counter: "roomEchoes" | "roomYielded";
  /** Whether the device that answers instead was woken at the same time. */
  readonly wokenTogether: boolean;
}

/** The turns of a session whose words other devices of the room may hear as well. */
export class RoomTurns {
  readonly #seat: RoomSeat;
  /** Whether words are what another device of the room says. */
  readonly #isOthersSpeech: (turn: Turn, text: string) => boolean;
  readonly #shared = new Map<Turn, RoomUtterance>();

  /** There is none yet. */
  constructor(
    { seat, isOthersSpeech }: {
      readonly seat: RoomSeat;
      readonly isOthersSpeech: (turn: Turn, text: string) => boolean;
    },
  ) {
    this.#seat = seat;
    this.#isOthersSpeech = isOthersSpeech;
  }

  /** Whether others may hear it. */
  has(turn: Turn): boolean {
    return this.#shared.has(turn);
  }

  /** Somebody begins to speak. */
  begin(turn: Turn): void {
    const shared = this.#seat.begin(turn.recognition, { byButton: turn.mode === "manual" });
    if (shared !== undefined) this.#shared.set(turn, shared);
  }

  /** Why the words of one are not answered; `undefined`: they are. Void once the turn is given up. Never rejects. */
  async refusal(turn: Turn, outcome: TurnWords | EarshotError): Promise<Refusal | undefined> {
    const shared = this.#shared.get(turn);
    if (shared === undefined) return undefined;
    const text = outcome instanceof EarshotError ? "" : outcome.text;
    const isOthersSpeech = text !== "" && this.#isOthersSpeech(turn, text);
    if (text === "" || isOthersSpeech) {
      shared.close();
      return isOthersSpeech ? { counter: "roomEchoes", wokenTogether: false } : undefined;
    }
    const { answers, wokenTogether } = await shared.decide(text, turn.signal);
    return answers ? undefined : { counter: "roomYielded", wokenTogether };
  }

  /** One is over. May be called twice. */
  close(turn: Turn): void {
    this.#shared.get(turn)?.close();
    this.#shared.delete(turn);
  }
}
