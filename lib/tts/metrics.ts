import { type ErrorCode, SERVICE_FAULTS } from "../errors/mod.ts";
import { defineMetrics, type MetricBlock, type Metrics } from "../telemetry/mod.ts";
import type { SpeechEvent, TtsRunner } from "./runner.ts";

/** How a sentence fails besides being given up; other codes are counted as `tts.failed`. */
const CODES = [
  ...SERVICE_FAULTS.map((fault) => `tts.${fault}` as const),
  "tts.language",
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
      name: "earshot_tts_streams",
      help: "Sentences that are being spoken by a voice.",
      labels: { service: services },
    },
    waiting: {
      type: "gauge",
      name: "earshot_tts_waiting",
      help: "Sentences that wait until a voice has a place for them.",
      labels: { service: services },
    },
    breaker: {
      type: "gauge",
      name: "earshot_tts_breaker_open",
      help: "1 while the circuit breaker of a voice is open or tries whether it may close.",
      labels: { service: services },
    },
    breakerOpened: {
      type: "counter",
      name: "earshot_tts_breaker_opened_total",
      help: "How often the circuit breaker of a voice has opened.",
      labels: { service: services },
    },
    sentences: {
      type: "counter",
      name: "earshot_tts_sentences_total",
      help: "Sentences by how speaking them ended.",
      labels: { outcome: ["ok", "failed", "canceled"] },
    },
    failures: {
      type: "counter",
      name: "earshot_tts_failures_total",
      help: "Sentences that could not be spoken, by the code of the error.",
      labels: { code: CODES },
    },
    retries: {
      type: "counter",
      name: "earshot_tts_retries_total",
      help: "Tries again, also with another voice, after a fault before any sound.",
    },
    silent: {
      type: "counter",
      name: "earshot_tts_silent_total",
      help: "Sentences with words of which a voice made no sound, or nothing but silence.",
    },
    soundSeconds: {
      type: "counter",
      name: "earshot_tts_sound_seconds_total",
      help: "Sound that voices gave.",
    },
    firstSoundSeconds: {
      type: "histogram",
      name: "earshot_tts_first_sound_seconds",
      help: "From asking a voice to its first sound.",
      buckets: [0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10],
    },
  });

/** Shows on `metrics` how sentences are spoken. */
export class SpeechMetrics {
  readonly #block: MetricBlock<ReturnType<typeof definitionsFor>>;

  /** Registers everything at zero. */
  constructor(metrics: Metrics, runners: readonly TtsRunner[]) {
    this.#block = metrics.register(definitionsFor(runners.map(({ stats }) => stats.name)));
    const { streams, waiting, breaker, breakerOpened } = this.#block;
    for (const runner of runners) {
      const service = runner.stats.name;
      streams.read(() => runner.stats.active, { service });
      waiting.read(() => runner.stats.waiting, { service });
      breaker.read(() => Number(runner.stats.breaker !== "closed"), { service });
      breakerOpened.read(() => runner.stats.breakerOpened, { service });
    }
  }

  /** Something happened to a sentence. */
  record(event: SpeechEvent): void {
    const { firstSoundSeconds, retries, silent } = this.#block;
    if (event.type === "started") firstSoundSeconds.observe(event.firstSoundMs / 1_000);
    else if (event.type === "retried") retries.add(1);
    else if (event.type === "silent") silent.add(1);
    else this.#ended(event);
  }

  #ended({ error, soundMs }: Extract<SpeechEvent, { type: "ended" }>): void {
    const { sentences, failures, soundSeconds } = this.#block;
    soundSeconds.add(soundMs / 1_000);
    if (error === undefined) sentences.add(1, { outcome: "ok" });
    else if (error.code === "canceled") sentences.add(1, { outcome: "canceled" });
    else {
      sentences.add(1, { outcome: "failed" });
      failures.add(1, { code: CODES.find((code) => code === error.code) ?? "tts.failed" });
    }
  }
}
