import { EarshotError } from "../../errors/mod.ts";
import { Channel, type Scope } from "../../lifecycle/mod.ts";
import type { SpeechSound } from "../../tts/mod.ts";

/** How many stretches of sound wait that a service has sent ahead; it is read no further meanwhile. */
const MOST_WAITING = 8;

/** A stretch of sound, and which voice it is. */
export interface VoicedSound extends SpeechSound {
  readonly voice: string;
}

/** One piece of an answer being spoken ahead of its time. */
export class SpeechJob {
  readonly #sounds = new Channel<VoicedSound>(MOST_WAITING);

  /** Begins to speak; closing `scope` ends it. */
  constructor(sounds: AsyncIterable<VoicedSound>, scope: Scope) {
    if (scope.state !== "open") {
      this.#sounds.cancel();
      return;
    }
    scope.signal.addEventListener("abort", () => this.#sounds.cancel(), { once: true });
    scope.run("speech", async () => {
      try {
        for await (const sound of sounds) if (!await this.#sounds.send(sound)) return;
        this.#sounds.close();
      } catch (thrown) {
        this.#sounds.close(EarshotError.from(thrown, "tts.failed"));
      }
    });
  }

  /** The sound, in order; throws what the voice failed with. */
  get sounds(): AsyncIterable<VoicedSound> {
    return this.#sounds;
  }
}
