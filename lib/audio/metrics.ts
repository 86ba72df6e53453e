import { defineMetrics, type Metrics } from "../telemetry/mod.ts";
import type { SpeechEncoders } from "./encoding/speech_encoders.ts";
import type { MemoryBudget } from "./memory_budget.ts";

const DEFINITIONS = defineMetrics({
  charged: {
    type: "gauge",
    name: "earshot_audio_charged_bytes",
    help: "Sound that is held, as charged: payload and 1,280 bytes a chunk.",
  },
  limit: {
    type: "gauge",
    name: "earshot_audio_budget_bytes",
    help: "limits.audio.budgetBytes: the most that may be charged.",
  },
  overruns: {
    type: "counter",
    name: "earshot_audio_budget_overruns_total",
    help: "How often the budget was reached and the heaviest sessions paid.",
  },
});

/** Shows the budget for sound on `metrics`. */
export function registerAudioMetrics(metrics: Metrics, budget: MemoryBudget): void {
  const { charged, limit, overruns } = metrics.register(DEFINITIONS);
  charged.read(() => budget.chargedBytes);
  limit.set(budget.capBytes);
  overruns.read(() => budget.stats.overruns);
}

const ENCODER_DEFINITIONS = defineMetrics({
  streams: {
    type: "gauge",
    name: "earshot_audio_encoded_answers",
    help: "Answers whose sound is encoded now.",
  },
  refused: {
    type: "counter",
    name: "earshot_audio_encoded_answers_refused_total",
    help: "Answers that were not encoded because too many were under way.",
  },
  workers: {
    type: "gauge",
    name: "earshot_audio_encoder_workers",
    help: "Workers that encode.",
  },
  workersLost: {
    type: "counter",
    name: "earshot_audio_encoder_workers_lost_total",
    help: "Workers that encoded and died or hung.",
  },
});

/** Shows the encoders on `metrics`. */
export function registerEncoderMetrics(metrics: Metrics, encoders: SpeechEncoders): void {
  const { streams, refused, workers, workersLost } = metrics.register(ENCODER_DEFINITIONS);
  streams.read(() => encoders.stats.streams);
  refused.read(() => encoders.stats.refused);
  workers.read(() => encoders.stats.workers);
  workersLost.read(() => encoders.stats.workersLost);
}
