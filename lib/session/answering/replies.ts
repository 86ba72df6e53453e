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

  /** Tells nothing yet. */
  constructor({ outbox, alertLanguage }: RepliesOptions) {
    this.#outbox = outbox;
    this.#alertLanguage = alertLanguage;
  }

  /** The words of a turn, which has no answer yet. */
  words(text: string, signal: AbortSignal): void {
    this.#outbox.send({ type: "stt", text }, signal);
    this.#outbox.send({ type: "tts", state: "start" }, signal);
    this.stop();
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
    this.#outbox.send(goodbyeIn(this.#alertLanguage()));
    this.stop();
  }

  /** The device waits for nothing any more: it gets that whatever becomes of the turn. */
  stop(): void {
    this.#outbox.send({ type: "tts", state: "stop" });
  }
}
