import "../stderr_console.ts";
import { serveWorker } from "../../lifecycle/mod.ts";
import type { EngineRuntime, Recognition } from "../contract.ts";
import { Moonshine, type MoonshinePaths } from "../inference/moonshine.ts";
import { loadRuntime } from "../inference/runtime.ts";
import { loadSherpa } from "../inference/sherpa_addon.ts";
import { SherpaOffline } from "../inference/sherpa_offline.ts";
import type { SherpaModel } from "../sherpa_model.ts";
import { ModelSlot } from "./model_slot.ts";

/** With what a segment is recognized; the same in every request of one process. */
export type Ear =
  | { readonly type: "moonshine"; readonly runtime: EngineRuntime; readonly paths: MoonshinePaths }
  | { readonly type: "sherpa"; readonly model: SherpaModel };

/** A segment to recognize, and with what. */
export interface RecognitionRequest {
  /** The model. */
  readonly ear: Ear;
  /** 16 kHz mono. */
  readonly pcm: Int16Array;
}

const slot = new ModelSlot<Moonshine | SherpaOffline>();

serveWorker<RecognitionRequest, Recognition>(
  ({ ear, pcm }) => slot.use(() => load(ear), (model) => model.recognize(pcm)),
  () => slot.release(),
);

async function load(ear: Ear): Promise<Moonshine | SherpaOffline> {
  if (ear.type === "sherpa") return await SherpaOffline.load(await loadSherpa(ear.model), ear.model);
  return await Moonshine.load(await loadRuntime(ear.runtime), ear.paths);
}
