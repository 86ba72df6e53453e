import { getLogger } from "@logtape/logtape";
import { type Engine, ENGINE_SAMPLE_RATE_HZ, type VadRequest } from "../engine/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { Clock } from "../lifecycle/mod.ts";
import { VAD_FRAME_SAMPLES, type VadFrame } from "./vad_framer.ts";
import { type VadListener, VadStream, type VadStreamOwner } from "./vad_stream.ts";

/**
 * The most frames in one batch: what 100 devices say in 60 ms, so that they are one. A pipe takes 64 frames at once;
 * the rest waits for the event loop to turn, which is slow beside floods, and the recognitions behind it wait as well.
 */
const MAX_BATCH_FRAMES = 192;

/** When a batch is due: with so many frames, */
const DUE_FRAMES = 64;
/** or so long after the one before, in ms, so that several devices share it, and a lone one waits for nobody. */
const DUE_MS = 32;
/** How long its frames wait where nobody waits for verdicts, as while a button is held, in ms. */
const PATIENT_MS = 256;

/** How long a frame sounds, in ms. */
const FRAME_MS = VAD_FRAME_SAMPLES * 1_000 / ENGINE_SAMPLE_RATE_HZ;

/** How long the next batch waits after one that failed, in ms. */
const RETRY_DELAY_MS = 100;

const logger = getLogger(["earshot", "vad"]);

/** Options of a {@linkcode VadBatcher}. */
export interface VadBatcherOptions {
  /** The time source. */
  readonly clock: Clock;
  /**
   * Told how long ago the oldest frame of a stream came when its verdict is there, in ms, once a batch and stream, where
   * somebody waits for it, and as long as they do; must not throw.
   */
  readonly onJudged?: (lateMs: number) => void;
}

/** A snapshot of a {@linkcode VadBatcher}: what is there now, and what was counted since it began. */
export interface VadBatcherStats {
  /** Streams that are open. */
  readonly streams: number;
  /** Frames that wait for their batch. */
  readonly pendingFrames: number;
  /** Frames in them. */
  readonly frames: number;
  /** Frames in them; they are not tried again. */
  readonly failedFrames: number;
  /** Frames of silence that needed no model. */
  readonly quietFrames: number;
}

interface BatchPart {
  readonly stream: VadStream;
  readonly frames: readonly VadFrame[];
}

/**
 * Voice activity detection for all sessions of the process at once. At most one batch is with the engine; what arrives
 * until the next one is due, and meanwhile, is that next one, so batches grow with the load. When more waits than a batch holds, the streams share it fairly (max-min): one with few frames is heard whole, and those with
 * many share what is left.
 */
