import { type ErrorCode, SERVICE_FAULTS } from "../errors/mod.ts";
import { defineMetrics, type MetricBlock, type Metrics } from "../telemetry/mod.ts";
import type { AsrRunner, RecognitionEvent } from "./runner.ts";

/** How an utterance fails besides being given up; other codes are counted as `asr.failed`. */
const CODES = [
  ...SERVICE_FAULTS.map((fault) => `asr.${fault}` as const),
  "engine.busy",
  "engine.crashed",
  "engine.unavailable",
  "engine.timeout",
] as const satisfies readonly ErrorCode[];

/** The definitions for these services. */
const definitionsFor = (services: readonly string[]) =>
  defineMetrics({
    streams: {
      type: "gauge",
      name: "earshot_asr_streams",
      help: "Utterances that are being recognized.",
      labels: { service: services },
    },
    breaker: {
      type: "gauge",
      name: "earshot_asr_breaker_open",
      help: "1 while the circuit breaker of a recognizer is open or tries whether it may close.",
      labels: { service: services },
    },
    breakerOpened: {
      type: "counter",
      name: "earshot_asr_breaker_opened_total",
      help: "How often the circuit breaker of a recognizer has opened.",
      labels: { service: services },
    },
    utterances: {
      type: "counter",
      name: "earshot_asr_utterances_total",
      help: "Utterances by how their recognition ended.",
      labels: { outcome: ["ok", "failed", "canceled"] },
    },
    failures: {
      type: "counter",
      name: "earshot_asr_failures_total",
      help: "Utterances that could not be recognized, by the code of the error.",
      labels: { code: CODES },
    },
    retries: {
      type: "counter",
      name: "earshot_asr_retries_total",
      help: "Tries again after a fault before anything was heard.",
    },
    partials: { type: "counter", name: "earshot_asr_partials_total", help: "Partial results." },
    droppedSeconds: {
      type: "counter",
      name: "earshot_asr_dropped_seconds_total",
      help: "Sound that was dropped before the recognizer could take it.",
    },
    openSeconds: {
      type: "histogram",
      name: "earshot_asr_open_seconds",
      help: "How long the recognizer took to become ready for an utterance.",
      buckets: [0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
    },
    finalSeconds: {
      type: "histogram",
      name: "earshot_asr_final_seconds",
      help: "From the end of speech being known to the words.",
      buckets: [0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10],
    },
  });

/** Shows on `metrics` how utterances are recognized. */
export class RecognitionMetrics {
  readonly #block: MetricBlock<ReturnType<typeof definitionsFor>>;

  /** Registers everything at zero. */
  constructor(metrics: Metrics, runners: readonly AsrRunner[]) {
    this.#block = metrics.register(definitionsFor(runners.map(({ stats }) => stats.name)));
    const { streams, breaker, breakerOpened } = this.#block;
    for (const runner of runners) {
      const service = runner.stats.name;
      streams.read(() => runner.stats.active, { service });
      breaker.read(() => Number(runner.stats.breaker !== "closed"), { service });
      breakerOpened.read(() => runner.stats.breakerOpened, { service });
    }
  }

  /** Something happened to an utterance. */
  record(event: RecognitionEvent): void {
    const { openSeconds, retries, partials } = this.#block;
    if (event.type === "started") openSeconds.observe(event.openMs / 1_000);
    else if (event.type === "retried") retries.add(1);
    else if (event.type === "partial") partials.add(1);
    else if (event.type === "ended") this.#ended(event);
  }

  #ended({ error, finalMs, droppedMs }: Extract<RecognitionEvent, { type: "ended" }>): void {
    const { utterances, failures, droppedSeconds, finalSeconds } = this.#block;
    droppedSeconds.add(droppedMs / 1_000);
    if (error === undefined) {
      utterances.add(1, { outcome: "ok" });
      if (finalMs !== undefined) finalSeconds.observe(finalMs / 1_000);
    } else if (error.code === "canceled") {
      utterances.add(1, { outcome: "canceled" });
    } else {
      utterances.add(1, { outcome: "failed" });
      failures.add(1, { code: CODES.find((code) => code === error.code) ?? "asr.failed" });
    }
  }
}
