import type { MemoryBudget } from "../audio/mod.ts";
import type { EngineStats, LaneStats } from "../engine/mod.ts";
import type { ErrorCode } from "../errors/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { Memory } from "../memory/mod.ts";
import type { DeviceRegistry, ServerEvent, ServerStats } from "../server/mod.ts";
import { type SessionCounters, SessionMetrics } from "../session/mod.ts";
import { defineMetrics, type MetricBlock, Metrics } from "../telemetry/mod.ts";
import type { VadBatcher } from "../vad/mod.ts";
import { watchLateness } from "./lateness.ts";
import { VERSION } from "./version.ts";

/** How long one collection is given to everybody who asks, in ms; so asking often costs little. */
const SAME_FOR_MS = 250;

const LANES = ["recognition", "detection", "voice"] as const;
const STATES = ["idle", "starting", "ready", "waiting", "closed"] as const satisfies EngineStats["state"][];

const AUTH_CODES = [
  "server.rate_limited",
  "auth.origin",
  "auth.token_missing",
  "auth.token_invalid",
  "auth.token_expired",
  "auth.not_approved",
  "auth.admin",
  "auth.unreadable",
  "auth.unwritable",
] as const satisfies readonly ErrorCode[];

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
  sessions: { type: "gauge", name: "earshot_sessions", help: "Sessions that are open." },
  sockets: { type: "gauge", name: "earshot_sockets", help: "Sockets that have not ended." },
  abandoned: {
    type: "gauge",
    name: "earshot_sockets_abandoned",
    help: "Sockets whose session is over and that have not ended by their deadline; they hold their places.",
  },
  placesLimit: {
    type: "gauge",
    name: "earshot_admission_places_limit",
    help: "The most connections: server.maxSessions, or less where descriptors are scarce.",
  },
  places: {
    type: "gauge",
    name: "earshot_admission_places",
    help: "Places that are taken: connections and sessions that have not ended.",
  },
  yielding: {
    type: "gauge",
    name: "earshot_admission_places_yielding",
    help: "Places that are being given up for a newer connection of the same device.",
  },
  refused: {
    type: "counter",
    name: "earshot_admission_refused_total",
    help: "Devices refused with 503 before the upgrade, by cause.",
    labels: { cause: ["full", "address_full"] },
  },
  replaced: {
    type: "counter",
    name: "earshot_admission_replaced_total",
    help: "Connections that were given up for a newer one of the same device.",
  },
  authRefused: {
    type: "counter",
    name: "earshot_auth_refused_total",
    help: "Requests refused before the upgrade because of who made them, by the code of the error.",
    labels: { code: AUTH_CODES },
  },
  devices: {
    type: "gauge",
    name: "earshot_auth_devices",
    help: "Devices that are approved, and those that wait for it; only while auth.required.",
    labels: { state: ["approved", "pending"] },
  },
  devicesDropped: {
    type: "counter",
    name: "earshot_auth_pending_dropped_total",
    help: "Devices that were forgotten because more than auth.maxPending waited.",
  },
  connectionsEnded: {
    type: "counter",
    name: "earshot_connections_ended_total",
    help:
      "Connections without a WebSocket that a bound has ended (engine ws): server.requestTimeoutMs (deadline), " +
      "server.maxWaitingConnections (waiting), or all that the descriptors allow (room).",
    labels: { bound: ["deadline", "waiting", "room"] },
  },
  upgradesRefused: {
    type: "counter",
    name: "earshot_upgrades_refused_total",
    help: "Upgrades refused because they were no WebSocket handshake.",
  },
  messagesTooBig: {
    type: "counter",
    name: "earshot_messages_too_big_total",
    help: "Sockets closed with 1009 for a message beyond its bound.",
  },
  listenerRestarts: {
    type: "counter",
    name: "earshot_listener_restarts_total",
    help: "Listeners that ended by themselves and are opened again.",
  },
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
    labels: { stage: ["journalled", "folded"] },
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
  vadFrames: {
    type: "counter",
    name: "earshot_vad_frames_total",
    help: "Frames of 32 ms by what became of them.",
    labels: { outcome: ["judged", "dropped", "failed"] },
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
    help: "Jobs by what became of them; refused ones found the queue full or the engine down.",
    labels: { lane: LANES, outcome: ["done", "failed", "refused"] },
  },
});

/** What an engine says of itself; one without lanes has none to show. */
export type ShownEngineStats =
  & Pick<EngineStats, "state" | "warmed" | "runtime" | "restarts">
  & Partial<Pick<EngineStats, "recognition" | "detection" | "voice">>;

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
  readonly #clock: Clock;
  #collected: { readonly text: Promise<string>; readonly atMs: number } | undefined;

  /** Registers everything, at zero. */
  constructor(options: GatewayMetricsOptions) {
    const { scope, clock, counters } = options;
    this.#clock = clock;
    this.#sessions = new SessionMetrics(this.#metrics, counters);
    this.#block = this.#metrics.register(DEFINITIONS);
    this.#readProcess();
    this.#readServer(options);
    this.#readSound(options);
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
      case "session_opened":
      case "socket_abandoned":
      case "admission_refused":
        return; // counted where it happens
    }
  }

  #readProcess(): void {
    const { build, started, residentBytes, heapBytes } = this.#block;
    build.set(1, { version: VERSION, deno: Deno.version.deno });
    started.set(Math.round(Date.now() / 1_000));
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
    vadFrames.read(() => vad.stats.droppedFrames, { outcome: "dropped" });
    vadFrames.read(() => vad.stats.failedFrames, { outcome: "failed" });
  }

  #readMemory({ memory }: GatewayMetricsOptions): void {
    if (memory === undefined) return;
    const { memorySaving, memoryPending, memoryUnfolded, memoryTurns, memoryDropped, memoryFailures } =
      this.#block;
    memorySaving.read(() => Number(memory.status.saving));
    memoryPending.read(() => memory.stats.pending);
    memoryUnfolded.read(() => memory.stats.unfolded);
    for (const stage of ["journalled", "folded"] as const) {
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
      for (const outcome of ["done", "failed", "refused"] as const) jobs.read(of(outcome), { lane, outcome });
    }
  }
}
