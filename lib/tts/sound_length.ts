import type { SpeechSound } from "./contract.ts";

/** How long it sounds, in ms; nothing is decoded for that. */
export function soundMs(sound: SpeechSound): number {
  return sound.opus?.durationMs ?? sound.pcm.length * 1_000 / sound.sampleRateHz;
}
