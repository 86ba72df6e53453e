import { EarshotError } from "../../errors/mod.ts";
import type { Clock } from "../../lifecycle/mod.ts";
import type { Ingest } from "../ingest/ingest.ts";
import type { TurnWords } from "../recognition.ts";
import type { Turn } from "../turn.ts";

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
  readonly #ingest: Ingest;
  #untilMs = 0;
  #missedFromSeq = 0;
  #missedSeq = -1;

  /** Not active yet. */
  constructor({ clock, ingest }: { readonly clock: Clock; readonly ingest: Ingest }) {
    this.#clock = clock;
    this.#ingest = ingest;
  }

  /** A turn has ended so. */
  after({ agent, recognition: { beganMs } }: Turn, outcome: TurnWords | EarshotError): void {
    if (agent.pipeline.endpointing !== "service") return;
    if (outcome instanceof EarshotError) this.#untilMs = this.#clock.nowMs() + FAILED_MS;
    else if (outcome.text === "") this.#untilMs = beganMs + WORDLESS_MS;
  }

  /** The recognizer is to be asked at once, as somebody has said that they speak. */
  end(): void {
    this.#untilMs = 0;
  }

  /**
   * Speech was found in packet `seq`: where it began, with what was missed of it and is still held; `undefined` while
   * nobody is listened to.
   */
  speechStarted(seq: number): number | undefined {
    const { heldFromSeq } = this.#ingest;
    const fromSeq = this.#missedSeq < heldFromSeq ? seq : Math.max(this.#missedFromSeq, heldFromSeq);
    if (this.#clock.nowMs() >= this.#untilMs) {
      this.forget();
      return fromSeq;
    }
    this.#missedFromSeq = fromSeq;
    this.#missedSeq = seq;
    this.#ingest.judgeAnew();
    return undefined;
  }

  /** What was missed so far shall not be heard. */
  forget(): void {
    this.#missedSeq = -1;
  }
}
