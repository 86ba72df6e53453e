/** How loud the tones are: -12 dBFS at their peaks, so -15 on average. */
const AMPLITUDE = 8_192;

/** What a voice of the tests says for a text: a tone, the higher the longer the text is. */
export interface Tone {
  readonly hz: number;
  readonly durationMs: number;
}

/** The tone of a text: 30 ms a character. */
export function toneOf(text: string): Tone {
  return { hz: 200 + 20 * text.length, durationMs: 30 * text.length };
}

/** A tone as samples. */
export function toneSamples({ hz, durationMs }: Tone, sampleRateHz: number): Int16Array<ArrayBuffer> {
  return Int16Array.from(
    { length: Math.round(durationMs * sampleRateHz / 1_000) },
    (_, index) => Math.round(AMPLITUDE * Math.sin(2 * Math.PI * hz * index / sampleRateHz)),
  );
}

/** What sound is like, if it is one tone. */
export interface HeardTone extends Tone {
  /** On average, of full scale. */
  readonly levelDb: number;
}

/** Listens to one tone. */
export function hearTone(pcm: Int16Array, sampleRateHz: number): HeardTone {
  let crossings = 0;
  let energy = 0;
  for (let i = 0; i < pcm.length; i++) {
    const sample = pcm[i] ?? 0;
    energy += sample * sample;
    if (i > 0 && (pcm[i - 1] ?? 0) < 0 && sample >= 0) crossings++;
  }
  const seconds = pcm.length / sampleRateHz;
  return {
    hz: crossings / seconds,
    durationMs: seconds * 1_000,
    levelDb: 10 * Math.log10(energy / pcm.length / 32_768 ** 2),
  };
}

/** Long sound, cheaply made: one second of a tone, over and over. */
export function longTone(seconds: number, sampleRateHz: number): Int16Array<ArrayBuffer> {
  const second = toneSamples({ hz: 300, durationMs: 1_000 }, sampleRateHz);
  const pcm = new Int16Array(seconds * second.length);
  for (let count = 0; count < seconds; count++) pcm.set(second, count * second.length);
  return pcm;
}
