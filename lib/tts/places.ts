import { EarshotError } from "../errors/mod.ts";
import { type Clock, FairQueue, scheduleFairly } from "../lifecycle/mod.ts";
import { serviceError, type ServiceGuard, type ServiceName } from "../service/mod.ts";

/** How many sentences may wait: several for every device of a full gateway. */
const MAX_WAITING = 4_000;

/** Options of {@linkcode Places}. */
export interface PlacesOptions {
  readonly service: ServiceName;
  readonly clock: Clock;
  /** Has the places. */
  readonly guard: ServiceGuard;
  /** How long one may wait, in ms. */
  readonly waitMs: number;
}

/** Who asks for a place. */
export interface PlaceRequest {
  /** Whose it is; flows get their places in turn. Default: a flow of its own. */
  readonly flow?: object | undefined;
  /** How much of the flow's time it takes, in ms. */
  readonly costMs: number;
  readonly signal: AbortSignal;
}

type Leave = () => void;

/** The places at a service: what finds none waits for one, fairly between flows, for a while. */
export class Places {
  readonly #options: PlacesOptions;
  readonly #waiting: FairQueue<PromiseWithResolvers<Leave>>;

  /** All are free. */
  constructor(options: PlacesOptions) {
    this.#options = options;
    this.#waiting = new FairQueue({ clock: options.clock, capacity: MAX_WAITING });
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes a place; the function gives it back, and may be called twice. Rejects with `tts.busy` or `canceled`. */
  async take({ flow, costMs, signal }: PlaceRequest): Promise<Leave> {
    if (signal.aborted) throw EarshotError.from(signal.reason, "canceled");
    const leave = this.#waiting.length === 0 ? this.#options.guard.tryEnter() : undefined;
    if (leave !== undefined) return this.#handingOn(leave);
    const { clock, waitMs } = this.#options;
    const place = Promise.withResolvers<Leave>();
    this.#waiting.push(place, { flow, costMs });
    this.#waiting.displace()?.reject(this.#busy());
    const giveUp = (error: EarshotError) => {
      // Who has been given a place keeps it.
      if (this.#waiting.remove(place)) place.reject(error);
    };
    const cancel = scheduleFairly(clock, waitMs, () => giveUp(this.#busy()));
    const onAbort = () => giveUp(EarshotError.from(signal.reason, "canceled"));
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await place.promise;
    } finally {
      cancel();
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** A place whose end lets the next one in. */
  #handingOn(leave: Leave): Leave {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      leave();
      this.#next();
    };
  }

  #next(): void {
    if (this.#waiting.length === 0) return;
    const leave = this.#options.guard.tryEnter();
    if (leave !== undefined) this.#waiting.shift()?.resolve(this.#handingOn(leave));
  }

  #busy(): EarshotError {
    const { service, guard } = this.#options;
    return serviceError(service, "busy", { detail: `${guard.stats.active} sentences are under way` });
  }
}
