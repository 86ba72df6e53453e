import { isSilentOpusPacket, type ReadyPackets, type SpeechEncoder } from "../../audio/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import { Channel, type Scope } from "../../lifecycle/mod.ts";
import type { VoicedSound } from "../../tts/mod.ts";

/** How many stretches of sound wait that a service has sent ahead; it is read no further meanwhile. */
const MOST_WAITING = 8;
/** What is no louder at its loudest is silence, of 32,768. */
const SILENT_PEAK = 16;
/** How much of a piece tells how loud it is, in ms. */
const LOOK_MS = 2_000;

/** A stretch of sound as it is to be played, and which voice it is: samples, or packets that need not be encoded. */
export type SpokenSound =
  & { readonly voice: string }
  & (ReadyPackets | { readonly pcm: Int16Array; readonly sampleRateHz: number });

/** Who says what need not be encoded. */
export type PassingRule = Pick<SpeechEncoder, "passing" | "haveShape" | "lookAt">;

/** What was made of a request. */
export interface VoicedPiece {
  /** Whether that was all of it. */
  readonly whole: boolean;
  /** Which voices spoke. */
  readonly voices: ReadonlySet<string>;
  /** Whether the encoder has begun a piece, which has to be ended. */
  readonly isEncoded: boolean;
}

/** One piece of an answer being spoken ahead of its time. */
export class SpeechJob {
  readonly #sounds = new Channel<SpokenSound>(MOST_WAITING);
  readonly #rule: PassingRule;
  /** Whether packets of the piece pass; `undefined` before its first sound, and for good no more after one that did not. */
  #passes: boolean | undefined;
  /** What is there of a piece that passes and is to be looked at. */
  #looked: { readonly voice: string; packets: readonly Uint8Array[]; durationMs: number } | undefined;

  /** Begins to speak; closing `scope` ends it. */
  constructor(sounds: AsyncIterable<VoicedSound>, scope: Scope, rule: PassingRule) {
    this.#rule = rule;
    if (scope.state !== "open") {
      this.#sounds.cancel();
      return;
    }
    scope.signal.addEventListener("abort", () => this.#sounds.cancel(), { once: true });
    scope.run("speech", async () => {
      try {
        for await (const sound of sounds) if (!await this.#sounds.send(this.#spoken(sound))) return;
        this.#look();
        this.#sounds.close();
      } catch (thrown) {
        this.#sounds.close(EarshotError.from(thrown, "tts.failed"));
      }
    });
  }

  /** The sound, in order, packets before samples; throws what the voice failed with. */
  get sounds(): AsyncIterable<SpokenSound> {
    return this.#sounds;
  }

  /** Decided at once: what is not taken as packets now is decoded with the next sound. */
  #spoken(sound: VoicedSound): SpokenSound {
    const { voice, sampleRateHz, opus } = sound;
    this.#passes = this.#passes !== false && opus !== undefined && this.#rule.haveShape(opus.packets) &&
      (this.#passes ?? this.#mayPass(voice));
    const packets = this.#passes ? opus?.take() : undefined;
    if (opus !== undefined && packets !== undefined) {
      if (this.#looked !== undefined) {
        this.#looked.packets = this.#looked.packets.concat(packets);
        this.#looked.durationMs += opus.durationMs;
        if (this.#looked.durationMs >= LOOK_MS) this.#look();
      }
      return { voice, packets, begins: opus.begins };
    }
    this.#passes = false;
    return { voice, sampleRateHz, pcm: sound.pcm };
  }

  #mayPass(voice: string): boolean {
    const passing = this.#rule.passing(voice);
    if (passing === "looked at") this.#looked = { voice, packets: [], durationMs: 0 };
    return passing !== "no";
  }

  /** What has come of a piece that is to be looked at is enough, or all. */
  #look(): void {
    if (this.#looked !== undefined && this.#looked.durationMs > 0) {
      this.#rule.lookAt(this.#looked.voice, this.#looked.packets);
    }
    this.#looked = undefined;
  }
}

/** Whether there is more than silence; of packets as far as their size tells. */
export function isAudible(sound: SpokenSound): boolean {
  if ("packets" in sound) return sound.packets.some((packet) => !isSilentOpusPacket(packet));
  return sound.pcm.some((sample) => Math.abs(sample) > SILENT_PEAK);
}
