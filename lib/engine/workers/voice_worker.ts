import "../stderr_console.ts";
import { serveWorker } from "../../lifecycle/mod.ts";
import type { EngineRuntime, Speech } from "../contract.ts";
import { FliteVoice } from "../inference/flite_voice.ts";
import { type HibariPaths, HibariVoice } from "../inference/hibari_voice.ts";
import { loadRuntime } from "../inference/runtime.ts";
import { loadSherpa } from "../inference/sherpa_addon.ts";
import { SherpaSpeaker } from "../inference/sherpa_speaker.ts";
import type { SherpaVoice, VoiceSettings } from "../sherpa_voice.ts";
import { ModelSlot } from "./model_slot.ts";

/** A sentence to speak, and with what; what it is spoken with is the same in every request of one process. */
export type VoiceRequest =
  & { readonly text: string }
  & (
    | { readonly type: "hibari"; readonly runtime: EngineRuntime; readonly paths: HibariPaths }
    /** `path` is `flite.wasm`. */
    | { readonly type: "flite"; readonly path: string }
    | {
      readonly type: "sherpa";
      readonly voice: SherpaVoice;
      readonly settings: VoiceSettings;
      /** The number of the job. */
      readonly id: number;
      /** Its one element is the number of the last job that nobody wants any more. */
      readonly given: Int32Array<SharedArrayBuffer>;
    }
  );

let flite: FliteVoice | undefined;
const hibari = new ModelSlot<HibariVoice>();
const sherpa = new ModelSlot<SherpaSpeaker>();

serveWorker<VoiceRequest, Speech>(async (request) => {
  const { text } = request;
  switch (request.type) {
    case "hibari": {
      const { runtime, paths } = request;
      const load = async () => await HibariVoice.load(await loadRuntime(runtime), paths);
      return await hibari.use(load, (voice) => voice.speak(text));
    }
    case "flite":
      flite ??= await FliteVoice.load(request.path);
      return flite.speak(text);
    case "sherpa": {
      const { voice, settings, id, given } = request;
      const isWanted = () => Atomics.load(given, 0) !== id;
      return await sherpa.use(
        async () => await SherpaSpeaker.load(await loadSherpa(voice), voice),
        (speaker) => speaker.speak({ ...settings, text, isWanted }),
      );
    }
  }
}, async () => {
  flite = undefined;
  await hibari.release();
  await sherpa.release();
});
