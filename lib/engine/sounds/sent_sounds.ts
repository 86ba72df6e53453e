import { type EngineSound, samplesOf } from "../contract.ts";
import type { SentSound } from "../messages.ts";
import { packPackets } from "./packet_codec.ts";

/** How sound goes to the engine, and the numbers by which it knows whose it is. */
export class SentSounds {
  /** Nothing is kept of a source that is gone. */
  readonly #ids = new WeakMap<object, number>();
  #nextId = 1;

  /** The number of a source, a new one the first time. */
  idOf(source: object): number {
    const known = this.#ids.get(source);
    if (known !== undefined) return known;
    const id = this.#nextId++;
    this.#ids.set(source, id);
    return id;
  }

  /** The number of a source of which sound was sent. */
  knownIdOf(source: object): number | undefined {
    return this.#ids.get(source);
  }

  /** Lays a sound out for the pipe. */
  send(sound: EngineSound): SentSound {
    if (sound instanceof Int16Array) return { type: "samples", pcm: sound };
    const { source, packets, skipSamples = 0 } = sound;
    return {
      type: "packets",
      soundId: this.idOf(source),
      packets: packPackets(packets),
      skipSamples,
      samples: samplesOf(sound),
    };
  }
}
