import { getLogger } from "@logtape/logtape";
import { EarshotError } from "../errors/mod.ts";
import type { HeldPermissions } from "../executable/mod.ts";
import { type Clock, systemClock } from "../lifecycle/mod.ts";
import {
  type EmbeddedVoice,
  type Engine,
  ENGINE_SAMPLE_RATE_HZ,
  type EngineRuntime,
  type EngineSound,
  type HearRequest,
  type HearResponse,
  type JobOptions,
  type Recognition,
  type RecognitionStream,
  samplesOf,
  type SpeakOptions,
  type Speech,
  type VadRequest,
  type VadResponse,
} from "./contract.ts";
import { runtimesFor } from "./engine_launch.ts";
import type { EngineProcess } from "./engine_process.ts";
import { type EngineState, EngineSupervisor } from "./engine_supervisor.ts";
import { MAX_RECOGNITION_STREAMS, RecognitionStreams } from "./recognition_streams.ts";
import { JobLane, type LaneJobOptions, type LaneStats } from "./job_lane.ts";
import type { EngineJob, JobAnswer, ModelPaths } from "./messages.ts";
import { packRequests, unpackResponses } from "./sounds/hear_codec.ts";
import { SentSounds } from "./sounds/sent_sounds.ts";
import { unexpected } from "./unexpected_answer.ts";

/** Deadlines of the jobs, in ms, counted from the moment the engine is given one. */
const RECOGNIZE_DEADLINE_MS = 10_000;
const DETECT_DEADLINE_MS = 2_000;
const SPEAK_DEADLINE_MS = 30_000;
const WARM_DEADLINE_MS = 60_000;

/** How long jobs are kept for an engine that is being started, in ms. */
const GRACE_MS = 2_000;
/** How many closed streams are kept for the next detection; the detector drops the least recently used by itself. */
const MAX_CLOSED_STREAMS = 4_096;

const logger = getLogger(["earshot", "engine"]);

/** Options of an {@linkcode EngineClient}. */
export interface EngineOptions {
  /** Where the weights lie; the caller has verified them. */
  readonly models: ModelPaths;
  /** The inference runtime; `auto` takes WASM when the native one cannot be loaded. Default `auto`. */
  readonly runtime?: "auto" | EngineRuntime;
  /** How many recognitions run at the same time. Default: the cores minus one, at least one. */
  readonly recognitionWorkers?: number | undefined;
  /** How many recognitions may wait. Default 64. */
  readonly recognitionQueue?: number;
  /** The module to run as the engine from a checkout, in place of the engine itself. */
  readonly entry?: URL;
  readonly clock?: Clock;
}

/** What the engine is and does; a plain snapshot. */
export interface EngineStats {
  /** Where it is. */
  readonly state: EngineState;
  /** The process that is ready. */
  readonly pid: number | undefined;
  /** The runtime of the process that is, or was last, ready. */
  readonly runtime: EngineRuntime | undefined;
  /** Whether that process has loaded all its models. */
  readonly warmed: boolean;
  /** What that process says that it may do. */
  readonly permissions: HeldPermissions | undefined;
  /** How often it was started anew. */
  readonly restarts: number;
  /** Recognitions. */
  readonly recognition: LaneStats;
  /** Pieces of sound for a streaming recognizer; utterances that could not be opened count as refused too. */
  readonly streaming: LaneStats;
  /** Utterances that are open there. */
  readonly openStreams: number;
  /** Detections of speech. */
  readonly detection: LaneStats;
  /** Sentences spoken. */
  readonly voice: LaneStats;
}

/**
 * The engine process as the rest of the program sees it. It starts with {@linkcode EngineClient.start} or the first
 * job, and is started anew when it dies or hangs. A job that it held then fails with a retryable error; a job that
 * waited is kept for at most 2 s.
 */
export class EngineClient implements Engine, AsyncDisposable {
  readonly #clock: Clock;
  readonly #supervisor: EngineSupervisor;
  readonly #recognition: JobLane;
  readonly #streaming: JobLane;
  readonly #streams: RecognitionStreams;
  readonly #detection: JobLane;
  readonly #voice: JobLane;
  readonly #warming: JobLane;
  readonly #usualVoice: EmbeddedVoice;
  readonly #lanes: readonly JobLane[];
  readonly #sounds = new SentSounds();
  #nextId = 1;
  #closedStreams: number[] = [];
  #cancelGrace = () => {};
  #warmWanted = false;
  #warmed = false;
  #closed: Promise<void> | undefined;

