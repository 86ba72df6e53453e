import type { Clock } from "../../lifecycle/mod.ts";

/** Why nobody looks at a photo any longer: nobody waits for it, or time is up. */
export type PhotoEnd = "left" | "late";

/** Options of a {@linkcode PhotoLife}. */
export interface PhotoLifeOptions {
  /** Aborts when the device's session ends, also since the gateway is being stopped. */
  readonly session: AbortSignal;
  /** Tells that the device has closed the connection of the photo; what is returned ends the watch. */
  readonly onLeft: (listener: () => void) => () => void;
  /** How long it may take in all, in ms. */
  readonly deadlineMs: number;
  readonly clock: Clock;
}

/** How long a photo is looked at: until it was, nobody waits for it any more, or time is up. */
export class PhotoLife implements Disposable {
  readonly #life = new AbortController();
  readonly #release: () => void;
  #end: PhotoEnd | undefined;

  /** Begins now; disposing leaves no listener and no timer. */
  constructor({ session, onLeft, deadlineMs, clock }: PhotoLifeOptions) {
    const over = (end: PhotoEnd) => {
      if (this.#end !== undefined) return;
      this.#end = end;
      this.#life.abort();
    };
    const onSessionEnd = () => over("left");
    session.addEventListener("abort", onSessionEnd, { once: true });
    const cancelWatch = onLeft(() => over("left"));
    const cancelDeadline = clock.schedule(deadlineMs, () => over("late"));
    this.#release = () => {
      session.removeEventListener("abort", onSessionEnd);
      cancelWatch();
      cancelDeadline();
    };
    if (session.aborted) onSessionEnd();
  }

  /** Aborts when it is over. */
  get signal(): AbortSignal {
    return this.#life.signal;
  }

  /** Why it is over before its time, if it is. */
  get end(): PhotoEnd | undefined {
    return this.#end;
  }

  [Symbol.dispose](): void {
    this.#release();
  }
}
