import "../stderr_console.ts";
import { serveWorker } from "../../lifecycle/mod.ts";
import type { EngineRuntime, VadRequest, VadResponse } from "../contract.ts";
import { loadRuntime } from "../inference/runtime.ts";
import { Silero } from "../inference/silero.ts";
import { writeCause } from "../stderr_line.ts";
import { ModelSlot } from "./model_slot.ts";

/** Sound to look for speech in, and with what; or only the question whether the runtime can be loaded. */
export type DetectionRequest =
  | { readonly type: "probe"; readonly runtime: EngineRuntime }
  | {
    readonly type: "detect";
    /** The runtime, the same in every request of one process. */
    readonly runtime: EngineRuntime;
    /** The weights, the same in every request of one process. */
    readonly modelPath: string;
    /** Sound of several streams. */
    readonly batch: readonly VadRequest[];
    /** Streams whose state is dropped afterward. */
    readonly closed: readonly number[];
  };

const slot = new ModelSlot<Silero>();

serveWorker<DetectionRequest, readonly VadResponse[]>(async (request) => {
  const { runtime } = request;
  if (request.type === "probe") {
    await probe(runtime);
    return [];
  }
  const { modelPath, batch, closed } = request;
  return await slot.use(
    async () => await Silero.load(await loadRuntime(runtime), modelPath),
    async (model) => {
      try {
        return await model.detect(batch);
      } finally {
        for (const streamId of closed) model.closeStream(streamId);
      }
    },
  );
}, () => slot.release());

async function probe(runtime: EngineRuntime): Promise<void> {
  try {
    await loadRuntime(runtime);
  } catch (error) {
    writeCause(error);
    throw error;
  }
}
