const HZ = 16_000;
const SECONDS = 3;

type Wave = (second: number) => number;

const sine = (hz: number): Wave => (t) => Math.sin(2 * Math.PI * hz * t);
const square = (hz: number): Wave => (t) => Math.sign(Math.sin(2 * Math.PI * hz * t));
const saw = (hz: number): Wave => (t) => 2 * ((hz * t) % 1) - 1;
const mix = (...waves: readonly Wave[]): Wave => (t) =>
  waves.reduce((sum, wave) => sum + wave(t), 0) / waves.length;
const times = (...waves: readonly Wave[]): Wave => (t) =>
  waves.reduce((product, wave) => product * wave(t), 1);
const on = (onMs: number, everyMs: number): Wave => (t) => (t * 1_000) % everyMs < onMs ? 1 : 0;
const swell = (hz: number): Wave => (t) => 0.5 + 0.5 * Math.sin(2 * Math.PI * hz * t);
const sweep = (fromHz: number, toHz: number): Wave => (t) =>
  Math.sin(2 * Math.PI * (fromHz * t + (toHz - fromHz) * t * t / (2 * SECONDS)));
const decay = (everyMs: number): Wave => (t) => Math.exp(-((t * 1_000) % everyMs) / 150);
const silence: Wave = () => 0;

/** Noise whose power falls with the frequency: `keep` 0 is white, near 1 is brown. */
function noise(keep: number, seed = 1): Wave {
  let state = seed;
  let last = 0;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    last = keep * last + (1 - keep) * (2 * (state / 0x7fff_ffff) - 1);
    return last * (1 + 3 * keep);
  };
}

/** Notes of a plucked string, one after the other. */
function melody(...notesHz: readonly number[]): Wave {
  return (t) => {
    const hz = notesHz[Math.floor(t / 0.4) % notesHz.length] ?? 440;
    const local = t % 0.4;
    return Math.exp(-local * 6) * (Math.sin(2 * Math.PI * hz * t) + 0.5 * Math.sin(4 * Math.PI * hz * t)) /
      1.5;
  };
}

const DTMF_LOW = [697, 770, 852, 941] as const;
const DTMF_HIGH = [1_209, 1_336, 1_477] as const;

function* kinds(): Generator<readonly [string, Wave, number]> {
  for (const hz of [50, 100, 220, 440, 1_000, 2_000, 3_000, 6_000]) yield [`sine ${hz} Hz`, sine(hz), 0.3];
  for (const hz of [100, 440, 1_500]) {
    yield [`square ${hz} Hz`, square(hz), 0.2];
    yield [`sawtooth ${hz} Hz`, saw(hz), 0.2];
  }
  for (const level of [0.005, 0.03, 0.1, 0.3]) {
    yield [`white noise ${level}`, noise(0), level];
    yield [`pink noise ${level}`, noise(0.8), level];
    yield [`brown noise ${level}`, noise(0.98), level];
  }
  yield ["silence", silence, 0];
  yield ["sweep up", sweep(100, 4_000), 0.3];
  yield ["sweep down", sweep(3_000, 200), 0.3];
  yield ["siren", times(mix(sine(600), sine(900)), swell(0.7)), 0.4];
  for (const every of [200, 400, 900]) {
    yield [`beeps of ${every} ms`, times(sine(1_000), on(every / 2, every)), 0.4];
  }
  for (const [index, low] of DTMF_LOW.entries()) {
    const high = DTMF_HIGH[index % 3] ?? 1_209;
    yield [`key tone ${low}+${high}`, times(mix(sine(low), sine(high)), on(250, 500)), 0.4];
  }
  yield [
    "key tones in a row",
    (t) =>
      mix(sine(DTMF_LOW[Math.floor(t * 5) % 4] ?? 697), sine(DTMF_HIGH[Math.floor(t * 5) % 3] ?? 1_209))(t),
    0.4,
  ];
  yield ["busy tone", times(mix(sine(480), sine(620)), on(500, 1_000)), 0.3];
  yield ["ringing", times(mix(sine(440), sine(480)), on(1_500, 3_000)), 0.3];
  yield ["dial tone", mix(sine(350), sine(440)), 0.3];
  for (const level of [0.02, 0.3]) yield [`hum ${level}`, mix(sine(50), sine(150), sine(250)), level];
  for (const every of [150, 500]) yield [`clicks of ${every} ms`, times(noise(0), on(3, every)), 0.6];
  for (const every of [300, 700]) yield [`knocks of ${every} ms`, times(sine(180), decay(every)), 0.7];
  for (const hz of [2, 5]) yield [`noise that swells at ${hz} Hz`, times(noise(0.8), swell(hz)), 0.4];
  yield ["tremolo", times(sine(500), swell(5)), 0.4];
  yield ["chord", mix(sine(262), sine(330), sine(392)), 0.4];
  yield ["organ", mix(saw(131), sine(262), sine(392), sine(523)), 0.4];
  yield ["melody up", melody(262, 294, 330, 349, 392), 0.5];
  yield ["melody down", melody(523, 494, 440, 392, 349), 0.5];
  yield ["melody low", melody(98, 110, 131, 147), 0.5];
  yield ["melody over noise", mix(melody(330, 392, 440), noise(0.8)), 0.5];
  yield ["rain", times(noise(0.2), swell(11)), 0.3];
  yield ["wind", times(noise(0.98), swell(0.3)), 0.8];
  yield ["fan", mix(noise(0.9), sine(120)), 0.4];
  yield ["engine", times(saw(60), swell(13)), 0.4];
  yield ["whistle", times(sweep(800, 1_600), on(700, 1_000)), 0.4];
}

/** Sounds in which nobody speaks, 3 s each, 16 kHz mono. */
export function noises(): readonly { readonly name: string; readonly pcm: Int16Array }[] {
  return [...kinds()].map(([name, wave, level]) => ({
    name,
    pcm: Int16Array.from(
      { length: SECONDS * HZ },
      (_, at) => Math.round(32_767 * Math.max(-1, Math.min(1, level * wave(at / HZ)))),
    ),
  }));
}
