import { OpusEncoder } from "../../../lib/audio/mod.ts";
import { HeardSound } from "../../../lib/session/answering/heard_sound.ts";
import { withVoicedDb } from "../../support/levels.ts";
import { noise } from "../../support/noise.ts";
import { JFK, speechClips } from "../../support/speech.ts";

/** The samples a second of all of it, in Hz. */
export const HZ = 16_000;
const FRAME_MS = 60;
const FRAME_SAMPLES = FRAME_MS * HZ / 1_000;
/** How loud the room is. */
const ROOM = 12;

/** Parts of 2 s of what people say, none of which is in another one. */
export function clips(): readonly Int16Array[] {
  const all = speechClips();
  // The clips that every clone has are parts of one recording.
  const apart = all.filter(({ file }) => file === JFK || !file.startsWith("jfk")).slice(0, 12);
  return apart.flatMap(({ pcm }) =>
    Array.from(
      { length: Math.floor(pcm.length / (2 * HZ)) },
      (_, at) => pcm.subarray(2 * at * HZ, 2 * (at + 1) * HZ),
    )
  );
}

/** So loud a voice in a room, with silence around it. */
export function inRoom(pcm: Int16Array, levelDb: number): Int16Array<ArrayBuffer> {
  const sound = noise(pcm.length + HZ, ROOM);
  for (const [at, sample] of withVoicedDb(pcm, levelDb, HZ).entries()) {
    sound[at + HZ / 4] = Math.max(-32_768, Math.min(32_767, sample + (sound[at + HZ / 4] ?? 0)));
  }
  return new Int16Array(sound);
}

/** What a device hears of it from `fromMs` on. */
export function hear(pcm: Int16Array, fromMs = 0): HeardSound {
  const heard = new HeardSound();
  const encoder = new OpusEncoder({ sampleRateHz: HZ });
  for (let at = 0; at + FRAME_SAMPLES <= pcm.length; at += FRAME_SAMPLES) {
    const receivedMs = fromMs + (at / FRAME_SAMPLES + 1) * FRAME_MS;
    const opus = encoder.encode(pcm.subarray(at, at + FRAME_SAMPLES));
    heard.push({ seq: at / FRAME_SAMPLES, receivedMs, durationMs: FRAME_MS, opus });
  }
  encoder.close();
  return heard;
}
