import { defineMetrics, type MetricBlock, type Metrics } from "../telemetry/mod.ts";
import type { VadBatcher } from "./vad_batcher.ts";

const DEFINITIONS = defineMetrics({
  streams: { type: "gauge", name: "earshot_vad_streams", help: "Streams that the detector follows." },
  pending: {
    type: "gauge",
    name: "earshot_vad_pending_frames",
    help: "Frames of 32 ms that wait for the detector.",
  },
  frames: {
    type: "counter",
    name: "earshot_vad_frames_total",
    help: "Frames of 32 ms by what became of them.",
    labels: { outcome: ["judged", "gated", "quiet", "failed"] },
  },
  lateSeconds: {
    type: "histogram",
    name: "earshot_vad_lateness_seconds",
    help: "From a frame of 32 ms having come to its verdict: the oldest frame of a stream in each batch.",
    buckets: [0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1],
  },
});

/** Shows on `metrics` what the voice activity detector does. */
export class VadMetrics {
  readonly #block: MetricBlock<typeof DEFINITIONS>;

  /** Registers everything at zero. */
  constructor(metrics: Metrics, vad: VadBatcher) {
    this.#block = metrics.register(DEFINITIONS);
    const { streams, pending, frames } = this.#block;
    streams.read(() => vad.stats.streams);
    pending.read(() => vad.stats.pendingFrames);
    frames.read(() => vad.stats.frames - vad.stats.gatedFrames, { outcome: "judged" });
    frames.read(() => vad.stats.gatedFrames, { outcome: "gated" });
    frames.read(() => vad.stats.quietFrames, { outcome: "quiet" });
    frames.read(() => vad.stats.failedFrames, { outcome: "failed" });
  }

  /** Counts a verdict about a stream's frames, the oldest of which had waited for so long. */
  recordJudged(lateMs: number): void {
    this.#block.lateSeconds.observe(lateMs / 1_000);
  }
}
