import "../stderr_console.ts";
import { serveWorker } from "../../lifecycle/mod.ts";
import type { EngineRuntime, Recognition } from "../contract.ts";
import { Moonshine, type MoonshinePaths } from "../inference/moonshine.ts";
import { loadRuntime } from "../inference/runtime.ts";
import { ModelSlot } from "./model_slot.ts";

/** A segment to recognise, and with what. */
export interface RecognitionRequest {
  /** The runtime, the same in every request of one process. */
  readonly runtime: EngineRuntime;
  /** The weights, the same in every request of one process. */
  readonly paths: MoonshinePaths;
  /** 16 kHz mono. */
  readonly pcm: Int16Array;
}

const slot = new ModelSlot<Moonshine>();

serveWorker<RecognitionRequest, Recognition>(
  ({ runtime, paths, pcm }) =>
    slot.use(
      async () => await Moonshine.load(await loadRuntime(runtime), paths),
      (model) => model.recognize(pcm),
    ),
  () => slot.release(),
);
