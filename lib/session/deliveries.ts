import { EarshotError } from "../errors/mod.ts";
import type { Scope } from "../lifecycle/mod.ts";
import type { Turn } from "./turn.ts";
import type { Heard } from "./turn_endings.ts";

/** Waits for the words of turns that have ended, and delivers them in the order of the turns. */
export class Deliveries {
  readonly #scope: Scope;
  readonly #onOutcome: (turn: Turn, outcome: Heard | EarshotError) => void;
  #last: Promise<void> = Promise.resolve();

  /** `onOutcome` is told what came of each turn; then the turn is closed. */
  constructor(scope: Scope, onOutcome: (turn: Turn, outcome: Heard | EarshotError) => void) {
    this.#scope = scope;
    this.#onOutcome = onOutcome;
  }

  /** The end of a turn is known, and its words are due. */
  expect(turn: Turn): void {
    const earlier = this.#last;
    const delivery = Promise.withResolvers<void>();
    this.#last = delivery.promise;
    this.#scope.run(`delivery of turn ${turn.id}`, async () => {
      try {
        const outcome = await recognized(turn);
        await earlier;
        this.#onOutcome(turn, outcome);
      } finally {
        delivery.resolve();
        await turn.close();
      }
    });
  }
}

async function recognized(turn: Turn): Promise<Heard | EarshotError> {
  try {
    const result = await turn.result();
    const text = result.text.trim();
    if (text === "") return { ...result, text };
    const speaker = await turn.speaker();
    return { ...result, text, ...(speaker !== undefined && { speaker }) };
  } catch (thrown) {
    return EarshotError.from(thrown, "asr.failed");
  }
}
