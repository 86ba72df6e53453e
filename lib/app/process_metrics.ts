import process from "node:process";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import { defineMetrics, type Metrics } from "../telemetry/mod.ts";
import { VERSION } from "./version.ts";

/** How often the event loop is looked at, in ms. */
const EVERY_MS = 250;

const DEFINITIONS = defineMetrics({
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
});

/** Shows on `metrics` what the gateway's process uses and, until the scope closes, how late its timers are. */
export function registerProcessMetrics(metrics: Metrics, clock: Clock, scope: Scope): void {
  const { build, started, cpuSeconds, residentBytes, heapBytes, lateSeconds } = metrics.register(DEFINITIONS);
  build.set(1, { version: VERSION, deno: Deno.version.deno });
  started.set(Math.round(Date.now() / 1_000));
  cpuSeconds.read(() => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  residentBytes.read(() => Deno.memoryUsage().rss);
  heapBytes.read(() => Deno.memoryUsage().heapUsed);
  watchTimerDelay(clock, scope, (delayMs) => lateSeconds.observe(delayMs / 1_000));
}

/** Measures how late a timer of the event loop is, four times a second, until the scope closes. */
export function watchTimerDelay(clock: Clock, scope: Scope, onMeasured: (delayMs: number) => void): void {
  let cancel = () => {};
  const arm = () => {
    const dueMs = clock.nowMs() + EVERY_MS;
    cancel = clock.schedule(EVERY_MS, () => {
      onMeasured(Math.max(0, clock.nowMs() - dueMs));
      arm();
    });
  };
  arm();
  scope.own("event loop watch", () => cancel());
}
