import { EarshotError } from "../errors/mod.ts";
import { cleanText, isSpeakable } from "./clean_text.ts";
import type { SpeechSound } from "./contract.ts";
import { speaksLanguage } from "./language.ts";
import type { SpeakOptions, TtsRunner } from "./runner.ts";
import { splitText } from "./split_text.ts";

/** What is no louder at its loudest is silence, of 32,768. */
const SILENT_PEAK = 16;

/** A piece of an answer, of any length. */
export interface VoicePiece {
  /** Any text; what cannot be spoken of it is left out. */
  readonly text: string;
  /** Its language (BCP 47). */
  readonly language: string;
}

/** A stretch of sound, and which service it is of. */
export interface VoicedSound extends SpeechSound {
  /** The name of the service, by which its loudness is known. */
  readonly voice: string;
}

/** What an agent speaks with: a chain of voices, of which the next takes over from one that fails. */
export class Voice {
  readonly #members: readonly [TtsRunner, ...TtsRunner[]];

  /** Opens nothing yet. */
  constructor(members: readonly [TtsRunner, ...TtsRunner[]]) {
    this.#members = members;
  }

  /** Whether some member speaks a language (BCP 47). */
  speaks(language: string): boolean {
    return this.#members.some(({ provider }) => speaksLanguage(provider.capabilities, language));
  }

  /** Who would be asked to speak a language (BCP 47) now: the first that speaks it and is not spared. */
  memberFor(language: string): TtsRunner | undefined {
    const able = this.#members.filter(({ provider }) => speaksLanguage(provider.capabilities, language));
    return able.find(({ stats }) => stats.breaker !== "open") ?? able[0];
  }

  /** How the member of that name sounds; see {@linkcode TtsRunner.print}. */
  printOf(name: string): string | undefined {
    return this.#members.find(({ provider }) => provider.name === name)?.print;
  }

  /**
   * Speaks a piece; the request begins with the first pull, and the sound is read no faster than it is pulled. Another
   * member takes over as long as nothing was heard of a request. A text without a letter or a digit gives no sound and
   * asks nobody. Abort the signal to end it.
   *
   * @throws {EarshotError} `tts.language` where no member speaks the language, else what the last member threw
   */
  async *speak(
    { text, language }: VoicePiece,
    { signal, flow, background }: SpeakOptions,
  ): AsyncGenerator<VoicedSound, void> {
    const whole = cleanText(text);
    if (!isSpeakable(whole)) return;
    const able = this.#members.filter(({ provider }) => speaksLanguage(provider.capabilities, language));
    let [runner] = able.length === 0 ? this.#members : able;
    runner ??= this.#members[0];
    let soundMs = 0;
    let audible = false;
    let error: EarshotError | undefined = new EarshotError(
      "canceled",
      "Cannot go on speaking: it was given up",
    );
    try {
      if (able.length === 0) {
        throw new EarshotError("tts.language", `Cannot speak ${language}: no voice of the agent speaks it`);
      }
      let rest = whole;
      for (const [index, member] of able.entries()) {
        runner = member;
        const next = able[index + 1];
        let sounded = false;
        try {
          for (const part of splitText(rest, member.provider.capabilities.maxChars)) {
            const speech = { text: part.trim(), language };
            sounded = false;
            if (isSpeakable(part)) {
              for await (const sound of member.speak(speech, { signal, flow, background })) {
                sounded = true;
                soundMs += sound.pcm.length * 1_000 / sound.sampleRateHz;
                audible ||= sound.pcm.some((sample) => Math.abs(sample) > SILENT_PEAK);
                yield { ...sound, voice: member.provider.name };
              }
            }
            rest = rest.slice(part.length);
          }
          error = undefined;
          break;
        } catch (thrown) {
          const cause = EarshotError.from(thrown, "tts.failed");
          if (sounded || next === undefined || signal.aborted) throw cause;
          member.onEvent({ type: "retried", error: cause, next: next.provider.name });
        }
      }
      if (!audible) runner.onEvent({ type: "silent" });
    } catch (thrown) {
      error = EarshotError.from(thrown, "tts.failed");
      throw error;
    } finally {
      runner.onEvent({ type: "ended", soundMs, ...(error !== undefined && { error }) });
    }
  }
}
