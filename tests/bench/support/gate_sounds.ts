import { SHARED_DIR, speechClips, speechClipsIn } from "../../support/speech.ts";
import { readSoundFile } from "../../support/trials.ts";

const HZ = 16_000;
const FRAME_SAMPLES = 512;
const WORDS_DIR = "/usr/share/asterisk/sounds/en_US_f_Allison";
/** How long nobody speaks before each utterance, in s, in turn. */
const PAUSES_S = [1.5, 4, 2.5, 6, 1, 3] as const;
/** How long the pieces are that a room's sound in a pause is made of, in samples. */
const GRAIN_SAMPLES = 1_024;
/** How long the quietest part of a clip is that stands for its room, in samples. */
const ROOM_SAMPLES = 3_200;

/** What lies under the speech all the time, and how loud, as the RMS of 16 bit samples. */
export interface Background {
  readonly name: string;
  readonly make: (samples: number) => Float32Array;
}

/** Speech of several utterances, each after a pause in the sound of its own room. */
export interface Track {
  /** As recorded, 16 bit samples before rounding. */
  readonly sound: Float32Array;
}

/** Numbers from 0 to below 1, the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The root of the mean square. */
export function rmsOf(sound: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < sound.length; at++) sum += (sound[at] ?? 0) ** 2;
  return Math.sqrt(sum / Math.max(1, sound.length));
}

/** Everything that is spoken here: English, Chinese, and where the package is there single words. */
export async function utterances(): Promise<readonly Int16Array[]> {
  const spoken = [...speechClips(), ...speechClipsIn(`${SHARED_DIR}/speech-zh`)].map(({ pcm }) => pcm);
  return [...spoken, ...await words()];
}

