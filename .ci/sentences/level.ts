/** How loud everything leaves that is spoken: the RMS of its voiced parts, in dB to full scale. */
const TARGET_DB = -18;
/** No sample is beyond this, so that what Opus adds does not clip, in dB to full scale. */
const PEAK_DB = -2;
/** Silence that stays before and behind speech, in ms. */
const FRONT_MS = 60;
const BEHIND_MS = 120;
const FRAME_MS = 10;
/** What is quieter than the loudest frame by more than this is no voice, in dB, */
const VOICED_RANGE_DB = 30;
/** and by more than this no speech at all. */
const SPEECH_RANGE_DB = 50;
/** How far before a peak the limiter begins, in ms. */
const LOOK_AHEAD_MS = 5;

/** Cuts silence to 60 ms before and 120 ms behind, and brings the voice to -18 dBFS without clipping. */
export function trimAndLevel(sound: Float32Array, rateHz: number): Int16Array {
  const speech = trimmed(sound, rateHz);
  const gain = decibels(TARGET_DB - voicedDb(speech, rateHz));
  const limited = limit(speech.map((sample) => sample * gain), rateHz);
  return Int16Array.from(limited, (sample) => Math.round(sample * 32_767));
}

/** The RMS of the frames that are voice, in dB to full scale. */
export function voicedDb(sound: Float32Array, rateHz: number): number {
  const levels = frameLevels(sound, rateHz);
  const quietest = Math.max(...levels) - VOICED_RANGE_DB;
  const voiced = levels.filter((level) => level > quietest);
  const power = voiced.reduce((sum, level) => sum + 10 ** (level / 10), 0) / voiced.length;
  return 10 * Math.log10(power);
}

function trimmed(sound: Float32Array, rateHz: number): Float32Array {
  const frame = rateHz * FRAME_MS / 1_000;
  const levels = frameLevels(sound, rateHz);
  const quietest = Math.max(...levels) - SPEECH_RANGE_DB;
  const first = levels.findIndex((level) => level > quietest) * frame;
  const last = (levels.findLastIndex((level) => level > quietest) + 1) * frame;
  const [front, behind] = [FRONT_MS, BEHIND_MS].map((ms) => ms * rateHz / 1_000) as [number, number];
  const out = new Float32Array(front + last - first + behind);
  out.set(
    sound.subarray(Math.max(0, first - front), Math.min(sound.length, last + behind)),
    Math.max(0, front - first),
  );
  fade(out, frame);
  return out;
}

/** No edge is heard where the sound was cut. */
function fade(sound: Float32Array, samples: number): void {
  for (let i = 0; i < samples; i++) {
    const end = sound.length - 1 - i;
    sound[i] = (sound[i] ?? 0) * i / samples;
    sound[end] = (sound[end] ?? 0) * i / samples;
  }
}

/** Turns the sound down around peaks, gradually, so that nothing is cut off. */
function limit(sound: Float32Array, rateHz: number): Float32Array {
  const peak = decibels(PEAK_DB);
  const window = Math.round(rateHz * LOOK_AHEAD_MS / 1_000);
  const wanted = sound.map((sample) => Math.min(1, peak / Math.max(Math.abs(sample), 1e-9)));
  const least = wanted.map((_, at) =>
    Math.min(...wanted.subarray(Math.max(0, at - window), at + window + 1))
  );
  // The mean of minima is never above the gain that the sample in its middle needs.
  return sound.map((sample, at) => {
    const around = least.subarray(Math.max(0, at - window), at + window + 1);
    return sample * around.reduce((sum, value) => sum + value, 0) / around.length;
  });
}

function frameLevels(sound: Float32Array, rateHz: number): number[] {
  const frame = rateHz * FRAME_MS / 1_000;
  return Array.from({ length: Math.floor(sound.length / frame) }, (_, index) => {
    const samples = sound.subarray(index * frame, (index + 1) * frame);
    const power = samples.reduce((sum, sample) => sum + sample ** 2, 0) / frame;
    return Math.max(-100, 10 * Math.log10(power));
  });
}

/** A factor for amplitudes. */
function decibels(db: number): number {
  return 10 ** (db / 20);
}
