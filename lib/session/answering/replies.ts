import { CATALOG, EarshotError } from "../../errors/mod.ts";
import { type AlertLanguage, alertOf, goodbyeIn } from "./alert.ts";
import type { Outbox } from "./outbox.ts";

/** Options of {@linkcode Replies}. */
export interface RepliesOptions {
  readonly outbox: Outbox;
  /** The language of alerts. */
  readonly alertLanguage: () => AlertLanguage;
}

/** What a device is told: words, alerts, and that it need not wait any more. */
export class Replies {
  readonly #outbox: Outbox;
  readonly #alertLanguage: () => AlertLanguage;
  #stops = 0;

  /** Tells nothing yet. */
  constructor({ outbox, alertLanguage }: RepliesOptions) {
    this.#outbox = outbox;
    this.#alertLanguage = alertLanguage;
  }

  /** How often the device was told that it need not wait. */
  get stops(): number {
    return this.#stops;
  }

  /** The language of alerts. */
  get language(): AlertLanguage {
    return this.#alertLanguage();
  }

  /** The words of a turn, which are not answered. */
  words(text: string, signal: AbortSignal): void {
    this.understood(text, signal);
    this.start(signal);
    this.stop();
  }

  /** The words of a turn. */
  understood(text: string, signal: AbortSignal): void {
    this.#outbox.send({ type: "stt", text }, signal);
  }

  /** An answer is on its way: the face shows it. */
  thinking(signal: AbortSignal): void {
    this.#outbox.send({ type: "llm", emotion: "thinking" }, signal);
  }

  /** What follows is played. */
  start(signal: AbortSignal): void {
    this.#outbox.send({ type: "tts", state: "start" }, signal);
  }

  /** A text that needs no answer, as a wake word. */
  echo(text: string): void {
    this.#outbox.send({ type: "stt", text });
    this.stop();
  }

  /** An error, in words for whoever stands before the device, which need not wait any more. */
  fault(error: EarshotError, signal?: AbortSignal): void {
    this.alert(error, signal);
    this.stop();
  }

  /** An error, while the device goes on. */
  alert(error: EarshotError | keyof typeof CATALOG, signal?: AbortSignal): void {
    const entry = error instanceof EarshotError ? error.entry : CATALOG[error];
    this.#outbox.send(alertOf(entry, this.#alertLanguage()), signal);
  }

  /** Nobody has spoken for so long that the session ends. */
  goodbye(): void {
    this.alertGoodbye();
    this.stop();
  }

  /** The same, where it is said aloud too. */
  alertGoodbye(): void {
    this.#outbox.send(goodbyeIn(this.#alertLanguage()));
  }

  /** The device waits for nothing any more: it gets that whatever becomes of the turn. */
  stop(): void {
    this.#stops++;
    this.#outbox.send({ type: "tts", state: "stop" });
  }
}
