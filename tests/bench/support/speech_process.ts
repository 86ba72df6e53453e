/** The service of `voice_overhead.ts`: the emulator of one voice, which says how much of the time was its own. */
import { toneSamples } from "../../support/tones.ts";
import { serveMeasured } from "../../support/measured_server.ts";
import { MEASURED_VOICES } from "./measured_voices.ts";
import { StallMeter } from "./stall_meter.ts";
import { startTimed } from "./timed_speech.ts";

/** How long it thinks before the first sound, and between two pieces of three, in ms. */
const FIRST_SOUND_MS = 200;
const CHUNK_MS = 100;
/** How long a text sounds, in ms. */
const SOUND_MS = 600;

/** What it tells. */
export interface SpeechHeld {
  readonly open: number;
  readonly violations: readonly string[];
  /** Its own delay of each text, in ms. */
  readonly delays: readonly (readonly [text: string, delayMs: number])[];
  /** The longest that a bare timer was late there, in ms. */
  readonly stallMs: number;
}

if (import.meta.main) {
  const subject = MEASURED_VOICES.find(({ name }) => name === Deno.args[0]);
  if (subject === undefined) throw new Error(`Cannot serve ${Deno.args[0]}: it is no measured voice`);
  await using emulator = await startTimed(subject, {
    firstSoundMs: FIRST_SOUND_MS,
    chunkMs: CHUNK_MS,
    soundOf: (_text, sampleRateHz) => toneSamples({ hz: 300, durationMs: SOUND_MS }, sampleRateHz),
  });
  const stalls = new StallMeter();
  await serveMeasured(emulator.origin, (): SpeechHeld => {
    const { open, violations } = emulator;
    return { open, violations, delays: [...emulator.delays()], stallMs: stalls.longestMs };
  });
  stalls.stop();
}
