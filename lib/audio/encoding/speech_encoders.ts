import { getLogger } from "@logtape/logtape";
import { EarshotError } from "../../errors/mod.ts";
import { type Clock, type Scope, systemClock, WorkerPool } from "../../lifecycle/mod.ts";
import { VoiceLevels } from "../voice_levels.ts";
import { complexityFor } from "./complexity.ts";
import type { EncodingJob, EncodingReply } from "./encoding_jobs.ts";
import { SPEECH_FRAME_DURATIONS_MS } from "./frame_packer.ts";
import { SpeechEncoder } from "./speech_encoder.ts";
import { SteadyVoices } from "./steady_voices.ts";

/** How many answers may be encoded at once. */
const MAX_STREAMS = 2_000;
/** Of how many answers a Worker takes care before another one is started. */
const STREAMS_PER_WORKER = 40;
/** The most Workers. */
const MAX_WORKERS = 4;
/** How long a job may wait, and then again how long it may run, in ms. */
const JOB_DEADLINE_MS = 5_000;
/** Speech is clear with it, and a device's network has room for it. */
const BITRATE_BPS = 24_000;

const logger = getLogger(["earshot", "audio"]);

/** Options of {@linkcode SpeechEncoders}. */
export interface SpeechEncodersOptions {
  /** Owns them. */
  readonly scope: Scope;
  /** How many Workers there may be. Default: one for every two processors, 4 at most. */
  readonly maxWorkers?: number;
  readonly clock?: Clock;
  /** Starts a Worker; for tests. */
  readonly spawn?: () => Worker;
}

/** How an answer is encoded. */
export interface OpenEncoderOptions {
  /** One of {@linkcode SPEECH_FRAME_DURATIONS_MS}. */
  readonly frameDurationMs: number;
  /** Bits a second. Default 24,000. */
  readonly bitrateBps?: number;
  /** Ends it: what runs is given up. */
  readonly signal: AbortSignal;
}

/** A snapshot of the encoders. */
export interface SpeechEncodersStats {
  /** Answers that are encoded now. */
  readonly streams: number;
  /** Answers that were refused because there were too many. */
  readonly refused: number;
  /** Encoders that the Workers held when they last answered; as many, once those that ended are freed. */
  readonly held: number;
  /** Workers that live, and that died or hung. */
  readonly workers: number;
  readonly workersLost: number;
}

/** A Worker and how many answers it has. */
interface Lane {
  readonly pool: WorkerPool<EncodingJob, EncodingReply>;
  streams: number;
  held: number;
}

/**
 * Every answer's way to Opus packets, off the main thread. A Worker is started by the first answer, or by `warm`, and
 * stays: it takes some 100 ms to start, which nobody should wait for with each answer. One that dies or hangs fails its answers with a
 * retryable error, and the next answer gets another.
 */
export class SpeechEncoders {
  readonly #levels = new VoiceLevels();
  readonly #steady = new SteadyVoices();
  readonly #lanes: readonly Lane[];
  #streamId = 0;
  #refused = 0;

  /** Starts nothing. Throws `lifecycle.scope_closed`. */
  constructor({ scope, maxWorkers, clock = systemClock, spawn = spawnWorker }: SpeechEncodersOptions) {
    const count = maxWorkers ??
      Math.min(MAX_WORKERS, Math.max(1, Math.floor(navigator.hardwareConcurrency / 2)));
    this.#lanes = Array.from({ length: count }, () => ({
      streams: 0,
      held: 0,
      pool: new WorkerPool({
        name: "the encoder",
        size: 1,
        queueCapacity: MAX_STREAMS, // a stream has one job at a time; one piece of many is measured besides
        spawn,
        jobDeadlineMs: JOB_DEADLINE_MS,
        onWorkerDeath: ({ code, message }) =>
          logger.error("A Worker of the encoder was lost: {message}", { code, message }),
        clock,
      }),
    }));
    scope.own("speech encoders", async (signal) => {
      await Promise.all(this.#lanes.map(({ pool }) => pool.close(signal)));
    });
  }

  /** What they do now. */
  get stats(): SpeechEncodersStats {
    const sum = (of: (lane: Lane) => number) => this.#lanes.reduce((total, lane) => total + of(lane), 0);
    return {
      streams: sum(({ streams }) => streams),
      refused: this.#refused,
      held: sum(({ held }) => held),
      workers: sum(({ pool }) => pool.stats.workers),
      workersLost: sum(({ pool }) => pool.stats.died),
    };
  }

  /**
   * An encoder for one answer; its caller closes it.
   *
   * @throws {EarshotError} `lifecycle.overflow` where there are too many, `audio.encode` for a duration that no packet has
   */
  open({ frameDurationMs, bitrateBps = BITRATE_BPS, signal }: OpenEncoderOptions): SpeechEncoder {
    if (!SPEECH_FRAME_DURATIONS_MS.includes(frameDurationMs)) {
      throw new EarshotError("audio.encode", `Cannot encode packets of ${frameDurationMs} ms`);
    }
    const { streams } = this.stats;
    if (streams >= MAX_STREAMS) {
      this.#refused++;
      throw new EarshotError("lifecycle.overflow", `Cannot encode an answer: ${streams} are under way`);
    }
    const lane = this.#laneWithRoom();
    const streamId = this.#streamId++;
    lane.streams++;
    return new SpeechEncoder({
      streamId,
      frameDurationMs,
      bitrateBps,
      signal,
      levels: this.#levels,
      steady: this.#steady,
      lane: {
        run: async (job, transfer) => {
          const reply = await lane.pool.run(job, { transfer });
          lane.held = reply.held;
          return reply;
        },
        measure: async (packets) => {
          const reply = await lane.pool.run({ type: "measure", packets });
          lane.held = reply.held;
          return reply.voiced;
        },
        complexity: () => complexityFor(lane.streams),
        ended: ({ isOpen }) => {
          lane.streams--;
          if (isOpen) lane.pool.notify({ type: "close", streamId });
        },
      },
    });
  }

  /** Starts the first Worker, so that the first answer need not wait for it. Rejects with `lifecycle.*`. */
  async warm(signal: AbortSignal): Promise<void> {
    const encoder = this.open({ frameDurationMs: 60, signal });
    try {
      await encoder.finish();
    } finally {
      encoder.close();
    }
  }

  /** The first Worker that has room, or the one with the fewest answers. */
  #laneWithRoom(): Lane {
    const least = this.#lanes.reduce((least, lane) => lane.streams < least.streams ? lane : least);
    return this.#lanes.find(({ streams }) => streams < STREAMS_PER_WORKER) ?? least;
  }
}

function spawnWorker(): Worker {
  return new Worker(new URL("./workers/encoding_worker.ts", import.meta.url), { type: "module" });
}
