import "../stderr_console.ts";
import { serveWorker } from "../../lifecycle/mod.ts";
import type { Speech } from "../contract.ts";
import { FliteVoice } from "../inference/flite_voice.ts";

/** A sentence to speak, and with what. */
export interface VoiceRequest {
  /** The voice, the same in every request of one process. */
  readonly voicePath: string;
  /** The sentence. */
  readonly text: string;
}

let voice: FliteVoice | undefined;

serveWorker<VoiceRequest, Speech>(async ({ voicePath, text }) => {
  voice ??= await FliteVoice.load(voicePath);
  return voice.speak(text);
}, () => {
  voice = undefined;
});
