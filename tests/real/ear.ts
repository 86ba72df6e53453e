import { Engines, ModelStore, speakRecording, transcribeSound } from "../../lib/app/mod.ts";
import { joinPcm, resample, toFloat32, toPcm16, writeWav } from "../../lib/audio/mod.ts";
import type { EngineClient } from "../../lib/engine/mod.ts";
import { Scope, systemClock } from "../../lib/lifecycle/mod.ts";
import type { SpeechSound } from "../../lib/tts/mod.ts";
import { configOf } from "../support/config_of.ts";
import { MODELS_DIR } from "../support/models.ts";
import { wordErrors } from "../support/word_errors.ts";
import { say } from "./table.ts";

const RATE_HZ = 16_000;

/** What was understood of some speech. */
export interface Compared {
  readonly wrong: number;
  readonly of: number;
}

/** Our own ear (Moonshine) and voice (Flite), with nothing of a gateway between. They know English. */
export class Ear implements AsyncDisposable {
  readonly #scope: Scope;
  readonly #engines: Engines;
  readonly #ear: EngineClient;

  private constructor(scope: Scope, engines: Engines, ear: EngineClient) {
    this.#scope = scope;
    this.#engines = engines;
    this.#ear = ear;
  }

  /** Loads the models. */
  static async open(): Promise<Ear> {
    const scope = new Scope("ear");
    const store = new ModelStore({ dir: MODELS_DIR });
    const engines = await Engines.open({
      config: configOf(),
      store,
      scope,
      clock: systemClock,
      detection: true,
      voiceModels: ["flite-slt"],
    });
    const { encoder, decoder } = await store.resolve("moonshine-tiny-en");
    const ear = engines.add({ moonshine: { encoderPath: encoder, decoderPath: decoder } });
    await engines.warm();
    return new Ear(scope, engines, ear);
  }

  /** Says a text in Flite's voice, 16 kHz. */
  async say(text: string, signal: AbortSignal): Promise<Int16Array> {
    return (await speakRecording(this.#engines, text, signal)).pcm;
  }

  /** Writes down what is said, at one rate, and counts the words that are other than those of `text`. */
  async compare(text: string, sounds: readonly SpeechSound[], signal: AbortSignal): Promise<Compared> {
    const heard = await this.hear(sounds, signal);
    say(`  said:  ${text}\n  heard: ${heard}`);
    return { wrong: wordErrors(text, heard), of: text.match(/[a-z']+/gi)?.length ?? 0 };
  }

  /** Writes down what is said, at one rate. */
  async hear(sounds: readonly SpeechSound[], signal: AbortSignal): Promise<string> {
    const [{ sampleRateHz } = { sampleRateHz: RATE_HZ }] = sounds;
    const pcm = at16Khz({ pcm: joinPcm(sounds.map(({ pcm }) => pcm)), sampleRateHz });
    const parts: string[] = [];
    const wav = writeWav(pcm, RATE_HZ);
    for await (const segment of transcribeSound(this.#ear, bytesOf(wav), { signal })) {
      parts.push(segment.text);
    }
    return parts.join(" ");
  }

  /** Ends the processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope.close();
  }
}

function at16Khz({ pcm, sampleRateHz }: SpeechSound): Int16Array {
  return sampleRateHz === RATE_HZ ? pcm : toPcm16(resample(toFloat32(pcm), sampleRateHz, RATE_HZ));
}

async function* bytesOf(wav: Uint8Array): AsyncGenerator<Uint8Array> {
  yield wav;
}
