import "../stderr_console.ts";
import { serveWorker } from "../../lifecycle/mod.ts";
import type { EngineRuntime, Speech } from "../contract.ts";
import { FliteVoice } from "../inference/flite_voice.ts";
import { type HibariPaths, HibariVoice } from "../inference/hibari_voice.ts";
import { loadRuntime } from "../inference/runtime.ts";
import { ModelSlot } from "./model_slot.ts";

/** A sentence to speak, and with what; what it is spoken with is the same in every request of one process. */
export type VoiceRequest =
  | {
    readonly type: "hibari";
    readonly runtime: EngineRuntime;
    readonly paths: HibariPaths;
    /** The sentence. */
    readonly text: string;
  }
  | {
    readonly type: "flite";
    /** `flite.wasm`. */
    readonly path: string;
    /** The sentence. */
    readonly text: string;
  };

const hibari = new ModelSlot<HibariVoice>();
let flite: FliteVoice | undefined;

serveWorker<VoiceRequest, Speech>(async (request) => {
  const { text } = request;
  if (request.type === "hibari") {
    const { runtime, paths } = request;
    const load = async () => await HibariVoice.load(await loadRuntime(runtime), paths);
    return await hibari.use(load, (voice) => voice.speak(text));
  }
  flite ??= await FliteVoice.load(request.path);
  return flite.speak(text);
}, async () => {
  flite = undefined;
  await hibari.release();
});
