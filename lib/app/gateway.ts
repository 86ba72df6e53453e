import { MemoryBudget, SpeechEncoders } from "../audio/mod.ts";
import { heldPermissions } from "../executable/mod.ts";
import { type DeviceHistories, Summaries } from "../dialogue/mod.ts";
import { type CleanupReport, type Scope, systemClock } from "../lifecycle/mod.ts";
import type { LlmRunner } from "../llm/mod.ts";
import type { MemoryStats } from "../memory/mod.ts";
import {
  denoTransport,
  type DrainSummary,
  readDescriptorLimit,
  type Readiness,
  Server,
  type ServerEvent,
  type ServerStats,
  timeZoneOf,
} from "../server/mod.ts";
import {
  createSessionCounters,
  InboxScheduler,
  Overload,
  type OverloadStats,
  Rooms,
  type SessionCounters,
  WakeWords,
} from "../session/mod.ts";
import { DEFAULT_TOOLS, DeviceToolsShared } from "../tools/mod.ts";
import { OwnSentences, SpeechCache } from "../tts/mod.ts";
import { VadBatcher } from "../vad/mod.ts";
import { SpeakerIdentifier } from "../voiceprint/mod.ts";
import { GatewayLog } from "./gateway_log.ts";
import { GatewayMetrics } from "./gateway_metrics.ts";
import type { GatewayOptions } from "./gateway_options.ts";
import { type GatewayUrls, gatewayUrls } from "./gateway_urls.ts";
import { serviceNeeds } from "./needs.ts";
import { composeAgents } from "./compose_agents.ts";
import { openHistories } from "./histories.ts";
import { visionParts } from "./vision_parts.ts";

/** What the gateway holds and has counted: plain data, the same that `/healthz` shows. */
export interface GatewayStats {
  /** Devices that are connected. */
  readonly sessions: number;
  /** Sockets that have not ended; more than `sessions` only while some are closing. */
  readonly sockets: number;
  /** Those of them that were to be ended and would not; only the `deno` transport has such. */
  readonly abandoned: number;
  /** The places of sessions, and who was refused one. */
  readonly admission: ServerStats["admission"];
  /** Scopes and resources that are open below the gateway. */
  readonly open: { readonly scopes: number; readonly resources: number };
  /** Sound that is held, as charged against `limits.audio.budgetBytes`. */
  readonly audioBytes: number;
  /** The most that was ever held, as charged. */
  readonly audioPeakBytes: number;
  /** Streams that the speech detector follows. */
  readonly vadStreams: number;
  /** How full the process is, and who was refused for it. */
  readonly overload: OverloadStats;
  /** What was said: how much waits, was kept, was dropped; absent when nothing is kept. */
  readonly memory?: MemoryStats;
  /** What was counted since the start. */
  readonly counters: SessionCounters;
}

