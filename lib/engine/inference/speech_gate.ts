/** For so long it must have been quiet, in frames of 32 ms: 0.7 s. Sooner a gate by loudness loses the ends of words. */
const QUIET_FRAMES = 22;

/**
 * A frame is quiet whose root mean square, without its offset, is at most this, in 16-bit samples: what a device sends that
 * mutes itself, or a room through a gate of its own. At 10 the model misses no frame of speech either, but its memory of
 * the room is another one afterward, and at -20 dB some words are in no utterance any more (`tests/bench/gate.ts`).
 */
const QUIET_RMS = 1;

/** Says which frames of one stream need no model: those of a quiet that lasts. It goes by the sound alone. */
export class SpeechGate {
  #quietFrames = 0;

  /** The next frame, 16-bit samples; whether the model is to judge it. */
  opens(frame: Int16Array): boolean {
    if (isQuiet(frame)) this.#quietFrames++;
    else this.#quietFrames = 0;
    return this.#quietFrames <= QUIET_FRAMES;
  }
}

function isQuiet(frame: Int16Array): boolean {
  let [sum, energy] = [0, 0];
  for (let index = 0; index < frame.length; index++) { // no iterator: for each frame of each device
    const sample = frame[index] ?? 0;
    sum += sample;
    energy += sample * sample;
  }
  return energy / frame.length - (sum / frame.length) ** 2 <= QUIET_RMS ** 2;
}
