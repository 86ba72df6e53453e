import { EarshotError } from "../errors/mod.ts";
import { Breaker, type BreakerState, type Clock, Semaphore } from "../lifecycle/mod.ts";
import { serviceError } from "./service_error.ts";
import type { ServiceName } from "./service_name.ts";

/** The longest time for which the circuit breaker stays open, in ms. */
const MAX_COOL_DOWN_MS = 60_000;

/** Options of a {@linkcode ServiceGuard}. */
export interface ServiceGuardOptions {
  /** Named in errors. */
  readonly service: ServiceName;
  /** The time source. */
  readonly clock: Clock;
  /** How many calls may be under way at once. Default: no bound. */
  readonly maxConcurrent?: number | undefined;
  /** Failures in a row that open the circuit breaker. Default: 5. */
  readonly breakerFailures?: number | undefined;
  /** How long the breaker stays open at first, in ms; each failed trial doubles it, up to a minute. Default: 5,000. */
  readonly breakerCoolDownMs?: number | undefined;
}

/** How a service is doing. */
export interface ServiceStats {
  /** Its name in the config. */
  readonly name: string;
  /** Calls under way. */
  readonly active: number;
  /** The state of its circuit breaker. */
  readonly breaker: BreakerState;
  /** How often the breaker has opened. */
  readonly breakerOpened: number;
  /** Calls refused because of `maxConcurrent`. */
  readonly refused: number;
}

/** What stands before every call of a service: a bound on concurrent calls, and a circuit breaker. */
export class ServiceGuard {
  readonly #service: ServiceName;
  readonly #calls: Semaphore;
  readonly #breaker: Breaker;

  /** Starts with no call, and the breaker closed. */
  constructor({ service, clock, maxConcurrent, breakerFailures, breakerCoolDownMs }: ServiceGuardOptions) {
    this.#service = service;
    this.#calls = new Semaphore(maxConcurrent ?? Infinity);
    this.#breaker = new Breaker({
      clock,
      failures: breakerFailures ?? 5,
      coolDownMs: breakerCoolDownMs ?? 5_000,
      maxCoolDownMs: MAX_COOL_DOWN_MS,
    });
  }

  /** How the service is doing. */
  get stats(): ServiceStats {
    return {
      name: this.#service.name,
      active: this.#calls.taken,
      breaker: this.#breaker.state,
      breakerOpened: this.#breaker.opened,
      refused: this.#calls.refused,
    };
  }

  /** Takes a place among the calls; the function gives it back. `undefined` without a place. */
  tryEnter(): (() => void) | undefined {
    return this.#calls.take();
  }

  /** The same; throws the family's `busy` without a place. */
  enter(): () => void {
    const leave = this.tryEnter();
    if (leave !== undefined) return leave;
    throw serviceError(this.#service, "busy", { detail: `${this.#calls.taken} calls are under way` });
  }

  /** Whether the breaker lets a call through: after a cool-down one call at a time may try whether it may close. */
  allow(): boolean {
    return this.#breaker.allow();
  }

  /** The same; throws the family's `unavailable` while the breaker is open. */
  assertAvailable(): void {
    if (this.allow()) return;
    throw serviceError(this.#service, "unavailable", {
      detail: "it failed too often; it is tried again soon",
    });
  }

  /** A call went well. */
  succeeded(): void {
    this.#breaker.succeeded();
  }

  /**
   * A call failed. One that was given up, or never reached the service, says nothing of it; a fault that trying again
   * does not cure is no reason to spare the service, unless `counts` says so.
   */
  failed(
    error: EarshotError,
    { givenUp = false, counts = error.retryable }: { readonly givenUp?: boolean; readonly counts?: boolean } =
      {},
  ): void {
    if (givenUp || error.code === "canceled" || error.code === "engine.busy") this.#breaker.undecided();
    else if (counts) this.#breaker.failed();
    else this.#breaker.succeeded();
  }
}
