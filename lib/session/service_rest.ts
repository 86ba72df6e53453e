import { EarshotError } from "../errors/mod.ts";
import type { Clock } from "../lifecycle/mod.ts";
import type { Turn } from "./turn.ts";
import type { Heard } from "./turn_endings.ts";

/** How long nobody is listened to after a failure, in ms. */
const REST_MS = 5_000;

/** How far apart at least turns begin that are ended without a word, in ms. */
const WORDLESS_MS = 1_000;

/**
 * Rest for a recognizer that ends utterances: it hears all that the device sends, so after a failure, or an utterance
 * of which it made nothing, the next packet would ask it again.
 */
export class ServiceRest {
  readonly #clock: Clock;
  #untilMs = 0;

  /** Rests not yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether no turn is to begin now. */
  get resting(): boolean {
    return this.#clock.nowMs() < this.#untilMs;
  }

  /** A turn has ended. */
  after({ beganMs }: Pick<Turn, "beganMs">, outcome: Heard | EarshotError): void {
    if (outcome instanceof EarshotError) this.#untilMs = this.#clock.nowMs() + REST_MS;
    else if (outcome.text === "") this.#untilMs = beganMs + WORDLESS_MS;
  }

  /** It is to be asked at once, as somebody has said that they speak. */
  end(): void {
    this.#untilMs = 0;
  }
}
