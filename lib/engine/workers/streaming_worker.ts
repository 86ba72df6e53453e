import "../stderr_console.ts";
import { serveWorker } from "../../lifecycle/mod.ts";
import type { StreamingResult } from "../contract.ts";
import { loadSherpa } from "../inference/sherpa_addon.ts";
import { SherpaStreaming, type StreamPiece } from "../inference/sherpa_streaming.ts";
import type { SherpaModel } from "../sherpa_model.ts";
import { ModelSlot } from "./model_slot.ts";

/** A job of a streaming recognizer. */
export type StreamingRequest =
  | {
    readonly type: "stream";
    /** The model, the same in every request of one process. */
    readonly model: SherpaModel;
    /** The next sound of a stream. */
    readonly piece: StreamPiece;
  }
  | { readonly type: "close_stream"; readonly model: SherpaModel; readonly streamId: number };

const NOTHING: StreamingResult = { finals: [], partial: "" };

const slot = new ModelSlot<SherpaStreaming>();

serveWorker<StreamingRequest, StreamingResult>((request) =>
  slot.use(
    async () => SherpaStreaming.load(await loadSherpa(request.model), request.model),
    // deno-lint-ignore require-await -- the slot waits for what it is given
    async (model) => {
      if (request.type === "stream") return model.accept(request.piece);
      model.closeStream(request.streamId);
      return NOTHING;
    },
  ), () => slot.release());
