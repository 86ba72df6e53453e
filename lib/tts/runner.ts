import { EarshotError } from "../errors/mod.ts";
import { type Clock, pause } from "../lifecycle/mod.ts";
import { serviceError, ServiceGuard, type ServiceName, type ServiceStats } from "../service/mod.ts";
import { attempt } from "./attempt.ts";
import type { SpeechSound, SpeechText, TtsProvider } from "./contract.ts";
import { Places } from "./places.ts";
import type { TtsServiceKeys } from "./service_keys.ts";

/** How long before a further try, in ms; doubled each time. */
const RETRY_DELAY_MS = 100;
/** How long a character sounds, roughly: what it costs its flow while others wait, in ms. */
const CHAR_MS = 70;
/** The same for an answer whose length is not known yet. */
const ANSWER_MS = 10_000;

/** Options of a {@linkcode TtsRunner}: what the service's block says, and who is told. */
export interface TtsRunnerOptions
  extends
    Partial<Omit<TtsServiceKeys, "firstSoundTimeoutMs" | "stallTimeoutMs">>,
    Pick<TtsServiceKeys, "firstSoundTimeoutMs" | "stallTimeoutMs"> {
  /** The time source. */
  readonly clock: Clock;
  /** What tells how it sounds, by which its sound is cached; without it nothing of it is. */
  readonly print?: string;
  /** Whether fixed sentences sound better with it than those that ship. Default: yes. */
  readonly ownSentences?: boolean;
  /** Called for what happens to sentences, for metrics and the log; must not throw. */
  readonly onEvent?: (event: SpeechEvent) => void;
}

/** What happened to a sentence at a service, without a word of it. */
export type SpeechEvent =
  /** Its first sound came. */
  | { readonly type: "started"; readonly firstSoundMs: number }
  /** It is tried again: here, or with the `next` service of the chain. */
  | { readonly type: "retried"; readonly error: EarshotError; readonly next?: string }
  /** The service made nothing of a text with letters, or nothing but silence. */
  | { readonly type: "silent" }
  | {
    readonly type: "ended";
    /** Absent when it went well; `canceled` when it was given up. */
    readonly error?: EarshotError;
    /** How much sound there was, in ms. */
    readonly soundMs: number;
  };

/** How a sentence is asked for. */
export interface SpeakOptions {
  /** Gives it up: the request ends at its socket. */
  readonly signal: AbortSignal;
  /** Whose it is, such as the device's: where sentences wait, flows are served in turn. Default: a flow of its own. */
  readonly flow?: object | undefined;
  /** Nobody waits for it: it is tried once, and its failure is no reason to spare the service. Default: no. */
  readonly background?: boolean | undefined;
}

/** A text that is being written, for one request. */
export interface StreamedText {
  /** All of its parts, from the first one on. */
  readonly read: (signal: AbortSignal) => AsyncIterable<string>;
  /** Whether more is waited for. */
  readonly isAwaited: () => boolean;
  /** Its language (BCP 47). */
  readonly language: string;
}

/** What one request is. */
interface Asking {
  readonly ask: (signal: AbortSignal) => AsyncIterable<SpeechSound>;
  readonly isAwaited?: () => boolean;
  readonly costMs: number;
}

/** How a voice is doing. */
export interface VoiceStats extends ServiceStats {
  /** Sentences that wait for a place. */
  readonly waiting: number;
}

/** One voice with its deadlines, retries, circuit breaker and bound, for all agents that use it. */
export class TtsRunner {
  readonly provider: TtsProvider;
  readonly onEvent: (event: SpeechEvent) => void;
  readonly #options: TtsRunnerOptions;
  readonly #guard: ServiceGuard;
  readonly #places: Places;

  /** Opens nothing yet. */
  constructor(provider: TtsProvider, options: TtsRunnerOptions) {
    this.provider = provider;
    this.#options = options;
    this.onEvent = options.onEvent ?? (() => {});
    const { clock, maxStreams: maxConcurrent, firstSoundTimeoutMs: waitMs } = options;
    this.#guard = new ServiceGuard({ ...options, maxConcurrent, service: this.service });
    this.#places = new Places({ clock, waitMs, guard: this.#guard, service: this.service });
  }

