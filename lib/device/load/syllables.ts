const SAMPLE_RATE_HZ = 16_000;
const SECONDS = 2;
const SYLLABLES_A_SECOND = 4;
const PITCH_HZ = 140;
const HARMONICS = 20;
const LOUDNESS = 9_000;

/** Two seconds of a hum that comes and goes as syllables do: as costly to encode as speech, and no words. */
export function syllables(): Int16Array {
  return Int16Array.from({ length: SAMPLE_RATE_HZ * SECONDS }, (_, index) => {
    const t = index / SAMPLE_RATE_HZ;
    const envelope = Math.sin(Math.PI * SYLLABLES_A_SECOND * t) ** 2;
    let hum = 0;
    for (let harmonic = 1; harmonic <= HARMONICS; harmonic++) {
      hum += Math.sin(2 * Math.PI * PITCH_HZ * harmonic * t + harmonic) / harmonic;
    }
    return Math.round(LOUDNESS * envelope * hum / 2);
  });
}
