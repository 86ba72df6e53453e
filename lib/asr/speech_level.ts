/** The length of the windows whose loudness is compared, in samples: 20 ms. */
const WINDOW_SAMPLES = 320;
/** So many windows may be louder: a click as long as this, as of the button, says nothing of the level. */
const CLICK_WINDOWS = 4;
/** Sound whose loudest window is quieter than this is raised, in dB to full scale, */
const QUIET_DB = -38;
/** until it is as loud as this. */
const RAISED_DB = -20;
/** Below it there is nothing but the last bits. */
const FAINTEST_DB = -90;
/** An offset is taken away that has this share of the loudest window. */
const OFFSET_SHARE = 0.25;

const FULL_SCALE = 32_768;

/**
 * Brings a recording to where speech is heard, 16-bit samples: what was recorded too quietly is raised, and an offset
 * is taken away. A device does both before it sends. Any other sound is left as it is, and so are pauses in it.
 */
export class SpeechLevel {
  #loudest = 0;

  /** The next segment of the recording. */
  even(pcm: Int16Array<ArrayBuffer>): Int16Array<ArrayBuffer> {
    const offset = meanOf(pcm);
    const levels = new Float64Array(Math.ceil(pcm.length / WINDOW_SAMPLES))
      .map((_, index) => loudnessOf(pcm.subarray(index * WINDOW_SAMPLES, (index + 1) * WINDOW_SAMPLES)))
      .sort();
    this.#loudest = Math.max(this.#loudest, levels.at(-1 - CLICK_WINDOWS) ?? levels[0] ?? 0);
    const gain = gainFor(this.#loudest);
    if (gain === 1 && Math.abs(offset) <= this.#loudest * OFFSET_SHARE) return pcm;
    return pcm.map((sample) => clamped(Math.round((sample - offset) * gain)));
  }
}

function gainFor(loudest: number): number {
  const levelDb = 20 * Math.log10(loudest / FULL_SCALE);
  return levelDb >= FAINTEST_DB && levelDb < QUIET_DB ? 10 ** ((RAISED_DB - levelDb) / 20) : 1;
}

/** The root mean square of a window, without its offset. */
function loudnessOf(window: Int16Array): number {
  const mean = meanOf(window);
  let energy = 0;
  for (const sample of window) energy += (sample - mean) ** 2;
  return Math.sqrt(energy / window.length);
}

function meanOf(pcm: Int16Array): number {
  let sum = 0;
  for (const sample of pcm) sum += sample;
  return pcm.length === 0 ? 0 : sum / pcm.length;
}

function clamped(sample: number): number {
  return Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, sample));
}
