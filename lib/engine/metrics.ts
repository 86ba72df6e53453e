import { defineMetrics, type Metrics } from "../telemetry/mod.ts";
import type { EngineStats } from "./engine_client.ts";
import type { LaneStats } from "./job_lane.ts";

const LANES = ["recognition", "streaming", "detection", "voice"] as const;
const STATES = ["idle", "starting", "ready", "waiting", "closed"] as const satisfies EngineStats["state"][];
const OUTCOMES = ["done", "failed", "refused", "displaced"] as const;

/** What is shown of an engine; one without lanes has none to show. */
export type ShownEngineStats =
  & Pick<EngineStats, "state" | "warmed" | "runtime" | "restarts">
  & Partial<Pick<EngineStats, "permissions" | "recognition" | "streaming" | "detection" | "voice">>;

const DEFINITIONS = defineMetrics({
  state: {
    type: "gauge",
    name: "earshot_engine_state",
    help: "1 for the state that the engine process is in.",
    labels: { state: STATES },
  },
  warm: { type: "gauge", name: "earshot_engine_warm", help: "1 once the models are loaded." },
  restarts: {
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
    labels: { lane: LANES, outcome: OUTCOMES },
  },
});

/** Shows on `metrics` how the engine process is and what its lanes do. */
export function registerEngineMetrics(metrics: Metrics, stats: () => ShownEngineStats): void {
  const { state: states, warm, restarts, jobsQueued, jobsRunning, jobs } = metrics.register(DEFINITIONS);
  for (const state of STATES) states.read(() => Number(stats().state === state), { state });
  warm.read(() => Number(stats().warmed));
  restarts.read(() => stats().restarts);
  for (const lane of LANES) {
    const of = (name: keyof LaneStats) => () => stats()[lane]?.[name] ?? 0;
    jobsQueued.read(of("queued"), { lane });
    jobsRunning.read(of("running"), { lane });
    for (const outcome of OUTCOMES) jobs.read(of(outcome), { lane, outcome });
  }
}
