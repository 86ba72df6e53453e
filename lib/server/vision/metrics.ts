import { defineMetrics, type MetricBlock, type Metrics } from "../../telemetry/mod.ts";
import { PHOTO_OUTCOMES, type PhotoEvent } from "./photo_event.ts";

const DEFINITIONS = defineMetrics({
  photos: {
    type: "counter",
    name: "earshot_vision_photos_total",
    help: "Photos that devices sent, by what became of them.",
    labels: { outcome: PHOTO_OUTCOMES },
  },
  active: {
    type: "gauge",
    name: "earshot_vision_active",
    help: "Photos that are being received or looked at.",
  },
  seconds: {
    type: "histogram",
    name: "earshot_vision_seconds",
    help: "From the request with a photo to what was seen in it.",
    buckets: [0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 40],
  },
});

/** Shows on `metrics` what became of photos. */
export class VisionMetrics {
  readonly #block: MetricBlock<typeof DEFINITIONS>;

  /** Registers everything at zero; `active` says how many photos are under way. */
  constructor(metrics: Metrics, active: () => number) {
    this.#block = metrics.register(DEFINITIONS);
    this.#block.active.read(active);
  }

  /** Counts a photo. */
  record({ outcome, totalMs }: PhotoEvent): void {
    this.#block.photos.add(1, { outcome });
    if (outcome === "answered") this.#block.seconds.observe(totalMs / 1_000);
  }
}
