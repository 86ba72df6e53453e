import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../lifecycle/mod.ts";
import type { Demand } from "./adaptive_limit.ts";

/** How long who was refused with a button, and so cannot wait, goes before others, in ms. */
const REMEMBERED_MS = 30_000;
/** The room for these, besides what others may have: a part of it, and at least one. */
const SPARE = 0.1;

const logger = getLogger(["earshot", "overload"]);

/** Options of {@linkcode ListeningPlaces}. */
export interface ListeningPlacesOptions {
  /** The time source. */
  readonly clock: Clock;
  /** How many there are now. */
  readonly limit: () => number;
}

/** Who is heard at once in the whole process. Who was refused goes first, in the order in which that was. */
export class ListeningPlaces {
  readonly #options: ListeningPlacesOptions;
  readonly #held = new Set<ListeningPlace>();
  readonly #waiting = new Set<ListeningPlace>();
  #giving = false;

  /** All are free. */
  constructor(options: ListeningPlacesOptions) {
    this.#options = options;
  }

  /** A snapshot. */
  get stats(): Demand {
    return { held: this.#held.size, waiting: this.#waiting.size };
  }

  /** Whether others would have a place that somebody has. */
  get contended(): boolean {
    return this.#waiting.size > 0 || this.#held.size > this.#options.limit();
  }

  /** The place of one device, which does not have it yet; `onGiven` is told when it has it after a wait, and must not throw. */
  open(onGiven: () => void): ListeningPlace {
    let refusedMs = -Infinity;
    const place: ListeningPlace = {
      isHeld: () => this.#held.has(place),
      take: ({ waits }) => {
        if (this.#held.has(place)) return true;
        const nowMs = this.#options.clock.nowMs();
        if (this.#hasRoom(place, nowMs - refusedMs < REMEMBERED_MS)) {
          this.#waiting.delete(place);
          this.#held.add(place);
          refusedMs = -Infinity;
          return true;
        }
        if (waits) this.#waiting.add(place);
        else {
          this.#waiting.delete(place);
          refusedMs = nowMs;
        }
        return false;
      },
      giveBack: () => {
        if (this.#held.delete(place)) this.give();
      },
      leave: () => {
        this.#waiting.delete(place);
        place.giveBack();
      },
      given: onGiven,
    };
    return place;
  }

  /** Has those that wait take what is free, once the caller has returned. */
  give(): void {
    if (this.#giving || this.#waiting.size === 0) return;
    this.#giving = true;
    queueMicrotask(() => {
      this.#giving = false;
      for (const place of this.#waiting) {
        if (this.#held.size >= this.#options.limit()) return;
        this.#waiting.delete(place);
        this.#held.add(place);
        this.#tell(place);
      }
    });
  }

  /** One session's fault must not cost another one its place. */
  #tell(place: ListeningPlace): void {
    try {
      place.given();
    } catch (error) {
      logger.error("A device that is heard again threw", { error });
    }
  }

  #hasRoom(place: ListeningPlace, remembered: boolean): boolean {
    const limit = this.#options.limit();
    if (remembered) return this.#held.size < limit + Math.max(1, Math.floor(limit * SPARE));
    const [first] = this.#waiting;
    return this.#held.size < limit && (first === undefined || first === place);
  }
}

/** The place of one device among those that are heard. */
export interface ListeningPlace {
  /** Whether it has it. */
  isHeld(): boolean;
  /** Takes it, if there is one; else, if it `waits`, it is given the next one. */
  take(options: { readonly waits: boolean }): boolean;
  /** Nothing of the device is heard now; it may wait for its next one. May be called twice. */
  giveBack(): void;
  /** The same, and it does not wait. May be called twice. */
  leave(): void;
  /** It has it after a wait. */
  given(): void;
}
