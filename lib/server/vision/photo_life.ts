import type { Clock } from "../../lifecycle/mod.ts";

/** Why nobody looks at a photo any longer: its device has gone, the gateway is being stopped, or time is up. */
export type PhotoEnd = "left" | "closing" | "late";

/** Options of a {@linkcode PhotoLife}. */
export interface PhotoLifeOptions {
  /** Aborts when the device goes. */
  readonly left: AbortSignal;
  /** Aborts when the gateway is being stopped. */
  readonly closing: AbortSignal;
  /** How long it may take in all, in ms. */
  readonly deadlineMs: number;
  readonly clock: Clock;
}

/** How long a photo is looked at: until it was, its device has gone, the gateway is being stopped or time is up. */
export class PhotoLife implements Disposable {
  readonly #life = new AbortController();
  readonly #release: () => void;
  #end: PhotoEnd | undefined;

  /** Begins now; disposing leaves no listener and no timer. */
  constructor({ left, closing, deadlineMs, clock }: PhotoLifeOptions) {
    const over = (end: PhotoEnd) => {
      if (this.#end !== undefined) return;
      this.#end = end;
      this.#life.abort();
    };
    const onLeft = () => over("left");
    const onClosing = () => over("closing");
    left.addEventListener("abort", onLeft, { once: true });
    closing.addEventListener("abort", onClosing, { once: true });
    const cancel = clock.schedule(deadlineMs, () => over("late"));
    this.#release = () => {
      cancel();
      left.removeEventListener("abort", onLeft);
      closing.removeEventListener("abort", onClosing);
    };
    if (left.aborted) onLeft();
    if (closing.aborted) onClosing();
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
