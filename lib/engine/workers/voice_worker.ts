import "../stderr_console.ts";
import { serveWorker } from "../../lifecycle/mod.ts";
import type { Speech } from "../contract.ts";
import { FliteVoice } from "../inference/flite_voice.ts";
import { loadSherpa } from "../inference/sherpa_addon.ts";
import { SherpaSpeaker } from "../inference/sherpa_speaker.ts";
import type { SherpaVoice, VoiceSettings } from "../sherpa_voice.ts";
import { ModelSlot } from "./model_slot.ts";

/** A sentence to speak, and with what, the same voice in every request of one process. */
export type VoiceRequest =
  | { readonly type: "flite"; readonly voicePath: string; readonly text: string }
  | {
    readonly type: "sherpa";
    readonly voice: SherpaVoice;
    readonly text: string;
    readonly settings: VoiceSettings;
    /** The number of the job. */
    readonly id: number;
    /** Its one element is the number of the last job that nobody wants any more. */
    readonly given: Int32Array<SharedArrayBuffer>;
  };

let flite: FliteVoice | undefined;
const slot = new ModelSlot<SherpaSpeaker>();

serveWorker<VoiceRequest, Speech>(async (request) => {
  const { text } = request;
  if (request.type === "flite") {
    flite ??= await FliteVoice.load(request.voicePath);
    return flite.speak(text);
  }
  const { voice, settings, id, given } = request;
  const isWanted = () => Atomics.load(given, 0) !== id;
  return await slot.use(
    async () => await SherpaSpeaker.load(await loadSherpa(voice), voice),
    (speaker) => speaker.speak({ ...settings, text, isWanted }),
  );
}, async () => {
  flite = undefined;
  await slot.release();
});
