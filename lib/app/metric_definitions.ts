import type { EngineStats } from "../engine/mod.ts";
import type { ErrorCode } from "../errors/mod.ts";
import { defineMetrics } from "../telemetry/mod.ts";
import { NETWORK_DEFINITIONS } from "./network_metric_definitions.ts";
import { VERSION } from "./version.ts";

/** The engine's lanes. */
export const LANES = ["recognition", "hearing", "detection", "voice"] as const;
/** Every state of the engine. */
export const STATES = [
  "idle",
  "starting",
  "ready",
  "waiting",
  "closed",
] as const satisfies EngineStats["state"][];

/** How an utterance fails besides being given up; other codes are counted as `asr.failed`. */
export const RECOGNITION_CODES = [
  "asr.failed",
  "asr.timeout",
  "asr.unreachable",
  "asr.disconnected",
  "asr.auth",
  "asr.quota",
  "asr.throttled",
  "asr.config",
  "asr.bad_audio",
  "asr.protocol",
  "asr.busy",
  "asr.unavailable",
  "engine.busy",
  "engine.crashed",
  "engine.unavailable",
  "engine.timeout",
] as const satisfies readonly ErrorCode[];

/** What `/metrics` shows of the gateway beside its sessions. */
export const DEFINITIONS = defineMetrics({
  build: {
    type: "gauge",
    name: "earshot_build_info",
    help: "Always 1; the labels say what runs.",
    labels: { version: [VERSION], deno: [Deno.version.deno] },
  },
  started: {
    type: "gauge",
    name: "earshot_process_start_time_seconds",
    help: "When the gateway was started, as a Unix time.",
  },
  cpuSeconds: {
    type: "counter",
    name: "earshot_process_cpu_seconds_total",
    help: "CPU time that the gateway's process has used; the engine's is not in it.",
  },
  residentBytes: {
    type: "gauge",
    name: "earshot_process_resident_bytes",
    help: "Resident memory of the gateway's process; the engine's is not in it.",
  },
  heapBytes: {
    type: "gauge",
    name: "earshot_process_heap_bytes",
    help: "JavaScript heap in use, garbage included.",
  },
  lateSeconds: {
    type: "histogram",
    name: "earshot_event_loop_lateness_seconds",
    help: "How late a timer of the gateway's event loop was, looked at four times a second.",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  },
  ...NETWORK_DEFINITIONS,
  audioBytes: {
    type: "gauge",
    name: "earshot_audio_charged_bytes",
    help: "Sound that is held, as charged: payload and 1,280 bytes a chunk.",
  },
  audioLimit: {
    type: "gauge",
    name: "earshot_audio_budget_bytes",
    help: "audio.budgetBytes: the most that may be charged.",
  },
  budgetOverruns: {
    type: "counter",
    name: "earshot_audio_budget_overruns_total",
    help: "How often the budget was reached and the heaviest sessions paid.",
  },
  vadStreams: { type: "gauge", name: "earshot_vad_streams", help: "Streams that the detector follows." },
  vadPending: {
    type: "gauge",
    name: "earshot_vad_pending_frames",
    help: "Frames of 32 ms that wait for the detector.",
  },
  memorySaving: {
    type: "gauge",
    name: "earshot_memory_saving",
    help: "1 while what is said will be there after a crash, 0 while it will not.",
  },
  memoryPending: {
    type: "gauge",
    name: "earshot_memory_pending",
    help: "Turns that wait for the journal.",
  },
  memoryUnfolded: {
    type: "gauge",
    name: "earshot_memory_unfolded",
    help: "Turns in the journal that the store does not have yet.",
  },
  memoryTurns: {
    type: "counter",
    name: "earshot_memory_turns_total",
    help: "Turns by how far they have come.",
    labels: { stage: ["journaled", "folded"] },
  },
  memoryDropped: {
    type: "counter",
    name: "earshot_memory_dropped_total",
    help: "Turns that were lost before they were saved (queue, refused), or kept no longer, by the bound.",
    labels: { bound: ["queue", "refused", "turns", "age", "bytes"] },
  },
  memoryFailures: {
    type: "counter",
    name: "earshot_memory_failures_total",
    help: "Writes that failed and were tried again.",
    labels: { file: ["journal", "store"] },
  },
  recognitionStreams: {
    type: "gauge",
    name: "earshot_asr_streams",
    help: "Utterances that are being recognized.",
  },
  recognitionBreaker: {
    type: "gauge",
    name: "earshot_asr_breaker_open",
    help: "1 while the recognizer is left alone because it failed too often in a row.",
  },
  recognitionBreakerOpened: {
    type: "counter",
    name: "earshot_asr_breaker_opened_total",
    help: "How often the recognizer began to be left alone.",
  },
  recognitions: {
    type: "counter",
    name: "earshot_asr_utterances_total",
    help: "Utterances by how their recognition ended.",
    labels: { outcome: ["ok", "failed", "canceled"] },
  },
  recognitionFailures: {
    type: "counter",
    name: "earshot_asr_failures_total",
    help: "Utterances that could not be recognized, by the code of the error.",
    labels: { code: RECOGNITION_CODES },
  },
  recognitionRetries: {
    type: "counter",
    name: "earshot_asr_retries_total",
    help: "Tries again after a fault before anything was heard.",
  },
  recognitionPartials: {
    type: "counter",
    name: "earshot_asr_partials_total",
    help: "Partial results.",
  },
  recognitionDroppedSeconds: {
    type: "counter",
    name: "earshot_asr_dropped_seconds_total",
    help: "Sound that was dropped before the recognizer could take it.",
  },
  recognitionOpenSeconds: {
    type: "histogram",
    name: "earshot_asr_open_seconds",
    help: "How long the recognizer took to become ready for an utterance.",
    buckets: [0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
  },
  recognitionFinalSeconds: {
    type: "histogram",
    name: "earshot_asr_final_seconds",
    help: "From the end of speech being known to the words.",
    buckets: [0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10],
  },
  vadFrames: {
    type: "counter",
    name: "earshot_vad_frames_total",
    help: "Frames of 32 ms by what became of them.",
    labels: { outcome: ["judged", "quiet", "failed"] },
  },
  vadLateSeconds: {
    type: "histogram",
    name: "earshot_vad_lateness_seconds",
    help: "From a frame of 32 ms having come to its verdict: the oldest frame of a stream in each batch.",
    buckets: [0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1],
  },
  engineState: {
    type: "gauge",
    name: "earshot_engine_state",
    help: "1 for the state that the engine process is in.",
    labels: { state: STATES },
  },
  engineWarm: { type: "gauge", name: "earshot_engine_warm", help: "1 once the models are loaded." },
  engineRestarts: {
    type: "counter",
    name: "earshot_engine_restarts_total",
    help: "How often the engine process was started anew.",
  },
  jobsQueued: {
    type: "gauge",
    name: "earshot_engine_jobs_queued",
    help: "Jobs that wait for the engine.",
    labels: { lane: LANES },
  },
  jobsRunning: {
    type: "gauge",
    name: "earshot_engine_jobs_running",
    help: "Jobs that the engine has.",
    labels: { lane: LANES },
  },
  jobs: {
    type: "counter",
    name: "earshot_engine_jobs_total",
    help:
      "Jobs by what became of them; refused ones found the queue full or the engine down, displaced ones waited and had to go for a device that is less far ahead.",
    labels: { lane: LANES, outcome: ["done", "failed", "refused", "displaced"] },
  },
});
