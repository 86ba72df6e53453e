/** Frames of 20 ms at 24 kHz, every 40 ms. */
const FRAME_SAMPLES = 480;
const STEP_SAMPLES = 960;
/** How late libopus' decoder is at 24 kHz, in samples. */
const DELAY_SAMPLES = 156;
/** The bands that are compared: every 140 Hz up to 7.7 kHz. */
const BANDS_HZ = Array.from({ length: 54 }, (_, index) => 140 * (index + 1));
/** What is quieter than this counts as equal, so that nobody's silence is compared: about -60 dB to full scale. */
const FLOOR = 1e7;

/** How far decoded sound of 24 kHz is from the one that was encoded, in dB a band and frame, where somebody speaks. */
export function spectralDistanceDb(pcm: Int16Array, decoded: Int16Array): number {
  const distances: number[] = [];
  for (
    let at = 0;
    at + FRAME_SAMPLES + DELAY_SAMPLES <= Math.min(pcm.length, decoded.length);
    at += STEP_SAMPLES
  ) {
    const said = spectrumDb(pcm, at);
    if (Math.max(...said) < 10 * Math.log10(FLOOR) + 20) continue;
    const heard = spectrumDb(decoded, at + DELAY_SAMPLES);
    const sum = said.reduce((sum, db, band) => sum + (db - (heard[band] ?? 0)) ** 2, 0);
    distances.push(Math.sqrt(sum / said.length));
  }
  return distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
}

function spectrumDb(pcm: Int16Array, at: number): number[] {
  return BANDS_HZ.map((hz) => {
    const turn = 2 * Math.PI * hz / 24_000;
    let [real, imaginary] = [0, 0];
    for (let index = 0; index < FRAME_SAMPLES; index++) {
      const windowed = (pcm[at + index] ?? 0) * (0.5 - 0.5 * Math.cos(2 * Math.PI * index / FRAME_SAMPLES));
      real += windowed * Math.cos(turn * index);
      imaginary += windowed * Math.sin(turn * index);
    }
    return 10 * Math.log10(real ** 2 + imaginary ** 2 + FLOOR);
  });
}
