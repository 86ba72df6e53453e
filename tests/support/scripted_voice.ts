import { EarshotError } from "../../lib/errors/mod.ts";
import type { SpeechSound, SpeechText, TtsCapabilities, TtsProvider } from "../../lib/tts/mod.ts";

/** One request to a {@linkcode ScriptedVoice}; the test speaks for the service. */
export class ScriptedSpeech {
  /** The parts of a text that is being written, as they came. */
  readonly parts: string[] = [];
  /** Whether that was all of them. */
  allParts = false;
  readonly #sounds: SpeechSound[] = [];
  #end: { readonly error?: EarshotError } | undefined;
  #wake = Promise.withResolvers<void>();
  /** How often sound was asked for. */
  pulls = 0;

  constructor(readonly speech: SpeechText, readonly signal: AbortSignal) {
    signal.addEventListener(
      "abort",
      () => this.fail(new EarshotError("canceled", "Cannot go on: given up")),
      {
        once: true,
      },
    );
  }

  /** So much sound comes, in ms at 1 kHz. */
  sound(ms: number): void {
    this.#sounds.push({ pcm: new Int16Array(ms).fill(1_000), sampleRateHz: 1_000 });
    this.#wake.resolve();
  }

  end(): void {
    this.#end ??= {};
    this.#wake.resolve();
  }

  fail(error: EarshotError): void {
    this.#end ??= { error };
    this.#wake.resolve();
  }

  async *read(): AsyncGenerator<SpeechSound, void> {
    for (;;) {
      this.pulls++;
      const sound = this.#sounds.shift();
      if (sound !== undefined) {
        yield sound;
        continue;
      }
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end !== undefined) return;
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
  }
}

/** A voice without a wire: each request is the test's, unless it answers by itself. */
export class ScriptedVoice implements TtsProvider {
  readonly requests: ScriptedSpeech[] = [];
  readonly capabilities: TtsCapabilities;
  /** What happens to each request as it comes; default: nothing. */
  onRequest: (request: ScriptedSpeech) => void = () => {};

  constructor(readonly name = "scripted", capabilities: Partial<TtsCapabilities> = {}) {
    this.capabilities = { languages: "any", maxChars: 1_000, textIn: "whole", ...capabilities };
  }

  /** The texts that were asked for. */
  get texts(): readonly string[] {
    return this.requests.map(({ speech }) => speech.text);
  }

  /** Every request gives so much sound at once. */
  speaks(ms: number): this {
    this.onRequest = (request) => {
      if (ms > 0) request.sound(ms);
      request.end();
    };
    return this;
  }

  /** Every request fails. */
  fails(error: EarshotError): this {
    this.onRequest = (request) => request.fail(error);
    return this;
  }

  speak(speech: SpeechText, signal: AbortSignal): AsyncIterable<SpeechSound> {
    const request = new ScriptedSpeech(speech, signal);
    this.requests.push(request);
    this.onRequest(request);
    return request.read();
  }

  speakStream(
    parts: AsyncIterable<string>,
    { language }: { readonly language: string },
    signal: AbortSignal,
  ): AsyncIterable<SpeechSound> {
    const request = new ScriptedSpeech({ text: "", language }, signal);
    this.requests.push(request);
    const reading = (async () => {
      for await (const part of parts) request.parts.push(part);
      request.allParts = true;
    })();
    reading.catch((thrown) => request.fail(EarshotError.from(thrown)));
    this.onRequest(request);
    return request.read();
  }
}