/** The whole gateway: everything wired together, listening from the moment it is made. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #scope: Scope;
  readonly #server: Server;
  readonly #budget: MemoryBudget;
  readonly #vad: VadBatcher;
  readonly #overload: Overload;
  /** Whether an engine process is needed. */
  readonly #needsEngine: boolean;
  readonly #cache: SpeechCache;
  readonly #histories: DeviceHistories;
  readonly #summaries: Summaries;
  readonly #llms: readonly LlmRunner[];
  readonly #counters = createSessionCounters();
  readonly #deviceTools = new DeviceToolsShared();
  readonly #log: GatewayLog;
  readonly #metrics: GatewayMetrics;

  /**
   * Opens the listener and begins to load the models.
   *
   * @throws {EarshotError} `server.port_in_use` or `server.listen`; nothing stays open then.
   */
  constructor(options: GatewayOptions) {
    const { config, engines, clock = systemClock } = options;
    this.#options = options;
    this.#log = new GatewayLog(clock);
    this.#needsEngine = serviceNeeds(config).engine;
    this.#scope = options.scope.child("gateway", {
      clock,
      closeDeadlineMs: config.session.closeMs + 5_000,
      onError: (name, error) => this.#log.failed(name, error),
    });
    this.#budget = new MemoryBudget(config.audio.budgetBytes);
    this.#vad = new VadBatcher(engines, {
      clock,
      onJudged: (lateMs) => {
        this.#overload.judged(lateMs);
        this.#metrics.recordJudged(lateMs);
      },
    });
    this.#overload = new Overload({
      scope: this.#scope,
      clock,
      lateMs: config.session.hearingLateMs,
      engine: () => engines.stats,
      onChange: (overloaded) => this.#log.overloaded(overloaded, this.#overload.stats),
    });
    const inboxes = new InboxScheduler(clock);
    this.#scope.own("inbox scheduler", () => inboxes.close());
    this.#scope.own("vad", () => this.#vad.close());
    const { recognizers, llms = new Map(), voices = new Map(), prompts, contexts } = options;
    const { agents, ...runners } = composeAgents(config, { recognizers, llms, voices }, {
      clock,
      ...(prompts && { prompts }),
      ...(contexts && { contexts }),
      warm: (answerer) => {
        if (this.#scope.state !== "open") return;
        this.#scope.run("warming a language model", () => answerer.warm(this.#scope.signal));
      },
      onRecognition: (event) => {
        this.#log.recognition(event);
        this.#metrics.recordRecognition(event);
      },
      onAnswer: (event) => {
        this.#log.answer(event);
        this.#metrics.recordAnswer(event);
      },
      onSpeech: (event) => {
        this.#log.speech(event);
        this.#metrics.recordSpeech(event);
      },
    });
    this.#llms = runners.llm;
    const timeZone = options.timeZone ?? timeZoneOf({
      configured: config.server.timeZone,
      language: agents.of(undefined).languages[0],
    });
    const encoders = new SpeechEncoders({ scope: this.#scope, clock });
    const { cacheBytes, diskCacheBytes } = config.speechCache;
    const dir = options.speechDir;
    this.#cache = new SpeechCache({
      maxBytes: cacheBytes,
      disk: dir === undefined || diskCacheBytes === 0 ? undefined : { dir, maxBytes: diskCacheBytes },
    });
    const cache = this.#cache;
    const sentences = new OwnSentences({ scope: this.#scope, clock, cache, encoders });
    this.#histories = openHistories(options.memory, {
      turnsPerDay: Math.max(0, ...agents.all.map(({ answers }) => answers?.turnsPerDay ?? 0)),
    });
    this.#summaries = new Summaries({
      scope: this.#scope,
      clock,
      wallMs: Date.now,
      histories: this.#histories,
      memory: options.memory,
    });
    const answering = agents.all.flatMap(({ answers = [] }) => answers);
    if (answering.length > 0) this.#scope.run("warming the encoder", () => encoders.warm(this.#scope.signal));
    for (const { warm } of answering) warm();
    const voiceprint = options.voiceprint && new SpeakerIdentifier(options.voiceprint, {
      clock,
      ...config.voiceprint,
      onEvent: (event) => {
        this.#log.identification(event);
        this.#metrics.recordIdentification(event);
      },
    });
    if (voiceprint !== undefined) this.#scope.own("voiceprint", () => voiceprint.close());
    this.#metrics = new GatewayMetrics({
      ...runners,
      toolSources: [...DEFAULT_TOOLS, ...(options.tools?.sources ?? []).map(({ name }) => name)],
      voiceprint,
      scope: this.#scope,
      clock,
      counters: this.#counters,
      deviceTools: this.#deviceTools,
      budget: this.#budget,
      vad: this.#vad,
      overload: this.#overload,
      encoders,
      speech: { cache, sentences },
      dialogue: { histories: this.#histories, summaries: this.#summaries },
      engine: () => engines.stats,
      memory: options.memory,
      automation: options.automation,
      tools: options.tools,
      server: () => this.#server.stats,
      devices: options.auth?.devices?.registry,
      pins: options.auth?.pins,
    });
    const { maxChunks, maxBytes, maxDurationMs } = config.audio;
    try {
      this.#server = new Server({
        config: config.server,
        auth: config.auth,
        authParts: options.auth ?? {},
        trustsAll: config.tools.open,
        mqttKey: options.mqttKey,
        tls: options.tls,
        transport: options.transport ?? denoTransport,
        scope: this.#scope.child("server", { closeDeadlineMs: config.session.closeMs + 3_000 }),
        clock,
        descriptorLimit: options.descriptorLimit ?? readDescriptorLimit(),
        readiness: () => this.readiness,
        health: () => this.#health(),
        vision: visionParts(config, runners.llm),
        forget: options.memory && ((deviceId) => this.#forget(deviceId)),
        metrics: this.#metrics,
        onEvent: (event) => this.#observe(event),
        services: {
          clock,
          agentOf: (deviceId) => agents.of(deviceId),
          agentNamed: (name) => agents.named(name),
          rooms: new Rooms({
            clock,
            roomOf: (deviceId) => agents.roomOf(deviceId),
            onFull: () => this.#counters.roomFull++,
          }),
          voiceprint,
          vad: this.#vad,
          overload: this.#overload,
          inboxes,
          budget: this.#budget,
          counters: this.#counters,
          deviceTools: this.#deviceTools,
          session: config.session,
          audio: { maxBytes, maxDurationMs, ...(maxChunks !== undefined && { maxChunks }) },
          speech: config.vad,
          memory: options.memory,
          automation: options.automation,
          answering: { encoders, cache, ...(diskCacheBytes > 0 && { sentences }) },
          histories: this.#histories,
          summaries: this.#summaries,
          onFrameLate: (lateMs) => this.#metrics.recordFrame(lateMs),
          timeZone,
          wakeWords: new WakeWords(config.session.wakeWords),
          tools: {
            sources: options.tools?.sources ?? [],
            destructive: config.tools.destructive,
            onEvent: (event) => this.#metrics.recordTools(event),
          },
        },
      });
    } catch (thrown) {
      this.#scope.close();
      throw thrown;
    }
    const { descriptorAdvice } = this.#server;
    if (descriptorAdvice !== undefined) this.#log.lowered(descriptorAdvice);
    if (this.#needsEngine) this.#scope.run("warming the engine", () => this.#warm());
  }

  /** The port on which everything is served. */
  get port(): number {
    return this.#server.port;
  }

  /** Resolves when connections are taken. */
  get listening(): Promise<void> {
    return this.#server.listening;
  }

  /** Where it is reached: the first from this machine, the others from its networks. */
  get urls(): readonly [GatewayUrls, ...GatewayUrls[]] {
    const { hostname } = this.#options.config.server;
    return gatewayUrls({ hostname, port: this.port, secure: this.#options.tls !== undefined });
  }

  /** The WebSocket URL that every device is told, where the config has one. */
  get publicUrl(): string | undefined {
    return this.#options.config.server.publicUrl;
  }

  /** Whether a device that connects now is heard. */
  get readiness(): Readiness {
    const { state, warmed } = this.#options.engines.stats;
    if (this.#scope.state !== "open") return { ready: false, detail: "shutting down" };
    if (this.#server.draining) return { ready: false, detail: "being stopped; turns are let finish" };
    if (this.#needsEngine && state !== "ready") return { ready: false, detail: `the engine is ${state}` };
    if (this.#needsEngine && !warmed) return { ready: false, detail: "the models are being loaded" };
    const { overloaded, heard } = this.#overload.stats;
    if (overloaded) {
      return { ready: false, detail: `overloaded: ${heard} devices are heard, and more cannot be in time` };
    }
    const saving = this.#options.memory?.status ?? { saving: true };
    const down = (this.#options.tools?.servers?.stats ?? []).filter(({ up }) => !up).map(({ name }) => name);
    const lacks = [
      ...(saving.saving ? [] : [`nothing that is said is kept: ${saving.reason}`]),
      ...(down.length === 0 ? [] : [`tools are not there: ${down.join(", ")}`]),
    ];
    return { ready: true, detail: ["listening", ...lacks].join(", but ") };
  }

  /** What it holds and has counted. */
  get stats(): GatewayStats {
    const { memory } = this.#options;
    const { children, resources } = this.#scope.stats;
    return {
      ...this.#server.stats,
      open: { scopes: children, resources },
      audioBytes: this.#budget.chargedBytes,
      audioPeakBytes: this.#budget.stats.peakBytes,
      vadStreams: this.#vad.stats.streams,
      overload: this.#overload.stats,
      ...(memory && { memory: memory.stats }),
      counters: { ...this.#counters },
    };
  }

  /** Takes no new device and lets turns finish; `close` comes after it. See {@linkcode Server.drain}. */
  drain(): Promise<DrainSummary> {
    return this.#server.drain();
  }

  /** Ends every session with a goodbye, then the listeners, and reports. Joins a close under way. */
  close(): Promise<CleanupReport> {
    return this.#scope.close();
  }

  async #warm(): Promise<void> {
    try {
      await this.#options.engines.warm();
      this.#log.warm(this.#options.engines.stats.runtime);
    } catch (thrown) {
      // Who stops the gateway while it loads stops that as well.
      if (this.#scope.state !== "open") return;
      this.#log.cold(thrown);
    }
  }

  /** Erases what is kept of a device: the one place for whatever else holds what it has said. */
  async #forget(deviceId: string): Promise<number> {
    this.#cache.dropPieces();
    this.#summaries.forget(deviceId);
    this.#histories.forget(deviceId);
    this.#options.automation?.forget(deviceId);
    for (const llm of this.#llms) llm.forget(deviceId);
    try {
      return await this.#options.memory?.forget(deviceId) ?? 0;
    } finally {
      // Something may have been read before it was erased.
      this.#histories.forget(deviceId);
    }
  }

  #health(): Record<string, unknown> {
    const { state, runtime, warmed, restarts, recognition, permissions: engine } =
      this.#options.engines.stats;
    const tools = this.#options.tools?.servers;
    const { rss, heapUsed } = Deno.memoryUsage();
    return {
      ...this.stats,
      engine: { state, runtime, warmed, restarts, recognizing: recognition?.running ?? 0 },
      process: { residentBytes: rss, heapBytes: heapUsed },
      toolServers: tools?.stats.map(({ name, up, tools, restarts }) => ({ name, up, tools, restarts })) ?? [],
      permissions: {
        gateway: heldPermissions(),
        ...(engine && { engine }),
        ...(tools?.process.permissions && { toolServers: tools.process.permissions }),
      },
    };
  }

  #observe(event: ServerEvent): void {
    this.#log.record(event);
    this.#metrics.record(event);
    this.#options.onEvent?.(event);
  }
}
