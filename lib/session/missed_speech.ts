/** Speech that began while nobody was to listen, as the recognizer rested; the pre-roll may hold it still. */
export class MissedSpeech {
  #startSeq = 0;
  #lastSeq = -1;

  /** Somebody speaks in chunk `seq`, and nobody listens; the pre-roll begins with chunk `heldFromSeq`. */
  missed(seq: number, heldFromSeq: number): void {
    this.#startSeq = this.#startOf(seq, heldFromSeq);
    this.#lastSeq = seq;
  }

  /** Where that began which is listened to from chunk `seq` on; what was missed of it is not any more. */
  take(seq: number, heldFromSeq: number): number {
    const startSeq = this.#startOf(seq, heldFromSeq);
    this.forget();
    return startSeq;
  }

  /** Nobody shall hear it. */
  forget(): void {
    this.#lastSeq = -1;
  }

  /** What is not held any more is over. */
  #startOf(seq: number, heldFromSeq: number): number {
    return this.#lastSeq < heldFromSeq ? seq : Math.max(this.#startSeq, heldFromSeq);
  }
}
