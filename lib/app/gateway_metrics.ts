import { type AsrRunner, type RecognitionEvent, RecognitionMetrics } from "../asr/mod.ts";
import {
  type MemoryBudget,
  registerAudioMetrics,
  registerEncoderMetrics,
  type SpeechEncoders,
} from "../audio/mod.ts";
import { type Automation, registerAutomationMetrics } from "../automation/mod.ts";
import { type DeviceHistories, registerDialogueMetrics, type Summaries } from "../dialogue/mod.ts";
import { registerEngineMetrics, type ShownEngineStats } from "../engine/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import { type AnswerEvent, AnswerMetrics, type LlmRunner } from "../llm/mod.ts";
import { type Memory, registerMemoryMetrics } from "../memory/mod.ts";
import { type ServerEvent, ServerMetrics, type ServerMetricsSources } from "../server/mod.ts";
import {
  type Overload,
  registerOverloadMetrics,
  type SessionCounters,
  SessionMetrics,
} from "../session/mod.ts";
import { Metrics } from "../telemetry/mod.ts";
import { type DeviceToolsShared, registerDeviceToolsMetrics } from "../tools/mod.ts";
import {
  type OwnSentences,
  registerSpeechCacheMetrics,
  type SpeechCache,
  type SpeechEvent,
  SpeechMetrics,
  type TtsRunner,
} from "../tts/mod.ts";
import {
  registerBuiltinToolMetrics,
  registerToolServerMetrics,
  type ToolEvent,
  ToolMetrics,
} from "../tools/mod.ts";
import { type VadBatcher, VadMetrics } from "../vad/mod.ts";
import { type SpeakerIdentifier, type VoiceprintEvent, VoiceprintMetrics } from "../voiceprint/mod.ts";
import type { GatewayParts } from "./gateway_options.ts";
import { registerProcessMetrics } from "./process_metrics.ts";

/** How long one collection serves every request, in ms; so asking often costs little. */
const SAME_FOR_MS = 250;

/** Where the numbers come from. */
export interface GatewayMetricsOptions extends ServerMetricsSources {
  /** Owns the watch on the event loop. */
  readonly scope: Scope;
  readonly clock: Clock;
  readonly counters: Readonly<SessionCounters>;
  readonly deviceTools: DeviceToolsShared;
  readonly budget: MemoryBudget;
  readonly vad: VadBatcher;
  readonly overload: Overload;
  readonly encoders: SpeechEncoders;
  readonly dialogue: { readonly histories: DeviceHistories; readonly summaries: Summaries };
  readonly speech: { readonly cache: SpeechCache; readonly sentences: OwnSentences };
  readonly asr: readonly AsrRunner[];
  readonly llm: readonly LlmRunner[];
  readonly tts: readonly TtsRunner[];
  /** The names of where tools come from. */
  readonly toolSources: readonly string[];
  /** Absent where speakers are not identified. */
  readonly voiceprint: Pick<SpeakerIdentifier, "stats"> | undefined;
  /** Absent where no MCP server is configured. */
  readonly tools: GatewayParts["tools"];
  readonly engine: () => ShownEngineStats;
  /** Absent where nothing is kept. */
  readonly memory: Pick<Memory, "status" | "stats"> | undefined;
  /** Absent where nothing is sent to home automation. */
  readonly automation: Pick<Automation, "stats"> | undefined;
}

/**
 * Everything that `/metrics` shows: the metrics of each stage. Nothing is collected until somebody asks; then each
 * source gives a number that it keeps anyway, so the cost does not grow with the devices.
 */
export class GatewayMetrics {
  readonly #metrics = new Metrics();
  readonly #sessions: SessionMetrics;
  readonly #server: ServerMetrics;
  readonly #vad: VadMetrics;
  readonly #recognizer: RecognitionMetrics;
  readonly #answers: AnswerMetrics;
  readonly #speech: SpeechMetrics;
  readonly #tools: ToolMetrics;
  readonly #voiceprint: VoiceprintMetrics;
  readonly #clock: Clock;
  #collected: { readonly text: Promise<string>; readonly atMs: number } | undefined;

  /** Registers everything, at zero. */
  constructor(options: GatewayMetricsOptions) {
    const { scope, clock, counters, voiceprint } = options;
    this.#clock = clock;
    this.#sessions = new SessionMetrics(this.#metrics, counters);
    this.#server = new ServerMetrics(this.#metrics, options);
    this.#vad = new VadMetrics(this.#metrics, options.vad);
    this.#recognizer = new RecognitionMetrics(this.#metrics, options.asr);
    this.#answers = new AnswerMetrics(this.#metrics, options.llm);
    this.#speech = new SpeechMetrics(this.#metrics, options.tts);
    this.#tools = new ToolMetrics(this.#metrics, options.toolSources);
    this.#voiceprint = new VoiceprintMetrics(this.#metrics, voiceprint && (() => voiceprint.stats));
    registerDeviceToolsMetrics(this.#metrics, options.deviceTools);
    registerAudioMetrics(this.#metrics, options.budget);
    registerOverloadMetrics(this.#metrics, options.overload);
    registerEncoderMetrics(this.#metrics, options.encoders);
    registerDialogueMetrics(this.#metrics, options.dialogue);
    registerSpeechCacheMetrics(this.#metrics, options.speech);
    registerEngineMetrics(this.#metrics, options.engine);
    registerMemoryMetrics(this.#metrics, options.memory);
    registerAutomationMetrics(this.#metrics, options.automation);
    registerToolServerMetrics(this.#metrics, options.tools?.servers);
    registerBuiltinToolMetrics(this.#metrics, options.tools ?? {});
    registerProcessMetrics(this.#metrics, clock, scope);
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

  /** Something happened at the server or in one of its sessions. */
  record(event: ServerEvent): void {
    if (event.type === "session_event") this.#sessions.record(event.event);
    else this.#server.record(event);
  }

  /** The detector gave its verdict about a stream's frames, the oldest of which had waited for so long. */
  recordJudged(lateMs: number): void {
    this.#vad.recordJudged(lateMs);
  }

  /** Something happened to an utterance. */
  recordRecognition(event: RecognitionEvent): void {
    this.#recognizer.record(event);
  }

  /** Something happened to a question. */
  recordAnswer(event: AnswerEvent): void {
    this.#answers.record(event);
  }

  /** Something happened with tools. */
  recordTools(event: ToolEvent): void {
    this.#tools.record(event);
  }

  /** Something happened to a piece that is spoken. */
  recordSpeech(event: SpeechEvent): void {
    this.#speech.record(event);
  }

  /** A frame of an answer has left, so late. */
  recordFrame(lateMs: number): void {
    this.#sessions.recordFrame(lateMs);
  }

  /** A speaker was identified, or not. */
  recordIdentification(event: VoiceprintEvent): void {
    this.#voiceprint.record(event);
  }
}
