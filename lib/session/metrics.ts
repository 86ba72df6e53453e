import { defineMetrics, type MetricBlock, type Metrics } from "../telemetry/mod.ts";
import { EVICTED_FOR, SESSION_COUNTERS, type SessionCounters } from "./counters.ts";
import type { SessionEvent } from "./session.ts";
import { SESSION_ENDS } from "./session_end.ts";

/** What takes a label, or is observed when it happens. */
const EVENTS = defineMetrics({
  evicted: {
    type: "counter",
    name: "earshot_audio_evicted_chunks_total",
    help: "Chunks dropped because a bound of the audio block was reached.",
    labels: { cause: ["chunks", "bytes", "duration", "budget"] },
  },
  ends: {
    type: "counter",
    name: "earshot_session_ends_total",
    help: "Sessions closed, by reason.",
    labels: { end: SESSION_ENDS },
  },
  cleanups: {
    type: "counter",
    name: "earshot_cleanup_resources_total",
    help: "Resources of closed sessions by what became of their release.",
    labels: { outcome: ["released", "failed", "timed_out"] },
  },
  cleanupSeconds: {
    type: "histogram",
    name: "earshot_cleanup_duration_seconds",
    help: "How long closing a session took.",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 2, 5, 10],
  },
  textSeconds: {
    type: "histogram",
    name: "earshot_text_latency_seconds",
    help:
      "From the arrival of what ends a turn (its last packet, or the button's release) to its text leaving for the device: the wait for the detector is in it.",
    buckets: [0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 2, 5, 10],
  },
  firstFrameSeconds: {
    type: "histogram",
    name: "earshot_first_frame_seconds",
    help:
      "From the arrival of what ends a turn (its last packet, or the button's release) to the first frame of the answer leaving for the device.",
    buckets: [0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3, 5, 8, 15],
  },
  facts: {
    type: "counter",
    name: "earshot_prompt_contexts_total",
    help: "Addresses of agents that were asked what a language model should know: read, failed.",
    labels: { outcome: ["read", "failed"] },
  },
  frameLateSeconds: {
    type: "histogram",
    name: "earshot_frame_late_seconds",
    help: "How late a frame of an answer leaves for the device.",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 1],
  },
});

/** Shows what sessions count and tell on `metrics`; counting itself costs the audio path nothing more. */
export class SessionMetrics {
  readonly #events: MetricBlock<typeof EVENTS>;

  /** Registers everything; the counters are read when somebody asks. */
  constructor(metrics: Metrics, counters: Readonly<SessionCounters>) {
    const block = metrics.register(SESSION_COUNTERS);
    for (const [name, counter] of entries(block)) counter.read(() => counters[name]);
    this.#events = metrics.register(EVENTS);
    for (const [cause, name] of entries(EVICTED_FOR)) {
      this.#events.evicted.read(() => counters[name], { cause });
    }
  }

  /** A frame of an answer has left for a device, so late. */
  recordFrame(lateMs: number): void {
    this.#events.frameLateSeconds.observe(lateMs / 1_000);
  }

  /** Something happened in a session. */
  record(event: SessionEvent): void {
    const { ends, cleanups, cleanupSeconds, textSeconds } = this.#events;
    if (event.type === "turn_ended") {
      if (event.summary.outcome === "text") textSeconds.observe(event.summary.endOfSpeechToTextMs / 1_000);
    } else if (event.type === "answer_started") {
      this.#events.firstFrameSeconds.observe(event.afterMs / 1_000);
    } else if (event.type === "facts_read") {
      this.#events.facts.add(1, { outcome: event.error === undefined ? "read" : "failed" });
    } else if (event.type === "closed") {
      const { ok, failed, timedOut, durationMs } = event.report;
      ends.add(1, { end: event.end.type });
      cleanups.add(ok, { outcome: "released" });
      cleanups.add(failed.length, { outcome: "failed" });
      cleanups.add(timedOut.length, { outcome: "timed_out" });
      cleanupSeconds.observe(durationMs / 1_000);
    }
  }
}

/** `Object.entries` that keeps the names of a block whose keys are all known. */
function entries<T extends Record<string, unknown>>(block: T): [keyof T & string, T[keyof T & string]][] {
  return Object.entries(block) as [keyof T & string, T[keyof T & string]][];
}
