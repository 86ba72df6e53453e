import { EarshotError } from "../errors/mod.ts";
import { cleanPart, cleanText, isSpeakable } from "./text/clean_text.ts";
import type { SpeechSound } from "./contract.ts";
import { speaksLanguage } from "./language.ts";
import type { SpeakOptions, TtsRunner } from "./runner.ts";
import { soundMs } from "./sound_length.ts";
import { SoundOfVoice, type VoicedSound } from "./sound_of_voice.ts";
import { splitText } from "./text/split_text.ts";
import type { WrittenText } from "./written_text.ts";

/** A piece of an answer, of any length. */
export interface VoicePiece {
  /** Any text; what cannot be spoken of it is left out. */
  readonly text: string;
  /** Its language (BCP 47). */
  readonly language: string;
}

/** The same of a text that is being written. */
export interface WrittenPiece {
  readonly text: WrittenText;
  readonly language: string;
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
    const able = this.#able(language);
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
  speak({ text, language }: VoicePiece, options: SpeakOptions): AsyncGenerator<VoicedSound, void> {
    const whole = cleanText(text);
    let rest = whole;
    return this.#speak(language, options, {
      isSpeakable: () => Promise.resolve(isSpeakable(whole)),
      async *by(member) {
        for (const part of splitText(rest, member.provider.capabilities.maxChars)) {
          if (isSpeakable(part)) yield member.speak({ text: part.trim(), language }, options);
          rest = rest.slice(part.length);
        }
      },
    });
  }

  /**
   * Speaks a text while it is being written: in one request where the service takes that, else part by part. Else it is as
   * with {@linkcode speak}.
   */
  speakStream({ text, language }: WrittenPiece, options: SpeakOptions): AsyncGenerator<VoicedSound, void> {
    const { signal } = options;
    let spokenChars = 0;
    return this.#speak(language, options, {
      isSpeakable: async () => {
        for await (const _part of speakableParts(text, signal)) return true;
        return false;
      },
      async *by(member) {
        const { textIn, maxChars } = member.provider.capabilities;
        if (textIn === "streamed") {
          const read = (signal: AbortSignal) =>
            cut(partsFrom(spokenChars, speakableParts(text, signal)), maxChars);
          return yield member.speakStream({ read, isAwaited: () => text.isAwaited, language }, options);
        }
        for await (const part of cut(partsFrom(spokenChars, speakableParts(text, signal)), maxChars)) {
          if (isSpeakable(part)) yield member.speak({ text: part.trim(), language }, options);
          spokenChars += part.length;
        }
      },
    });
  }

  #able(language: string): readonly TtsRunner[] {
    return this.#members.filter(({ provider }) => speaksLanguage(provider.capabilities, language));
  }

  /** Speaks by one member after the other until one does; `by` gives its requests, one after the other. */
  async *#speak(
    language: string,
    { signal }: SpeakOptions,
    text: {
      readonly isSpeakable: () => Promise<boolean>;
      readonly by: (member: TtsRunner) => AsyncIterable<AsyncIterable<SpeechSound>>;
    },
  ): AsyncGenerator<VoicedSound, void> {
    if (!await text.isSpeakable()) return;
    const able = this.#able(language);
    let [runner] = able.length === 0 ? this.#members : able;
    runner ??= this.#members[0];
    let spokenMs = 0;
    let audible = false;
    let error: EarshotError | undefined;
    let isOver = false;
    try {
      if (able.length === 0) {
        throw new EarshotError("tts.language", `Cannot speak ${language}: no voice of the agent speaks it`);
      }
      for (const [index, member] of able.entries()) {
        runner = member;
        const next = able[index + 1];
        let sounded = false;
        try {
          for await (const request of text.by(member)) {
            sounded = false;
            for await (const sound of request) {
              sounded = true;
              spokenMs += soundMs(sound);
              const voiced = new SoundOfVoice(sound, member.provider.name);
              if (sound.opus === undefined) audible ||= voiced.isAudible;
              yield voiced;
              // Only now: who takes its packets has nothing decoded.
              audible ||= voiced.isAudible;
            }
          }
          isOver = true;
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
      if (!isOver) error ??= new EarshotError("canceled", "Cannot go on speaking: it was given up");
      runner.onEvent({ type: "ended", soundMs: spokenMs, ...(error !== undefined && { error }) });
    }
  }
}

/** The parts of a text as they are fit for every voice; those before the first letter or digit come with it. */
async function* speakableParts(text: WrittenText, signal: AbortSignal): AsyncGenerator<string, void> {
  let held: string | undefined = "";
  for await (const part of text.read(signal)) {
    const clean = cleanPart(part);
    if (held === undefined) {
      yield clean;
      continue;
    }
    held += clean;
    if (!isSpeakable(held)) continue;
    yield held.trimStart();
    held = undefined;
  }
}

/** What comes after the first so many UTF-16 units. */
async function* partsFrom(chars: number, parts: AsyncIterable<string>): AsyncGenerator<string, void> {
  let left = chars;
  for await (const part of parts) {
    if (part.length > left) yield part.slice(left);
    left = Math.max(0, left - part.length);
  }
}

async function* cut(parts: AsyncIterable<string>, maxChars: number): AsyncGenerator<string, void> {
  for await (const part of parts) yield* splitText(part, maxChars);
}