async function words(): Promise<readonly Int16Array[]> {
  const names = [
    ...Array.from({ length: 20 }, (_, value) => `digits/${value}`),
    ...[..."abcdefghijklmnopqrstuvwx"].map((letter) => `phonetic/${letter}_p`),
  ];
  try {
    return await Promise.all(names.map((name) => readSoundFile(`${WORDS_DIR}/${name}.wav`)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The utterances in so many tracks of about the same length, padded to the same whole number of frames. */
export function tracksOf(spoken: readonly Int16Array[], count: number): readonly Track[] {
  const tracks = Array.from({ length: count }, () => ({ parts: [] as Float32Array[], samples: 0 }));
  const random = randomOf(11);
  let pauses = 0;
  for (const pcm of [...spoken].sort((a, b) => b.length - a.length)) {
    const shortest = tracks.reduce((least, track) => track.samples < least.samples ? track : least);
    for (
      const part of [roomOf(pcm, PAUSES_S[pauses++ % PAUSES_S.length] ?? 1, random), Float32Array.from(pcm)]
    ) {
      shortest.parts.push(part);
      shortest.samples += part.length;
    }
    if (shortest.parts.length % 4 === 0) {
      const last = roomOf(pcm, 1.2, random);
      shortest.parts.push(last);
      shortest.samples += last.length;
    }
  }
  const longest = Math.max(...tracks.map(({ samples }) => samples)) + HZ;
  const samples = Math.ceil(longest / FRAME_SAMPLES) * FRAME_SAMPLES;
  return tracks.map(({ parts, samples: filled }) => {
    const sound = new Float32Array(samples);
    let at = 0;
    for (const part of parts) {
      sound.set(part, at);
      at += part.length;
    }
    const end = parts.at(-2) ?? new Float32Array(ROOM_SAMPLES);
    sound.set(roomOf(end, (samples - filled) / HZ, random).subarray(0, samples - filled), filled);
    return { sound };
  });
}

/** So long a pause in the room of a clip: pieces of its quietest part, at random, faded into one another. */
function roomOf(pcm: ArrayLike<number>, seconds: number, random: () => number): Float32Array {
  const room = quietest(pcm);
  const made = new Float32Array(Math.round(seconds * HZ));
  const grain = Math.min(GRAIN_SAMPLES, room.length);
  for (let from = -grain / 2; from < made.length; from += grain / 2) {
    const start = Math.floor(random() * (room.length - grain + 1));
    for (let at = 0; at < grain; at++) {
      const to = from + at;
      // A sine's power and that of the next one are 1 together.
      if (to >= 0 && to < made.length) {
        made[to] = (made[to] ?? 0) + (room[start + at] ?? 0) * Math.sin(Math.PI * (at + 0.5) / grain);
      }
    }
  }
  return made;
}

function quietest(pcm: ArrayLike<number>): Float32Array {
  const sound = Float32Array.from(pcm);
  let best = sound.subarray(0, ROOM_SAMPLES);
  for (let at = 0; at + ROOM_SAMPLES <= sound.length; at += ROOM_SAMPLES / 4) {
    const part = sound.subarray(at, at + ROOM_SAMPLES);
    if (rmsOf(part) < rmsOf(best)) best = part;
  }
  return best;
}

function scaled(make: (samples: number) => Float32Array, rms: number): Background["make"] {
  return (samples) => {
    const sound = make(samples);
    const gain = rms / rmsOf(sound);
    return sound.map((sample) => sample * gain);
  };
}

function white(samples: number): Float32Array {
  const random = randomOf(3);
  return Float32Array.from({ length: samples }, () => random() + random() + random() + random() - 2);
}

/** Paul Kellet's filter: within 0.5 dB of pink above 10 Hz. */
function pink(samples: number): Float32Array {
  const poles = [0.99886, 0.99332, 0.969, 0.8665, 0.55, -0.7616];
  const gains = [0.0555179, 0.0750759, 0.153852, 0.3104856, 0.5329522, -0.016898];
  const states = poles.map(() => 0);
  let before = 0;
  return white(samples).map((sample) => {
    let sum = before + sample * 0.5362;
    poles.forEach((pole, index) => {
      const next = pole * (states[index] ?? 0) + (gains[index] ?? 0) * sample;
      states[index] = next;
      sum += next;
    });
    before = sample * 0.115926;
    return sum;
  });
}

/** A fan that turns: pink noise that swells and falls by 3 dB, 0.4 times a second. */
function fan(samples: number): Float32Array {
  return pink(samples).map((sample, at) => sample * (1 + 0.2 * Math.sin(2 * Math.PI * 0.4 * at / HZ)));
}

function hum(samples: number): Float32Array {
  return Float32Array.from(
    { length: samples },
    (_, at) =>
      [50, 150, 250, 350].reduce(
        (sum, hz, index) => sum + Math.sin(2 * Math.PI * hz * at / HZ) / (index + 1),
        0,
      ),
  );
}

/** Many people at once, far away. */
function babbleOf(spoken: readonly Int16Array[]): (samples: number) => Float32Array {
  return (samples) => {
    const random = randomOf(5);
    const made = new Float32Array(samples);
    for (let voice = 0; voice < 8; voice++) {
      for (let at = 0; at < samples;) {
        const pcm = spoken[Math.floor(random() * spoken.length)] ?? new Int16Array(HZ);
        const gain = 1_000 / Math.max(1, rmsOf(pcm));
        for (let i = 0; i < pcm.length && at < samples; i++, at++) {
          made[at] = (made[at] ?? 0) + gain * (pcm[i] ?? 0);
        }
      }
    }
    return made;
  };
}

/** What the speech is mixed with. */
export function backgrounds(spoken: readonly Int16Array[]): readonly Background[] {
  const babble = babbleOf(spoken.filter(({ length }) => length > 1.5 * HZ));
  const kinds = { white, pink, fan, babble, hum };
  return [
    { name: "its own room", make: (samples) => new Float32Array(samples) },
    ...Object.entries(kinds).flatMap(([name, make]) =>
      [3, 12, 50, 200].map((rms) => ({ name: `${name} ${rms}`, make: scaled(make, rms) }))
    ),
    { name: "DC offset 400", make: (samples) => new Float32Array(samples).fill(400) },
    {
      name: "DC offset 400, white 12",
      make: (samples) => scaled(white, 12)(samples).map((sample) => sample + 400),
    },
  ];
}

/** Speech at a level, over a background, as 16 bit samples. */
export function mixed({ sound }: Track, levelDb: number, background: Float32Array): Int16Array {
  const gain = 10 ** (levelDb / 20);
  return Int16Array.from(
    sound,
    (sample, at) => Math.max(-32_768, Math.min(32_767, Math.round(sample * gain + (background[at] ?? 0)))),
  );
}
