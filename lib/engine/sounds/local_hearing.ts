import { joinPcm } from "../../audio/mod.ts";
import type { EngineSound, HearRequest, HearResponse, VadRequest, VadResponse } from "../contract.ts";
import { DeviceSounds } from "./device_sounds.ts";
import { packRequests, unpackResponses } from "./hear_codec.ts";
import { hearDevices } from "./hear_devices.ts";
import { SentSounds } from "./sent_sounds.ts";
import { StreamFramers } from "./stream_framers.ts";

/** Judges whole frames of several streams. */
export type DetectFrames = (batch: readonly VadRequest[]) => Promise<readonly VadResponse[]>;

/** What the engine process does with the sound of devices, in this process: for what stands in for an engine. */
export class LocalHearing {
  readonly #detect: DetectFrames;
  readonly #sounds = new DeviceSounds();
  readonly #framers = new StreamFramers();
  readonly #sent = new SentSounds();

  /** `detect` stands in for the model. */
  constructor(detect: DetectFrames) {
    this.#detect = detect;
  }

  /** See `Engine.hear`. */
  async hear(batch: readonly HearRequest[]): Promise<readonly HearResponse[]> {
    const request = packRequests(batch, (source) => this.#sent.idOf(source));
    const { detect, sounds, framers } = {
      detect: this.#detect,
      sounds: this.#sounds,
      framers: this.#framers,
    };
    return unpackResponses(
      await hearDevices({ type: "hear", id: 0, closed: [], ...request }, { sounds, framers, detect }),
    );
  }

  /** See `Engine.closeVadStream`. */
  closeVadStream(streamId: number): void {
    this.#framers.close(streamId);
  }

  /** See `Engine.releaseSound`. */
  releaseSound(source: object, fromSeq = Infinity): void {
    const soundId = this.#sent.knownIdOf(source);
    if (soundId !== undefined) this.#sounds.keepFrom(soundId, fromSeq);
  }

  /** The samples of a sound. */
  pcmOf(sound: EngineSound): Int16Array {
    if (sound instanceof Int16Array) return sound;
    const { source, packets, skipSamples = 0, samples = Infinity } = sound;
    const parts = this.#sounds.decode(this.#sent.idOf(source), packets).map(({ pcm }) => pcm);
    return joinPcm(parts).subarray(skipSamples, skipSamples + samples);
  }

  /** For how many devices it holds sound, and how much, in bytes. */
  get held(): { readonly devices: number; readonly bytes: number } {
    return { devices: this.#sounds.size, bytes: this.#sounds.bytes };
  }
}
