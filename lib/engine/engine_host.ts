import { joinPcm } from "../audio/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import { WorkerPool } from "../lifecycle/mod.ts";
import {
  ENGINE_SAMPLE_RATE_HZ,
  type Recognition,
  type Speech,
  type StreamingResult,
  type VadResponse,
} from "./contract.ts";
import { FRAME_SAMPLES } from "./inference/silero.ts";
import type { EngineJob, EngineSetup, JobAnswer, SentSound } from "./messages.ts";
import { isStreaming, type SherpaModel } from "./sherpa_model.ts";
import { DeviceSounds } from "./sounds/device_sounds.ts";
import { hearDevices } from "./sounds/hear_devices.ts";
import { unpackPackets } from "./sounds/packet_codec.ts";
import { StreamFramers } from "./sounds/stream_framers.ts";
import type { RecognitionModel, RecognitionRequest } from "./workers/recognition_worker.ts";
import type { StreamingRequest } from "./workers/streaming_worker.ts";
import type { DetectionRequest } from "./workers/vad_worker.ts";
import type { VoiceRequest } from "./workers/voice_worker.ts";

/** Far beyond the parent's own deadlines, by which it kills the whole process. */
const JOB_DEADLINE_MS = 300_000;
/** The parent sends no more than there are Workers; beyond this bound it would be at fault. */
const QUEUE_CAPACITY = 64;
/** The parent's jobs have numbers above it. */
const WARM_ID = -1;
/** From here up are streams that no session uses. */
const WARM_STREAM_ID = Number.MAX_SAFE_INTEGER - 100;

/** The engine process without its pipes: the Workers, and which job goes to which. */
export class EngineHost {
  readonly #setup: EngineSetup;
  readonly #recognition: WorkerPool<RecognitionRequest, Recognition>;
  /** A stream stays with one Worker, which has its state. */
  readonly #streaming: readonly WorkerPool<StreamingRequest, StreamingResult>[];
  readonly #detection: WorkerPool<DetectionRequest, readonly VadResponse[]>;
  readonly #voice: WorkerPool<VoiceRequest, Speech>;
  /** Packets are decoded on this thread, while the model runs on its own. */
  readonly #sounds = new DeviceSounds();
  readonly #framers = new StreamFramers();
  /** Shared with the Worker of the voice, which hears of nothing else while it speaks. */
  readonly #givenUp = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

  /** Starts nothing yet; `onWorkerDeath` is called for a Worker that died: the process should end then. */
  constructor(setup: EngineSetup, onWorkerDeath: (error: EarshotError) => void) {
    const pool = <Request, Response>(name: string, size: number) =>
      new WorkerPool<Request, Response>({
        name,
        size,
        queueCapacity: QUEUE_CAPACITY,
        jobDeadlineMs: JOB_DEADLINE_MS,
        spawn: () =>
          new Worker(new URL(`./workers/${name}_worker.ts`, import.meta.url).href, { type: "module", name }),
        onWorkerDeath,
      });
    this.#setup = setup;
    this.#recognition = pool("recognition", setup.recognitionWorkers);
    this.#streaming = Array.from({ length: setup.recognitionWorkers }, () => pool("streaming", 1));
    this.#detection = pool("vad", 1);
    this.#voice = pool("voice", 1);
  }

  /** Whether the inference runtime can be loaded at all; rejects with `engine.runtime`. */
  async probe(): Promise<void> {
    await this.#detection.run({ type: "probe", runtime: this.#setup.runtime });
  }

  /** Does one job; what goes wrong is its answer, never a rejection. */
  async handle(job: EngineJob): Promise<JobAnswer> {
    try {
      return await this.#do(job);
    } catch (error) {
      return { type: "failed", id: job.id, message: EarshotError.from(error).message };
    }
  }

