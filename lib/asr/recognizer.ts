import type { AsrCapabilities } from "./contract.ts";
import type { ReadText } from "./heard_text.ts";
import type { AsrRunner } from "./runner.ts";
import { Utterance, type UtteranceOptions } from "./utterance.ts";

/** A service of a chain, and how its texts are read. */
export interface ChainMember {
  readonly runner: AsrRunner;
  /** Reads each text before it is shown: {@linkcode readTextOf}. Default: it stays as it is. */
  readonly readText?: ReadText | Promise<ReadText>;
}

/** A chain of at least one service. */
export type Chain = readonly [ChainMember, ...ChainMember[]];

/** What an agent recognizes speech with: a chain of services, of which the next takes over from one that fails. */
export class Recognizer {
  readonly #members: Chain;

  /** Opens nothing yet. */
  constructor(members: Chain) {
    this.#members = members;
    // A text that cannot be read fails its utterance.
    for (const { readText } of members) Promise.resolve(readText).catch(() => {});
  }

  /** What each service of the chain can do. */
  get capabilities(): readonly AsrCapabilities[] {
    return this.#members.map(({ runner }) => runner.provider.capabilities);
  }

  /** Begins to recognize an utterance; aborting `signal` gives it up. Never throws. */
  start(options: UtteranceOptions, signal: AbortSignal): Utterance {
    return new Utterance(this.#members, options, signal);
  }
}
