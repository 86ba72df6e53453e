import { joinPcm, SPEECH_SAMPLE_RATE_HZ } from "../audio/mod.ts";
import type { Clock } from "../lifecycle/mod.ts";
import type { ServerMessage } from "../protocol/mod.ts";

/** A message of the gateway and when it came. */
export interface TimedMessage {
  /** Seconds since the device had connected. */
  readonly tSeconds: number;
  /** What the gateway said. */
  readonly message: ServerMessage;
}

/** What came of something that was said. */
export interface SaidResult {
  /** The recognized texts joined by a space; empty when nothing was recognized. */
  readonly text: string;
  /** Each `stt` in order; more than one when the gateway recognized several utterances. */
  readonly texts: readonly string[];
  /**
   * From the end of speech to the last `stt`, in ms: from `listen stop` in manual mode, else from the last
   * frame with speech; negative when the gateway knew before. Absent without a text.
   */
  readonly endOfSpeechToTextMs?: number;
  /** From the end of speech to the `tts stop` that ended the turn, in ms; negative like the other. */
  readonly endOfSpeechToStopMs: number;
  /** What was answered, as the device shows it: its sentences, joined. */
  readonly answer: string;
  /** From the end of speech to the first frame of the answer, in ms; negative like the others. Absent without one. */
  readonly endOfSpeechToFirstFrameMs?: number;
  /** What the device played, 24 kHz mono, at most 10 minutes of it; empty unless the device keeps its sound. */
  readonly sound: Int16Array;
  /** What the gateway said meanwhile, at most 256 messages. */
  readonly messages: readonly TimedMessage[];
}

const MAX_MESSAGES = 256;
/** How much text of an answer is kept, in UTF-16 units. */
const MAX_ANSWER_CHARS = 65_536;
/** How much of what a device plays is kept, in samples of 24 kHz: 10 minutes. */
const MAX_SOUND_SAMPLES = 600 * SPEECH_SAMPLE_RATE_HZ;
/** Between sentences whose letters are words by themselves, as in Chinese, stands no blank. */
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uffef]/u;
/**
 * How long to listen on when the gateway had ended a turn before the speech was over, in ms: it may have cut the
 * utterance in two.
 */
const SETTLE_MS = 3_000;

/** Follows one turn from the first word to the `tts stop` that ends it. */
export class TurnRecorder {
  readonly #clock: Clock;
  readonly #texts: string[] = [];
  readonly #messages: TimedMessage[] = [];
  readonly #sound: Int16Array[] = [];
  #answer = "";
  #soundSamples = 0;
  #frameMs: number | undefined;
  readonly #finished = Promise.withResolvers<void>();
  #spokenMs: number | undefined;
  #textMs: number | undefined;
  #stopMs: number | undefined;
  #cancelSettling: (() => void) | undefined;

  /** Begins with the first word. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when the turn is over. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /** The speech is over. */
  spoken(atMs: number): void {
    this.#spokenMs = atMs;
    if (this.#stopMs !== undefined) this.#settle();
  }

  /** A message of the gateway came. */
  record(timed: TimedMessage): void {
    const { message } = timed;
    if (this.#messages.length < MAX_MESSAGES) this.#messages.push(timed);
    if (message.type === "stt" && this.#texts.length < MAX_MESSAGES) {
      this.#texts.push(message.text);
      this.#textMs = this.#clock.nowMs();
    }
    if (message.type === "tts" && message.state === "sentence_start") this.#show(message.text);
    const isStop = message.type === "tts" && message.state === "stop";
    if (isStop) this.#stopMs = this.#clock.nowMs();
    if (this.#spokenMs === undefined) return;
    if (isStop) this.#finished.resolve();
    else if (this.#cancelSettling !== undefined) this.#settle();
  }

  /** The device plays a frame; `pcm` is its sound, where that is kept. */
  played(pcm: Int16Array | undefined): void {
    this.#frameMs ??= this.#clock.nowMs();
    if (pcm === undefined || this.#soundSamples >= MAX_SOUND_SAMPLES) return;
    this.#soundSamples += pcm.length;
    this.#sound.push(pcm);
  }

  /** Cancels its timer. */
  close(): void {
    this.#cancelSettling?.();
    this.#cancelSettling = undefined;
  }

  /** What came of it, once the turn is over. */
  result(): SaidResult {
    const spokenMs = this.#spokenMs ?? 0;
    return {
      text: this.#texts.join(" "),
      texts: this.#texts,
      ...(this.#textMs !== undefined && { endOfSpeechToTextMs: this.#textMs - spokenMs }),
      endOfSpeechToStopMs: (this.#stopMs ?? 0) - spokenMs,
      answer: this.#answer,
      ...(this.#frameMs !== undefined && { endOfSpeechToFirstFrameMs: this.#frameMs - spokenMs }),
      sound: joinPcm(this.#sound),
      messages: this.#messages,
    };
  }

  #show(sentence: string): void {
    if (this.#answer.length + sentence.length > MAX_ANSWER_CHARS) return;
    const last = this.#answer.at(-1) ?? "";
    const joint = last === "" || (WIDE.test(last) && WIDE.test(sentence.at(0) ?? "")) ? "" : " ";
    this.#answer += `${joint}${sentence}`;
  }

  #settle(): void {
    this.#cancelSettling?.();
    this.#cancelSettling = this.#clock.schedule(SETTLE_MS, () => this.#finished.resolve());
  }
}
