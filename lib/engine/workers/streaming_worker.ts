import "../stderr_console.ts";
import { serveWorker } from "../../lifecycle/mod.ts";
import type { Heard } from "../contract.ts";
import { loadSherpa } from "../inference/sherpa_addon.ts";
import { type HearRequest, SherpaStreaming } from "../inference/sherpa_streaming.ts";
import type { SherpaModel } from "../sherpa_model.ts";
import { ModelSlot } from "./model_slot.ts";

/** What a streaming recognizer is asked. */
export type StreamingRequest =
  | {
    readonly type: "hear";
    /** The model, the same in every request of one process. */
    readonly model: SherpaModel;
    /** The next sound of a stream. */
    readonly piece: HearRequest;
  }
  | { readonly type: "forget"; readonly model: SherpaModel; readonly streamId: number };

const NOTHING: Heard = { finals: [], partial: "" };

const slot = new ModelSlot<SherpaStreaming>();

serveWorker<StreamingRequest, Heard>((request) =>
  slot.use(
    async () => SherpaStreaming.load(await loadSherpa(request.model), request.model),
    // deno-lint-ignore require-await -- the slot waits for what it is given
    async (model) => {
      if (request.type === "hear") return model.hear(request.piece);
      model.forget(request.streamId);
      return NOTHING;
    },
  ), () => slot.release());