  /** Makes a client that starts nothing yet. */
  constructor(options: EngineOptions) {
    const { models, runtime = "auto", recognitionQueue = 64, entry, clock = systemClock } = options;
    const recognitionWorkers = options.recognitionWorkers ?? Math.max(1, navigator.hardwareConcurrency - 1);
    const lane = (slots: number, queueCapacity: number, onGivenUp = (_id: number) => {}) =>
      new JobLane({
        slots,
        queueCapacity,
        clock,
        nextId: () => this.#nextId++,
        onOverdue: () => this.#onOverdue(),
        onGivenUp,
      });
    this.#clock = clock;
    this.#usualVoice = models.hibari === undefined ? "flite" : "hibari";
    this.#recognition = lane(recognitionWorkers, recognitionQueue);
    // A stream has one job under way at most; the one that releases it needs no room.
    this.#streaming = lane(recognitionWorkers, MAX_RECOGNITION_STREAMS);
    this.#streams = new RecognitionStreams(
      (make, jobOptions) => this.#run(this.#streaming, make, jobOptions),
      (sound) => this.#sounds.send(sound),
    );
    this.#detection = lane(1, 64);
    this.#voice = lane(1, 128, (id) => this.#supervisor.send({ type: "stop_speaking", id }));
    this.#warming = lane(1, 4);
    this.#lanes = [this.#recognition, this.#streaming, this.#detection, this.#voice, this.#warming];
    this.#supervisor = new EngineSupervisor({
      runtimes: runtimesFor(runtime, models),
      setup: { recognitionWorkers, models },
      ...(entry && { entry }),
      onUp: (process) => this.#onUp(process),
      onDown: (waitMs) => this.#onDown(waitMs),
      onAnswer: (answer) => this.#onAnswer(answer),
      clock,
    });
  }

  /** A snapshot of its state. */
  get stats(): EngineStats {
    const { state, pid, runtime, restarts, permissions } = this.#supervisor;
    const streaming = this.#streaming.stats;
    return {
      state,
      pid,
      runtime,
      warmed: this.#warmed,
      permissions,
      restarts,
      recognition: this.#recognition.stats,
      streaming: { ...streaming, refused: streaming.refused + this.#streams.refused },
      openStreams: this.#streams.size,
      detection: this.#detection.stats,
      voice: this.#voice.stats,
    };
  }

  /** Starts the engine and resolves when it is ready; see {@linkcode EngineSupervisor.start}. */
  async start(): Promise<void> {
    if (this.#supervisor.state === "idle") this.#keepJobsFor(GRACE_MS);
    await this.#supervisor.start();
  }

  /** Loads the models, now and after every restart, so that the first word does not wait for it. */
  async warm(): Promise<void> {
    this.#warmWanted = true; // also for a process that comes up after this one failed
    await this.start();
    await this.#warmUp();
  }

  /** Recognizes one segment; see {@linkcode Engine.recognize}. */
  async recognize(sound: EngineSound, options: JobOptions = {}): Promise<Recognition> {
    const audioMs = (samplesOf(sound) / ENGINE_SAMPLE_RATE_HZ) * 1000;
    const make = (id: number) => ({ type: "recognize", id, sound: this.#sounds.send(sound) }) as const;
    const answer = await this.#run(this.#recognition, make, {
      deadlineMs: RECOGNIZE_DEADLINE_MS + audioMs,
      costMs: audioMs,
      ...options,
    });
    if (answer.type !== "recognized") throw unexpected(answer);
    const { type: _type, id: _id, ...recognition } = answer;
    return recognition;
  }

  /** Begins an utterance; see {@linkcode Engine.openStream}. */
  openStream(flow?: object): RecognitionStream {
    return this.#streams.open(flow);
  }

  /** Detects speech; see {@linkcode Engine.detectSpeech}. */
  async detectSpeech(
    batch: readonly VadRequest[],
    options: JobOptions = {},
  ): Promise<readonly VadResponse[]> {
    const closed = this.#closedStreams.splice(0);
    const answer = await this.#run(this.#detection, (id) => ({ type: "detect", id, batch, closed }), {
      deadlineMs: DETECT_DEADLINE_MS,
      ...options,
    });
    if (answer.type !== "detected") throw unexpected(answer);
    return answer.responses;
  }

  /** Detects speech in new packets; see {@linkcode Engine.hear}. */
  async hear(batch: readonly HearRequest[], options: JobOptions = {}): Promise<readonly HearResponse[]> {
    const closed = this.#closedStreams.splice(0);
    const make = (id: number) =>
      ({ type: "hear", id, closed, ...packRequests(batch, (source) => this.#sounds.idOf(source)) }) as const;
    const answer = await this.#run(this.#detection, make, { deadlineMs: DETECT_DEADLINE_MS, ...options });
    if (answer.type !== "heard") throw unexpected(answer);
    return unpackResponses(answer);
  }

  /** Lets go of sound; see {@linkcode Engine.releaseSound}. */
  releaseSound(source: object, fromSeq?: number): void {
    const soundId = this.#sounds.knownIdOf(source);
    if (soundId === undefined) return;
    this.#supervisor.send({ type: "release_sound", soundId, ...(fromSeq !== undefined && { fromSeq }) });
  }

  /** Drops the state of a stream with the next detection; see {@linkcode Engine.closeVadStream}. */
  closeVadStream(streamId: number): void {
    if (this.#closedStreams.length < MAX_CLOSED_STREAMS) this.#closedStreams.push(streamId);
  }

  /** Speaks; see {@linkcode Engine.speak}. */
  async speak(
    text: string,
    { voice = this.#usualVoice, speaker, speed, ...options }: SpeakOptions = {},
  ): Promise<Speech> {
    const sentence = {
      text,
      voice,
      ...(speaker !== undefined && { speaker }),
      ...(speed !== undefined && { speed }),
    };
    const answer = await this.#run(this.#voice, (id) => ({ type: "speak", id, ...sentence }), {
      deadlineMs: SPEAK_DEADLINE_MS,
      ...options,
    });
    if (answer.type !== "spoken") throw unexpected(answer);
    return { pcm: answer.pcm, sampleRateHz: answer.sampleRateHz };
  }

  /** Gives all jobs up and ends the process: by itself, or by force after 2 s. May be called twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Closes it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #run(
    lane: JobLane,
    make: (id: number) => EngineJob,
    options: LaneJobOptions,
  ): Promise<JobAnswer> {
    if (this.#supervisor.state === "idle") this.start().catch(() => {});
    return lane.run(make, options);
  }

  async #warmUp(): Promise<void> {
    await this.#warming.run((id) => ({ type: "warm", id }), { deadlineMs: WARM_DEADLINE_MS });
    this.#warmed = true;
  }

  #onUp(process: EngineProcess): void {
    this.#cancelGrace();
    for (const lane of this.#lanes) lane.open((job) => process.send(job));
    if (!this.#warmWanted) return;
    this.#warmUp().catch((error) => {
      if (this.#closed !== undefined) return;
      logger.warn("Engine could not load its models: {message}", {
        message: EarshotError.from(error).message,
      });
    });
  }

  /** The process hangs: no more jobs for this one. */
  #onOverdue(): void {
    this.#pause();
    this.#supervisor.kill();
  }

  #onDown(waitMs: number): void {
    this.#warmed = false;
    this.#pause();
    this.#keepJobsFor(waitMs < GRACE_MS ? GRACE_MS : 0);
  }

  #pause(): void {
    this.#streams.lose();
    const lost = new EarshotError("engine.crashed", "Cannot finish the job: the engine process ended");
    for (const lane of this.#lanes) lane.pause(lost);
  }

  /** Jobs may wait for so long for the engine to come up; after that they are refused until it is. */
  #keepJobsFor(graceMs: number): void {
    this.#cancelGrace();
    this.#cancelGrace = this.#clock.schedule(graceMs, () => {
      const down = new EarshotError("engine.unavailable", "Cannot take a job: the engine is being started");
      for (const lane of this.#lanes) lane.shut(down);
    });
  }

  #onAnswer(answer: JobAnswer): void {
    this.#lanes.some((lane) => lane.answer(answer));
  }

  async #close(): Promise<void> {
    const closed = new EarshotError("engine.unavailable", "Cannot take a job: the engine is closed");
    this.#cancelGrace();
    for (const lane of this.#lanes) {
      lane.pause(closed);
      lane.shut(closed);
    }
    await this.#supervisor.close();
  }
}
