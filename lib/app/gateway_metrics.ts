import process from "node:process";
import type { Recognizer, RecognizerEvent } from "../asr/mod.ts";
import type { MemoryBudget } from "../audio/mod.ts";
import type { EngineStats, LaneStats } from "../engine/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { Memory } from "../memory/mod.ts";
import type { DeviceRegistry, ServerEvent, ServerStats } from "../server/mod.ts";
import { type SessionCounters, SessionMetrics } from "../session/mod.ts";
import { type MetricBlock, Metrics } from "../telemetry/mod.ts";
import type { VadBatcher } from "../vad/mod.ts";
import { type SpeakerIdentifier, type VoiceprintEvent, VoiceprintMetrics } from "../voiceprint/mod.ts";
import { watchLateness } from "./lateness.ts";
import { DEFINITIONS, LANES, RECOGNITION_CODES, STATES } from "./metric_definitions.ts";
import { AUTH_CODES } from "./network_metric_definitions.ts";
import { VERSION } from "./version.ts";

/** How long one collection is given to everybody who asks, in ms; so asking often costs little. */
const SAME_FOR_MS = 250;

/** What an engine says of itself; one without lanes has none to show. */
export type ShownEngineStats =
  & Pick<EngineStats, "state" | "warmed" | "runtime" | "restarts">
  & Partial<Pick<EngineStats, "recognition" | "hearing" | "detection" | "voice">>;

/** Where the numbers come from. */
export interface GatewayMetricsOptions {
  /** Owns the watch on the event loop. */
  readonly scope: Scope;
  /** The time source. */
  readonly clock: Clock;
  /** What sessions count. */
  readonly counters: Readonly<SessionCounters>;
  /** The cap on sound. */
  readonly budget: MemoryBudget;
  /** The detector. */
  readonly vad: VadBatcher;
  /** Who recognizes. */
  readonly recognizer: Recognizer;
  /** Who knows voices; nobody is asked without one. */
  readonly voiceprint: Pick<SpeakerIdentifier, "stats"> | undefined;
  /** How the engine is. */
  readonly engine: () => ShownEngineStats;
  /** What was said; nothing is kept without one. */
  readonly memory: Pick<Memory, "status" | "stats"> | undefined;
  /** Who is approved; nobody has to be without one. */
  readonly devices: Pick<DeviceRegistry, "stats"> | undefined;
  /** What the network side holds. */
  readonly server: () => ServerStats;
}

/**
 * Everything that `/metrics` shows. Nothing is collected until somebody asks; then each source gives a number that
 * it keeps anyway, so the cost does not grow with the devices.
 */
export class GatewayMetrics {
  readonly #metrics = new Metrics();
  readonly #block: MetricBlock<typeof DEFINITIONS>;
  readonly #sessions: SessionMetrics;
  readonly #voiceprint: VoiceprintMetrics;
  readonly #clock: Clock;
  #collected: { readonly text: Promise<string>; readonly atMs: number } | undefined;

  /** Registers everything, at zero. */
  constructor(options: GatewayMetricsOptions) {
    const { scope, clock, counters, voiceprint } = options;
    this.#clock = clock;
    this.#sessions = new SessionMetrics(this.#metrics, counters);
    this.#voiceprint = new VoiceprintMetrics(this.#metrics, voiceprint && (() => voiceprint.stats));
    this.#block = this.#metrics.register(DEFINITIONS);
    this.#readProcess();
    this.#readServer(options);
    this.#readSound(options);
    this.#readRecognition(options);
    this.#readEngine(options);
    this.#readMemory(options);
    watchLateness(clock, scope, (lateMs) => this.#block.lateSeconds.observe(lateMs / 1_000));
  }

  /** The content type of {@linkcode GatewayMetrics.text}. */
  get contentType(): string {
    return this.#metrics.contentType;
  }

  /** Everything in the text format of Prometheus, at most 250 ms old. */
  text(): Promise<string> {
    const nowMs = this.#clock.nowMs();
    if (this.#collected === undefined || nowMs - this.#collected.atMs >= SAME_FOR_MS) {
      this.#collected = { text: this.#metrics.text(), atMs: nowMs };
    }
    return this.#collected.text;
  }

  /** Something happened on the network side. */
  record(event: ServerEvent): void {
    switch (event.type) {
      case "upgrade_refused":
        return this.#block.upgradesRefused.add(1);
      case "auth_refused": {
        const code = AUTH_CODES.find((code) => code === event.error.code);
        if (code !== undefined) this.#block.authRefused.add(1, { code });
        return;
      }
      case "connection_ended":
        return this.#block.connectionsEnded.add(1, { bound: event.bound });
      case "message_too_big":
        return this.#block.messagesTooBig.add(1);
      case "listener_restarted":
        return this.#block.listenerRestarts.add(1);
      case "session_event":
        return this.#sessions.record(event.event);
      case "device_waits":
        if (event.shown) this.#block.authRefused.add(1, { code: "auth.not_approved" });
        return;
      case "device_id_shared":
      case "url_doubted":
      case "session_opened":
      case "socket_abandoned":
      case "admission_refused":
        return; // counted where it happens
    }
  }

  /** The detector gave its verdict about a stream's frames, the oldest of which had waited for so long. */
  recordJudged(lateMs: number): void {
    this.#block.vadLateSeconds.observe(lateMs / 1_000);
  }

  /** Something happened to an utterance. */
  recordRecognition(event: RecognizerEvent): void {
    const block = this.#block;
    switch (event.type) {
      case "started":
        return block.recognitionOpenSeconds.observe(event.openMs / 1_000);
      case "retried":
        return block.recognitionRetries.add(1);
      case "partial":
        return block.recognitionPartials.add(1);
      case "ended": {
        const { error, finalMs, droppedMs } = event;
        const code = error?.code;
        block.recognitionDroppedSeconds.add(droppedMs / 1_000);
        if (code === "canceled") return block.recognitions.add(1, { outcome: "canceled" });
        block.recognitions.add(1, { outcome: code === undefined ? "ok" : "failed" });
        if (code === undefined && finalMs !== undefined) {
          block.recognitionFinalSeconds.observe(finalMs / 1_000);
        }
        if (code === undefined) return;
        const known = RECOGNITION_CODES.find((one) => one === code) ?? "asr.failed";
        block.recognitionFailures.add(1, { code: known });
      }
    }
  }

  /** It was asked who spoke. */
  recordIdentification(event: VoiceprintEvent): void {
    this.#voiceprint.record(event);
  }

  #readRecognition({ recognizer }: GatewayMetricsOptions): void {
    const { recognitionStreams, recognitionBreaker, recognitionBreakerOpened } = this.#block;
    recognitionStreams.read(() => recognizer.stats.streams);
    recognitionBreaker.read(() => Number(recognizer.stats.breaker !== "closed"));
    recognitionBreakerOpened.read(() => recognizer.stats.breakerOpened);
  }