  /** Says that nobody waits any more for the sentence of this job. */
  stopSpeaking(id: number): void {
    Atomics.store(this.#givenUp, 0, id);
  }

  /** The sound of a device before packet `fromSeq` is not asked for again. */
  releaseSound(soundId: number, fromSeq = Infinity): void {
    this.#sounds.keepFrom(soundId, fromSeq);
  }

  /** Lets the jobs under way finish, for at most 1.5 s, frees the models and ends the Workers. */
  async close(): Promise<void> {
    const pools = [this.#recognition, ...this.#streaming, this.#detection, this.#voice];
    await Promise.allSettled(pools.map((pool) => pool.close()));
    this.#sounds.close();
  }

  async #do(job: EngineJob): Promise<JobAnswer> {
    const { id } = job;
    switch (job.type) {
      case "warm":
        await this.#warm();
        return { type: "warmed", id };
      case "recognize":
        return { type: "recognized", id, ...await this.#recognize(job.sound) };
      case "hear":
        return await hearDevices(job, {
          sounds: this.#sounds,
          framers: this.#framers,
          detect: (batch, closed) => this.#detect({ batch, closed }),
        });
      case "stream":
        return { type: "streamed", id, ...await this.#stream(job) };
      case "close_stream":
        await this.#closeStream(job.streamId);
        return { type: "stream_closed", id };
      case "detect":
        return { type: "detected", id, responses: await this.#detect(job) };
      case "speak":
        return { type: "spoken", id, ...await this.#speak(job) };
    }
  }

  #recognize(sound: SentSound): Promise<Recognition> {
    const model = this.#segmentModel;
    if (model === undefined) throw missing("recognize speech");
    return this.#recognition.run({ model, pcm: this.#pcmOf(sound) });
  }

  #pcmOf(sound: SentSound): Int16Array {
    if (sound.type === "samples") return sound.pcm;
    const { soundId, packets, skipSamples, samples } = sound;
    const parts = this.#sounds.decode(soundId, unpackPackets(packets)).map(({ pcm }) => pcm);
    return joinPcm(parts).subarray(skipSamples, skipSamples + samples);
  }

  get #segmentModel(): RecognitionModel | undefined {
    const { runtime, models: { sherpa, moonshine } } = this.#setup;
    if (sherpa !== undefined && !isStreaming(sherpa)) return { type: "sherpa", model: sherpa };
    return moonshine && { type: "moonshine", runtime, paths: moonshine };
  }

  #stream(
    { streamId, sound, start, finish }: Omit<EngineJob & { type: "stream" }, "type" | "id">,
  ): Promise<StreamingResult> {
    const piece = { streamId, pcm: this.#pcmOf(sound), start, finish };
    return this.#workerOf(streamId).run({ type: "stream", model: this.#streamingModel, piece });
  }

  async #closeStream(streamId: number): Promise<void> {
    await this.#workerOf(streamId).run({ type: "close_stream", model: this.#streamingModel, streamId });
  }

  get #streamingModel(): SherpaModel {
    const { sherpa } = this.#setup.models;
    if (sherpa !== undefined && isStreaming(sherpa)) return sherpa;
    throw missing("recognize a stream");
  }

  #workerOf(streamId: number): WorkerPool<StreamingRequest, StreamingResult> {
    const pool = this.#streaming[streamId % this.#streaming.length];
    if (pool === undefined) throw missing("recognize a stream");
    return pool;
  }

  #detect(
    { batch, closed }: Pick<EngineJob & { type: "detect" }, "batch" | "closed">,
  ): Promise<readonly VadResponse[]> {
    const { runtime, models } = this.#setup;
    if (models.silero === undefined) throw missing("detect speech");
    return this.#detection.run({ type: "detect", runtime, modelPath: models.silero, batch, closed });
  }

  #speak(
    { id, text, voice: embedded, ...settings }: Omit<EngineJob & { type: "speak" }, "type">,
  ): Promise<Speech> {
    const { runtime, models: { voice, hibari, flite } } = this.#setup;
    if (voice !== undefined) {
      return this.#voice.run({ type: "sherpa", voice, text, settings, id, given: this.#givenUp });
    }
    if (embedded === "hibari" && hibari !== undefined) {
      return this.#voice.run({ type: "hibari", runtime, paths: hibari, text });
    }
    if (embedded === "flite" && flite !== undefined) {
      return this.#voice.run({ type: "flite", path: flite, text });
    }
    throw missing("speak");
  }

  /** One small job for every Worker of every model that there is. */
  async #warm(): Promise<void> {
    const { models, recognitionWorkers } = this.#setup;
    const silence = (samples: number) => ({ type: "samples", pcm: new Int16Array(samples) }) as const;
    const jobs: Promise<unknown>[] = [];
    const streaming = models.sherpa !== undefined && isStreaming(models.sherpa);
    for (let worker = 0; worker < recognitionWorkers; worker++) {
      if (this.#segmentModel !== undefined) jobs.push(this.#recognize(silence(ENGINE_SAMPLE_RATE_HZ)));
      const streamId = WARM_STREAM_ID + worker;
      const sound = silence(ENGINE_SAMPLE_RATE_HZ);
      if (streaming) jobs.push(this.#stream({ streamId, sound, start: true, finish: true }));
    }
    if (models.silero !== undefined) {
      const batch = [{ streamId: WARM_STREAM_ID, pcm: new Int16Array(FRAME_SAMPLES) }];
      jobs.push(this.#detect({ batch, closed: [WARM_STREAM_ID] }));
    }
    const words = models.voice?.sample;
    if (words !== undefined) jobs.push(this.#speak({ id: WARM_ID, text: words }));
    for (const voice of ["hibari", "flite"] as const) {
      const isThere = models.voice === undefined && models[voice] !== undefined;
      if (isThere) jobs.push(this.#speak({ id: WARM_ID, voice, text: "Ready." }));
    }
    await Promise.all(jobs);
  }
}

function missing(what: string): EarshotError {
  return new EarshotError("engine.job_failed", `Cannot ${what}: the engine was given no model for it`);
}
