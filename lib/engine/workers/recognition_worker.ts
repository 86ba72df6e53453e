import "../stderr_console.ts";
import { serveWorker } from "../../lifecycle/mod.ts";
import type { EngineRuntime, Recognition } from "../contract.ts";
import { Moonshine, type MoonshinePaths } from "../inference/moonshine.ts";
import { loadRuntime } from "../inference/runtime.ts";
import { loadSherpa } from "../inference/sherpa_addon.ts";
import { SherpaOffline } from "../inference/sherpa_offline.ts";
import { recognizePhrases } from "../phrases/recognize_phrases.ts";
import type { SherpaModel } from "../sherpa_model.ts";
import { ModelSlot } from "./model_slot.ts";

/** What recognizes segments; the same in every request of one process. */
export type RecognitionModel =
  | { readonly type: "moonshine"; readonly runtime: EngineRuntime; readonly paths: MoonshinePaths }
  | { readonly type: "sherpa"; readonly model: SherpaModel };

/** A segment to recognize. */
export interface RecognitionRequest {
  /** The model. */
  readonly model: RecognitionModel;
  /** 16 kHz mono. */
  readonly pcm: Int16Array;
}

const slot = new ModelSlot<Moonshine | SherpaOffline>();

serveWorker<RecognitionRequest, Recognition>(
  ({ model, pcm }) =>
    slot.use(
      () => load(model),
      (loaded) => recognizePhrases(pcm, async (part) => await loaded.recognize(part)),
    ),
  () => slot.release(),
);

async function load(model: RecognitionModel): Promise<Moonshine | SherpaOffline> {
  if (model.type === "sherpa") return await SherpaOffline.load(await loadSherpa(model.model), model.model);
  return await Moonshine.load(await loadRuntime(model.runtime), model.paths);
}
