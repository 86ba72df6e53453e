import { SERVICE_FAULTS } from "../errors/mod.ts";
import { defineMetrics, type MetricBlock, type Metrics } from "../telemetry/mod.ts";
import { IDENTIFICATIONS } from "./contract.ts";
import type { ServiceStats } from "../service/mod.ts";
import type { VoiceprintEvent } from "./speaker_identifier.ts";

/** How a question fails; other codes are counted as `voiceprint.failed`. */
const CODES = SERVICE_FAULTS.map((fault) => `voiceprint.${fault}` as const);

const DEFINITIONS = defineMetrics({
  turns: {
    type: "counter",
    name: "earshot_voiceprint_turns_total",
    help: "Turns by whether their speaker was found, and if not, why; only with voiceprint.url.",
    labels: { outcome: IDENTIFICATIONS },
  },
  failures: {
    type: "counter",
    name: "earshot_voiceprint_failures_total",
    help: "Questions that the voiceprint service did not answer, by the code of the error.",
    labels: { code: CODES },
  },
  seconds: {
    type: "histogram",
    name: "earshot_voiceprint_seconds",
    help: "How long the voiceprint service took to say who speaks.",
    buckets: [0.01, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3, 5],
  },
  droppedSeconds: {
    type: "counter",
    name: "earshot_voiceprint_dropped_seconds_total",
    help: "Sound that was dropped before it could be asked whose it is.",
  },
  asking: {
    type: "gauge",
    name: "earshot_voiceprint_asking",
    help: "Turns whose speaker is being asked for.",
  },
  breaker: {
    type: "gauge",
    name: "earshot_voiceprint_breaker_open",
    help: "1 while the voiceprint service is left alone because it failed too often in a row.",
  },
  breakerOpened: {
    type: "counter",
    name: "earshot_voiceprint_breaker_opened_total",
    help: "How often the voiceprint service began to be left alone.",
  },
});

/** Shows on `metrics` whether speakers are found. */
export class VoiceprintMetrics {
  readonly #block: MetricBlock<typeof DEFINITIONS>;

  /** Registers everything at zero; without `stats` nobody is asked, and it stays there. */
  constructor(metrics: Metrics, stats: (() => ServiceStats) | undefined) {
    this.#block = metrics.register(DEFINITIONS);
    if (stats === undefined) return;
    this.#block.asking.read(() => stats().active);
    this.#block.breaker.read(() => Number(stats().breaker !== "closed"));
    this.#block.breakerOpened.read(() => stats().breakerOpened);
  }

  /** A question has been answered, or not. */
  record({ outcome, error, durationMs, droppedMs }: VoiceprintEvent): void {
    const { turns, failures, seconds, droppedSeconds } = this.#block;
    turns.add(1, { outcome });
    droppedSeconds.add(droppedMs / 1_000);
    if (outcome === "identified" || outcome === "unknown") seconds.observe((durationMs ?? 0) / 1_000);
    if (outcome !== "failed" && outcome !== "timed_out") return;
    failures.add(1, { code: CODES.find((code) => code === error?.code) ?? "voiceprint.failed" });
  }
}
