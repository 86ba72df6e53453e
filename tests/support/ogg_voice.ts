import type { SpeechSound, SpeechText } from "../../lib/tts/mod.ts";
import { soundOfBody } from "../../lib/tts/body/sound_of_body.ts";
import { FakeVoice } from "./fake_voice.ts";

/** A voice that gives a file of Ogg Opus by script, in parts, as a service does. */
export class OggVoice extends FakeVoice {
  readonly #fileOf: (text: string) => Uint8Array;

  /** `fileOf` gives what it makes of a text. */
  constructor(name: string, fileOf: (text: string) => Uint8Array) {
    super({ name });
    this.#fileOf = fileOf;
  }

  override async *speak(speech: SpeechText, signal: AbortSignal): AsyncGenerator<SpeechSound, void> {
    const bytes = this.#fileOf(speech.text);
    this.asked.push(speech);
    this.active++;
    try {
      yield* soundOfBody(parts(bytes, signal), { service: { family: "tts", name: this.name } });
    } finally {
      this.active--;
    }
  }
}

async function* parts(bytes: Uint8Array, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += 1_000) {
    signal.throwIfAborted();
    yield await Promise.resolve(bytes.subarray(at, at + 1_000));
  }
}
