import { EarshotError, type ErrorCode } from "../../lib/errors/mod.ts";
import type { SpeechSound, SpeechText, TtsCapabilities, TtsProvider } from "../../lib/tts/mod.ts";

const SAMPLE_RATE_HZ = 24_000;
/** How many samples one stretch of sound has. */
const STRETCH_SAMPLES = SAMPLE_RATE_HZ / 10;

/** What a {@linkcode FakeVoice} makes of one text. */
export interface FakeSpeech {
  /** How long it sounds, in ms. Default: 60 a character. */
  readonly durationMs?: number;
  /** How loud each tenth of a second is, 0 to 1. Default: as loud all the time. */
  readonly gainAt?: (tenth: number) => number;
  /** Silence after it, in ms. Default 0: it breaks off. */
  readonly silenceMs?: number;
  /** Waited for before the first sound, and after each stretch of it. */
  readonly before?: () => Promise<void>;
  /** It fails with that, before its first sound or after it. */
  readonly fault?: { readonly code: ErrorCode; readonly afterSound?: boolean };
}

/** A voice that hums by script, and keeps a record of what it was asked. */
export class FakeVoice implements TtsProvider {
  readonly name: string;
  readonly capabilities: TtsCapabilities;
  /** Every text, as they came. */
  readonly asked: SpeechText[] = [];
  /** The parts of each text that it got while it was written. */
  readonly streams: string[][] = [];
  /** How many of them are being spoken. */
  active = 0;
  /** What it makes of a text; may be changed at any time. */
  script: (speech: SpeechText, index: number) => FakeSpeech = () => ({});

  /** Is asked nothing yet. */
  constructor(
    { name = "fake", ...capabilities }: Partial<TtsCapabilities> & { readonly name?: string } = {},
  ) {
    this.name = name;
    this.capabilities = { languages: "any", maxChars: 1_000, textIn: "whole", ...capabilities };
  }

  /** Speaks each part as a text of its own. */
  async *speakStream(
    texts: AsyncIterable<string>,
    { language }: { readonly language: string },
    signal: AbortSignal,
  ): AsyncGenerator<SpeechSound, void> {
    const parts: string[] = [];
    this.streams.push(parts);
    this.active++;
    try {
      for await (const text of texts) {
        parts.push(text);
        yield* this.speak({ text, language }, signal);
      }
    } finally {
      this.active--;
    }
  }

  async *speak(speech: SpeechText, signal: AbortSignal): AsyncGenerator<SpeechSound, void> {
    const { durationMs = 60 * speech.text.length, gainAt = () => 1, silenceMs = 0, before, fault } = this
      .script(
        speech,
        this.asked.length,
      );
    this.asked.push(speech);
    this.active++;
    try {
      await before?.();
      signal.throwIfAborted();
      if (fault?.afterSound === false || (fault !== undefined && fault.afterSound === undefined)) {
        throw new EarshotError(fault.code, "Cannot speak: the script says so");
      }
      let left = Math.round(durationMs * SAMPLE_RATE_HZ / 1_000);
      for (let tenth = 0; left > 0; tenth++) {
        const length = Math.min(left, STRETCH_SAMPLES);
        left -= length;
        const gain = gainAt(tenth);
        yield { pcm: tone(length).map((sample) => gain * sample), sampleRateHz: SAMPLE_RATE_HZ };
        signal.throwIfAborted();
        if (fault !== undefined) throw new EarshotError(fault.code, "Cannot go on: the script says so");
      }
      if (silenceMs > 0) {
        yield { pcm: new Int16Array(silenceMs * SAMPLE_RATE_HZ / 1_000), sampleRateHz: SAMPLE_RATE_HZ };
      }
    } finally {
      this.active--;
    }
  }
}

function tone(length: number): Int16Array {
  return Int16Array.from({ length }, (_, at) => 8_000 * Math.sin(at * 2 * Math.PI * 220 / SAMPLE_RATE_HZ));
}