  /** For errors. */
  get service(): ServiceName {
    return { family: "tts", name: this.provider.name };
  }

  /** What tells how it sounds: the same for the same settings, also after a restart. */
  get print(): string | undefined {
    return this.#options.print;
  }

  /** Whether fixed sentences sound better with it than those that ship. */
  get ownSentences(): boolean {
    return this.#options.ownSentences ?? true;
  }

  /** Whether it may be asked for something that can wait: nobody waits, and half of its places are free. */
  get hasRoomToSpare(): boolean {
    const { active, waiting, breaker } = this.stats;
    return breaker === "closed" && waiting === 0 && 2 * active < (this.#options.maxStreams ?? Infinity);
  }

  /** How the service is doing. */
  get stats(): VoiceStats {
    return { ...this.#guard.stats, waiting: this.#places.waiting };
  }

  /**
   * Speaks a text in one request, which begins with the first pull; a temporary fault before its first sound is tried
   * again. Abort the signal to end it while sound is awaited: leaving the loop only counts between two sounds.
   *
   * @throws {EarshotError} `tts.*`, `engine.*` or `canceled`; `tts.unavailable` while the breaker is open, `tts.busy`
   *   when no place became free in time
   */
  speak(speech: SpeechText, options: SpeakOptions): AsyncGenerator<SpeechSound, void> {
    const ask = (signal: AbortSignal) => this.provider.speak(speech, signal);
    return this.#speak({ ask, costMs: speech.text.length * CHAR_MS }, options);
  }

  /** The same for a text that is being written, where the service takes one. */
  speakStream(
    { read, isAwaited, language }: StreamedText,
    options: SpeakOptions,
  ): AsyncGenerator<SpeechSound, void> {
    const ask = (signal: AbortSignal) => {
      const sounds = this.provider.speakStream?.(read(signal), { language }, signal);
      if (sounds === undefined) {
        throw serviceError(this.service, "config", { detail: "it takes whole texts" });
      }
      return sounds;
    };
    return this.#speak({ ask, isAwaited, costMs: ANSWER_MS }, options);
  }

  async *#speak(
    asking: Asking,
    { signal, flow, background = false }: SpeakOptions,
  ): AsyncGenerator<SpeechSound, void> {
    const retries = background ? 0 : this.#options.retries ?? 0;
    // Nobody waits for a service that is spared.
    if (this.stats.breaker === "open") {
      throw serviceError(this.service, "unavailable", {
        detail: "it failed too often; it is tried again soon",
      });
    }
    const leave = await this.#places.take({ flow, costMs: asking.costMs, signal });
    try {
      for (let tries = 0;; tries++) {
        const error = yield* this.#try(asking, { signal, background, mayRepeat: tries < retries });
        if (error === undefined) return;
        this.onEvent({ type: "retried", error });
        await pause(RETRY_DELAY_MS * 2 ** tries, { clock: this.#options.clock, signal });
      }
    } finally {
      leave();
    }
  }

  /** Asks once; gives the error of what may be tried again. */
  async *#try(
    { ask, isAwaited }: Asking,
    { signal, background, mayRepeat }: {
      readonly signal: AbortSignal;
      readonly background: boolean;
      readonly mayRepeat: boolean;
    },
  ): AsyncGenerator<SpeechSound, EarshotError | undefined> {
    const { service } = this;
    this.#guard.assertAvailable();
    let sounded = false;
    let decided = false;
    try {
      const options = {
        ...this.#options,
        ask,
        isAwaited,
        service,
        onFirstSound: (firstSoundMs: number) => this.onEvent({ type: "started", firstSoundMs }),
      };
      for await (const sound of attempt(options, signal)) {
        sounded = true;
        yield sound;
      }
      return undefined;
    } catch (thrown) {
      const error = EarshotError.from(thrown, "tts.failed");
      decided = true;
      this.#guard.failed(error, { givenUp: signal.aborted || background });
      const again = mayRepeat && !sounded && error.retryable && !signal.aborted &&
        this.stats.breaker !== "open";
      if (!again) throw error;
      return error;
    } finally {
      // Also where the caller leaves in the midst of it: it has sounded then.
      if (!decided) this.#guard.succeeded();
    }
  }
}
