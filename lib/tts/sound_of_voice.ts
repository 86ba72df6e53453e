import { isSilentOpusPacket, type UndecodedOpus } from "../audio/mod.ts";
import type { SpeechSound } from "./contract.ts";

/** What is no louder at its loudest is silence, of 32,768. */
const SILENT_PEAK = 16;

/** A stretch of sound, and which service it is of. */
export interface VoicedSound extends SpeechSound {
  /** The name of the service, by which its loudness is known. */
  readonly voice: string;
}

/** Sound with its voice, decoded no sooner than it would be. */
export class SoundOfVoice implements VoicedSound {
  readonly voice: string;
  readonly sampleRateHz: number;
  readonly opus: UndecodedOpus | undefined;
  readonly #sound: SpeechSound;
  #isAudible: boolean | undefined;

  /** Reads no samples. */
  constructor(sound: SpeechSound, voice: string) {
    this.#sound = sound;
    this.voice = voice;
    this.sampleRateHz = sound.sampleRateHz;
    this.opus = sound.opus;
  }

  get pcm(): Int16Array {
    const { pcm } = this.#sound;
    // Who gets them may hand their buffer over.
    this.#isAudible ??= pcm.some((sample) => Math.abs(sample) > SILENT_PEAK);
    return pcm;
  }

  /** Whether there is more than silence; of packets that were taken as they are, by their size. */
  get isAudible(): boolean {
    if (this.#isAudible === undefined && this.opus?.isTaken === true) {
      this.#isAudible = this.opus.packets.some((packet) => !isSilentOpusPacket(packet));
    }
    if (this.#isAudible === undefined) void this.pcm;
    return this.#isAudible ?? false;
  }
}