  #readProcess(): void {
    const { build, started, cpuSeconds, residentBytes, heapBytes } = this.#block;
    build.set(1, { version: VERSION, deno: Deno.version.deno });
    started.set(Math.round(Date.now() / 1_000));
    cpuSeconds.read(() => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
    residentBytes.read(() => Deno.memoryUsage().rss);
    heapBytes.read(() => Deno.memoryUsage().heapUsed);
  }

  #readServer({ server, devices: registry }: GatewayMetricsOptions): void {
    const { devices, devicesDropped } = this.#block;
    for (const state of ["approved", "pending"] as const) {
      devices.read(() => registry?.stats[state] ?? 0, { state });
    }
    devicesDropped.read(() => registry?.stats.dropped ?? 0);
    const { sessions, sockets, abandoned, placesLimit, places, yielding, refused, replaced } = this.#block;
    sessions.read(() => server().sessions);
    sockets.read(() => server().sockets);
    abandoned.read(() => server().abandoned);
    placesLimit.read(() => server().admission.limit);
    places.read(() => server().admission.held);
    yielding.read(() => server().admission.yielding);
    refused.read(() => server().admission.refusedFull, { cause: "full" });
    refused.read(() => server().admission.refusedAddressFull, { cause: "address_full" });
    replaced.read(() => server().admission.replaced);
  }

  #readSound({ budget, vad }: GatewayMetricsOptions): void {
    const { audioBytes, audioLimit, budgetOverruns, vadStreams, vadPending, vadFrames } = this.#block;
    audioBytes.read(() => budget.chargedBytes);
    audioLimit.set(budget.capBytes);
    budgetOverruns.read(() => budget.stats.overruns);
    vadStreams.read(() => vad.stats.streams);
    vadPending.read(() => vad.stats.pendingFrames);
    vadFrames.read(() => vad.stats.frames, { outcome: "judged" });
    vadFrames.read(() => vad.stats.quietFrames, { outcome: "quiet" });
    vadFrames.read(() => vad.stats.failedFrames, { outcome: "failed" });
  }

  #readMemory({ memory }: GatewayMetricsOptions): void {
    if (memory === undefined) return;
    const { memorySaving, memoryPending, memoryUnfolded, memoryTurns, memoryDropped, memoryFailures } =
      this.#block;
    memorySaving.read(() => Number(memory.status.saving));
    memoryPending.read(() => memory.stats.pending);
    memoryUnfolded.read(() => memory.stats.unfolded);
    for (const stage of ["journaled", "folded"] as const) {
      memoryTurns.read(() => memory.stats[stage], { stage });
    }
    for (const bound of ["queue", "refused", "turns", "age", "bytes"] as const) {
      memoryDropped.read(() => memory.stats.dropped[bound], { bound });
    }
    for (const file of ["journal", "store"] as const) {
      memoryFailures.read(() => memory.stats.failures[file], { file });
    }
  }

  #readEngine({ engine }: GatewayMetricsOptions): void {
    const { engineState, engineWarm, engineRestarts, jobsQueued, jobsRunning, jobs } = this.#block;
    for (const state of STATES) engineState.read(() => Number(engine().state === state), { state });
    engineWarm.read(() => Number(engine().warmed));
    engineRestarts.read(() => engine().restarts);
    for (const lane of LANES) {
      const of = (name: keyof LaneStats) => () => engine()[lane]?.[name] ?? 0;
      jobsQueued.read(of("queued"), { lane });
      jobsRunning.read(of("running"), { lane });
      for (const outcome of ["done", "failed", "refused", "displaced"] as const) {
        jobs.read(of(outcome), { lane, outcome });
      }
    }
  }
}
