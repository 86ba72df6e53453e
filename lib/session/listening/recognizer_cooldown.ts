import { EarshotError } from "../../errors/mod.ts";
import type { Clock } from "../../lifecycle/mod.ts";
import type { TurnWords } from "../recognition.ts";

/** How long nobody is listened to after a failure, in ms. */
const FAILED_MS = 5_000;

/** How far apart at least turns begin that are ended without a word, in ms. */
const WORDLESS_MS = 1_000;

/**
 * A pause for a recognizer that ends utterances: it hears all that the device sends, so after a failure, or an utterance of
 * which it made nothing, the next packet would ask it again. Speech that begins meanwhile is heard from its beginning
 * afterward, as far as it is still held.
 */
export class RecognizerCooldown {
  readonly #clock: Clock;
  #untilMs = 0;
  #missedFromSeq = 0;
  #missedSeq = -1;

  /** Not active yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether no utterance is to begin now. */
  get active(): boolean {
    return this.#clock.nowMs() < this.#untilMs;
  }

  /** An utterance that began at `beganMs` has ended so. */
  after(beganMs: number, outcome: TurnWords | EarshotError): void {
    if (outcome instanceof EarshotError) this.#untilMs = this.#clock.nowMs() + FAILED_MS;
    else if (outcome.text === "") this.#untilMs = beganMs + WORDLESS_MS;
  }

  /** The recognizer is to be asked at once, as somebody has said that they speak. */
  end(): void {
    this.#untilMs = 0;
  }

  /** Speech was found in packet `seq` that is not listened to; the first packet that is held is `heldFromSeq`. */
  missed(seq: number, heldFromSeq: number): void {
    this.#missedFromSeq = this.startOf(seq, heldFromSeq);
    this.#missedSeq = seq;
  }

  /** Where speech began that was found in packet `seq`, with what was missed of it and is still held. */
  startOf(seq: number, heldFromSeq: number): number {
    return this.#missedSeq < heldFromSeq ? seq : Math.max(this.#missedFromSeq, heldFromSeq);
  }

  /** What was missed so far shall not be heard. */
  forget(): void {
    this.#missedSeq = -1;
  }
}