export class VadBatcher {
  readonly #engine: Pick<Engine, "detectSpeech" | "closeVadStream">;
  readonly #options: VadBatcherOptions;
  readonly #streams = new Set<VadStream>();
  /** The streams with waiting frames, the longest waiting first. */
  readonly #ready = new Set<VadStream>();
  readonly #abort = new AbortController();
  readonly #counters = {
    frames: 0,
    failedFrames: 0,
    quietFrames: 0,
  };
  readonly #owner: VadStreamOwner = {
    nowMs: () => this.#options.clock.nowMs(),
    written: (stream) => this.#written(stream),
    flush: () => this.#expectIn(0),
    closed: (stream, waiting) => this.#forget(stream, waiting),
  };
  #nextStreamId = 1;
  #pendingFrames = 0;
  #inFlight = false;
  #failing = false;
  #cancelRetry: (() => void) | undefined;
  /** When the next batch is due, on the clock. */
  #dueMs = Infinity;
  #cancelDue: (() => void) | undefined;
  /** When the last batch was sent. */
  #sentMs = -Infinity;

  /** Starts with no streams; nothing runs until one is written to. */
  constructor(engine: Pick<Engine, "detectSpeech" | "closeVadStream">, options: VadBatcherOptions) {
    this.#engine = engine;
    this.#options = options;
  }

  /** What is there now, and what was counted so far. */
  get stats(): VadBatcherStats {
    return { streams: this.#streams.size, pendingFrames: this.#pendingFrames, ...this.#counters };
  }

  /** Opens a stream, which the caller closes; on a closed batcher it is closed already. */
  open(listener: VadListener): VadStream {
    const stream = new VadStream(this.#nextStreamId++, listener, this.#owner);
    if (this.#abort.signal.aborted) stream.close();
    else this.#streams.add(stream);
    return stream;
  }

  /** So much silence was known to be silence without asking. */
  countQuiet(durationMs: number): void {
    this.#counters.quietFrames += durationMs / FRAME_MS;
  }

  /** Closes every stream and gives up the batch that is under way. May be called twice. */
  close(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#abort.abort();
    for (const stream of [...this.#streams]) stream.close();
  }

  #written(stream: VadStream): void {
    this.#pendingFrames++;
    this.#ready.add(stream);
    if (this.#pendingFrames >= DUE_FRAMES) this.#expectIn(0);
    else if (stream.waiting === 1) {
      const sinceMs = this.#options.clock.nowMs() - this.#sentMs;
      this.#expectIn(stream.urgent ? Math.max(0, DUE_MS - sinceMs) : PATIENT_MS);
    }
  }

  /** The next batch is due in so long, unless it is sooner. */
  #expectIn(delayMs: number): void {
    const dueMs = this.#options.clock.nowMs() + delayMs;
    if (dueMs >= this.#dueMs) return;
    this.#cancelDue?.();
    this.#cancelDue = undefined;
    this.#dueMs = delayMs === 0 ? -Infinity : dueMs;
    if (delayMs === 0) return this.#sendNext();
    this.#cancelDue = this.#options.clock.schedule(delayMs, () => {
      this.#cancelDue = undefined;
      this.#dueMs = -Infinity;
      this.#sendNext();
    });
  }

  #forget(stream: VadStream, waiting: number): void {
    if (!this.#streams.delete(stream)) return;
    this.#pendingFrames -= waiting;
    this.#ready.delete(stream);
    if (this.#ready.size === 0) this.#expectNothing();
    this.#engine.closeVadStream(stream.id);
  }

  #expectNothing(): void {
    this.#cancelDue?.();
    this.#cancelDue = undefined;
    this.#dueMs = Infinity;
  }

  #sendNext(): void {
    if (this.#inFlight || this.#cancelRetry !== undefined || this.#abort.signal.aborted) return;
    if (this.#dueMs > -Infinity) return;
    const parts = this.#gather();
    // What is left has waited long enough.
    this.#dueMs = this.#pendingFrames > 0 ? -Infinity : Infinity;
    if (parts.length === 0) return;
    this.#inFlight = true;
    this.#sentMs = this.#options.clock.nowMs();
    void this.#send(parts);
  }

  #gather(): readonly BatchPart[] {
    const parts: BatchPart[] = [];
    for (const [stream, count] of fairShares([...this.#ready], MAX_BATCH_FRAMES)) {
      const frames = stream.take(count);
      this.#pendingFrames -= frames.length;
      parts.push({ stream, frames });
      this.#ready.delete(stream);
      if (stream.waiting > 0) this.#ready.add(stream);
    }
    return parts;
  }

  async #send(parts: readonly BatchPart[]): Promise<void> {
    const { signal } = this.#abort;
    try {
      const responses = await this.#engine.detectSpeech(parts.map(toRequest), { signal });
      this.#succeeded(parts);
      const nowMs = this.#options.clock.nowMs();
      for (const { stream: { urgent, urgentSinceMs }, frames: [oldest] } of parts) {
        if (urgent && oldest !== undefined) {
          this.#options.onJudged?.(nowMs - Math.max(oldest.receivedMs, urgentSinceMs));
        }
      }
      const found = new Map(responses.map(({ streamId, probabilities }) => [streamId, probabilities]));
      for (const { stream, frames } of parts) {
        const probabilities = found.get(stream.id);
        for (const [index, frame] of frames.entries()) {
          const probability = probabilities?.[index];
          if (probability !== undefined) {
            this.#tell(stream, (listener) => listener.onFrame(frame, probability));
          }
        }
      }
    } catch (thrown) {
      this.#failed(parts, EarshotError.from(thrown, "engine.job_failed"));
    } finally {
      this.#inFlight = false;
      this.#sendNext();
    }
  }

  #succeeded(parts: readonly BatchPart[]): void {
    this.#counters.frames += countFrames(parts);
    if (this.#failing) logger.info("Voice activity detection is back");
    this.#failing = false;
  }

  #failed(parts: readonly BatchPart[], error: EarshotError): void {
    if (this.#abort.signal.aborted) return;
    this.#counters.failedFrames += countFrames(parts);
    if (!this.#failing) {
      logger.warn("Voice activity detection failed: {code}", { code: error.code });
    }
    this.#failing = true;
    this.#cancelRetry = this.#options.clock.schedule(RETRY_DELAY_MS, () => {
      this.#cancelRetry = undefined;
      this.#sendNext();
    });
    for (const { stream, frames } of parts) {
      this.#tell(stream, (listener) => listener.onFailed(error, frames));
    }
  }

  /** One session's fault must not cost another session its answer. */
  #tell(stream: VadStream, tell: (listener: VadListener) => void): void {
    if (stream.closed) return;
    try {
      tell(stream.listener);
    } catch (error) {
      logger.error("A listener of the speech detector threw", { error });
    }
  }
}

/** How many frames each may have of so much room: one a round, in their order, until nothing waits or fits. */
function fairShares(streams: readonly VadStream[], room: number): ReadonlyMap<VadStream, number> {
  const shares = new Map<VadStream, number>();
  let hungry = streams;
  while (room > 0 && hungry.length > 0) {
    const served = hungry.slice(0, room);
    for (const stream of served) shares.set(stream, (shares.get(stream) ?? 0) + 1);
    room -= served.length;
    hungry = served.filter((stream) => stream.waiting > (shares.get(stream) ?? 0));
  }
  return shares;
}

function toRequest({ stream, frames }: BatchPart): VadRequest {
  const pcm = new Int16Array(frames.length * VAD_FRAME_SAMPLES);
  for (const [index, frame] of frames.entries()) pcm.set(frame.pcm, index * VAD_FRAME_SAMPLES);
  return { streamId: stream.id, pcm };
}

function countFrames(parts: readonly BatchPart[]): number {
  return parts.reduce((sum, { frames }) => sum + frames.length, 0);
}
