import { type DecodedPacket, type DecodeOptions, DeviceSound } from "./device_sound.ts";
import type { SoundPacket } from "../contract.ts";

/** How much decoded sound all devices may have here, in bytes; past that, whose was used longest ago is let go of. */
const MAX_BYTES = 128 * 1_024 * 1_024;
/** For how many devices there is a decoder. */
const MAX_DEVICES = 4_096;

/** Bounds of {@linkcode DeviceSounds}. */
export interface DeviceSoundsOptions {
  readonly maxBytes?: number;
  readonly maxDevices?: number;
}

/**
 * The sound of all devices in the engine. It is a cache: whoever asks for sound brings its packets, so what had to go, or
 * went with an engine that died, is decoded anew.
 */
export class DeviceSounds {
  readonly #maxBytes: number;
  readonly #maxDevices: number;
  /** In the order of their last use. */
  readonly #sounds = new Map<number, DeviceSound>();
  #bytes = 0;

  /** Holds nothing yet. */
  constructor({ maxBytes = MAX_BYTES, maxDevices = MAX_DEVICES }: DeviceSoundsOptions = {}) {
    this.#maxBytes = maxBytes;
    this.#maxDevices = maxDevices;
  }

  /** How much decoded sound it holds, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** For how many devices it holds something. */
  get size(): number {
    return this.#sounds.size;
  }

  /** The sound of some packets of a device, each decoded once while it is held; what comes before `keepFromSeq` is not. */
  decode(
    soundId: number,
    packets: readonly SoundPacket[],
    { keepFromSeq = 0, ...options }: DecodeOptions & { readonly keepFromSeq?: number } = {},
  ): readonly DecodedPacket[] {
    const sound = this.#use(soundId);
    const decoded = this.#counted(sound, () => {
      sound.keepFrom(keepFromSeq);
      return packets.map((packet) => sound.decode(packet, options));
    });
    this.#makeRoom(soundId);
    return decoded;
  }

  /** The sound of a device before packet `fromSeq` is not asked for again. */
  keepFrom(soundId: number, fromSeq: number): void {
    const sound = this.#sounds.get(soundId);
    if (sound === undefined) return;
    if (fromSeq === Infinity) this.#drop(soundId, sound);
    else this.#counted(sound, () => sound.keepFrom(fromSeq));
  }

  /** Frees everything. May be called twice. */
  close(): void {
    for (const [soundId, sound] of this.#sounds) this.#drop(soundId, sound);
  }

  /** The device's sound, now the latest used. */
  #use(soundId: number): DeviceSound {
    const sound = this.#sounds.get(soundId) ?? new DeviceSound();
    this.#sounds.delete(soundId);
    this.#sounds.set(soundId, sound);
    return sound;
  }

  #counted<Result>(sound: DeviceSound, change: () => Result): Result {
    const before = sound.bytes;
    const result = change();
    this.#bytes += sound.bytes - before;
    return result;
  }

  #makeRoom(latestId: number): void {
    for (const [soundId, sound] of this.#sounds) {
      if (this.#bytes <= this.#maxBytes && this.#sounds.size <= this.#maxDevices) return;
      if (soundId !== latestId) this.#drop(soundId, sound);
    }
  }

  #drop(soundId: number, sound: DeviceSound): void {
    this.#bytes -= sound.bytes;
    sound.close();
    this.#sounds.delete(soundId);
  }
}
