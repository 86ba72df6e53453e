import type { ToolEffect, Track } from "../../tools/mod.ts";

/** What tools have asked for in one turn: at most one effect of each type, of which the last one counts. */
export class TurnEffects {
  readonly #onAgent: (agent: string) => void;
  #track: Track | undefined;
  #ends = false;

  /** Nothing yet. `onAgent` is told of another agent at once, since the next turn may begin before this one has ended. */
  constructor(onAgent: (agent: string) => void) {
    this.#onAgent = onAgent;
  }

  /** What is to be played once the answer is spoken. */
  get track(): Track | undefined {
    return this.#track;
  }

  /** Whether the conversation is over once everything was played. */
  get ends(): boolean {
    return this.#ends;
  }

  /** A tool asks for one. */
  take(effect: ToolEffect): void {
    switch (effect.type) {
      case "play":
        this.#track = effect.track;
        return;
      case "end":
        this.#ends = true;
        return;
      case "agent":
        return this.#onAgent(effect.agent);
    }
  }
}
