import { EarshotError } from "../errors/mod.ts";
import { type Clock, raceSignal, withDeadline } from "../lifecycle/mod.ts";
import type {} from "./contract.ts";
import type { LlmText } from "../llm/mod.ts";

/** How long a request may take to end once it is left. */
const CLOSE_MS = 1_000;

/** Options of {@linkcode AnswerReader}. */
export interface AnswerReaderOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/**
 * Reads what a language model says, one part at a time, and can stop waiting for it without losing the part that comes
 * later. Nothing is read ahead: what is not taken stays where it comes from.
 */
export class AnswerReader {
  readonly #parts: AsyncIterator<LlmText>;
  readonly #options: AnswerReaderOptions;
  #waiting: Promise<IteratorResult<LlmText>> | undefined;

  /** Nothing is asked before the first part is waited for. */
  constructor(parts: AsyncIterable<LlmText>, options: AnswerReaderOptions) {
    this.#parts = parts[Symbol.asyncIterator]();
    this.#options = options;
  }

  /**
   * The next part, `undefined` at the end, or `"quiet"` when none has come within `quietMs`.
   *
   * @throws {EarshotError} what the language model throws, or `canceled`
   */
  async next(quietMs?: number): Promise<LlmText | undefined | "quiet"> {
    const { signal, clock } = this.#options;
    if (signal.aborted) throw EarshotError.from(signal.reason, "canceled");
    this.#waiting ??= this.#parts.next();
    const quiet = Promise.withResolvers<"quiet">();
    const cancelTimer = quietMs === undefined
      ? undefined
      : clock.schedule(quietMs, () => quiet.resolve("quiet"));
    try {
      const next = await raceSignal(Promise.race([this.#waiting, quiet.promise]), signal);
      if (next === "quiet") return next;
      this.#waiting = undefined;
      return next.done === true ? undefined : next.value;
    } finally {
      cancelTimer?.();
    }
  }

  /** Leaves the request, and waits until it has ended, though not for long. What it still throws is nobody's. */
  async close(): Promise<void> {
    // A request that is waited for ends by its signal, which its owner aborts before this.
    const ended = (async () => await this.#parts.return?.())();
    await withDeadline(ended, CLOSE_MS, { clock: this.#options.clock }).then(undefined, () => {});
  }
}
