import { EarshotError } from "../../errors/mod.ts";
import { type Clock, Semaphore } from "../../lifecycle/mod.ts";

/** How many are under way at once; one more is not made. */
const MAX_ACTIVE = 16;
/** How long one may take, in ms. */
const DEADLINE_MS = 3_000;

/**
 * Requests that tell a service to stop an answer which nobody takes any more. Nobody waits for them, and what becomes of
 * them is of no consequence: the service writes its answer to the end then. Owned by the provider, whose `close` ends them.
 */
export class StopRequests {
  readonly #clock: Clock;
  readonly #places = new Semaphore(MAX_ACTIVE);
  readonly #life = new AbortController();
  readonly #active = new Set<Promise<void>>();

  /** Makes none yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many were not made because too many were under way. */
  get dropped(): number {
    return this.#places.refused;
  }

  /** Makes one, unless too many are under way. Never throws. */
  make(request: (signal: AbortSignal) => Promise<unknown>): void {
    if (this.#life.signal.aborted) return;
    const leave = this.#places.take();
    if (leave === undefined) return;
    const made = this.#make(request).finally(() => {
      leave();
      this.#active.delete(made);
    });
    this.#active.add(made);
  }

  /** Ends those under way at their sockets, and makes no more. */
  async close(): Promise<void> {
    this.#life.abort(new EarshotError("canceled", "Cannot stop an answer: the service is let go of"));
    await Promise.all(this.#active);
  }

  async #make(request: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    const late = new AbortController();
    const cancel = this.#clock.schedule(
      DEADLINE_MS,
      () => late.abort(new EarshotError("lifecycle.deadline", "Cannot stop an answer: it takes too long")),
    );
    try {
      await request(AbortSignal.any([this.#life.signal, late.signal]));
    } catch {
      // The service writes for nobody then, which costs it more than us.
    } finally {
      cancel();
    }
  }
}
