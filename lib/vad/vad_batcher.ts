import { getLogger } from "@logtape/logtape";
import { type Engine, ENGINE_SAMPLE_RATE_HZ, type HearRequest, type HearResponse } from "../engine/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { Clock } from "../lifecycle/mod.ts";
import type { DetectorSound } from "./detector_sound.ts";
import { VAD_FRAME_SAMPLES, type VadFrame } from "./vad_framer.ts";
import { type VadListener, VadStream, type VadStreamOwner, type WaitingChunk } from "./vad_stream.ts";

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
  /** Of these, frames in a quiet that lasted: the model was not asked. */
  readonly gatedFrames: number;
  /** Frames in batches that failed. */
  readonly failedFrames: number;
  /** Frames of silence that needed no model. */
  readonly quietFrames: number;
}

interface BatchPart {
  readonly stream: VadStream;
  readonly chunks: readonly WaitingChunk[];
  readonly frames: readonly VadFrame[];
}

/**
 * Voice activity detection for all sessions of the process at once. At most one batch is with the engine; what arrives
 * until the next one is due, and meanwhile, is that next one, so batches grow with the load. When more waits than a batch holds, the streams share it fairly (max-min): one with few frames is heard whole, and those with
 * many share what is left.
 */
export class VadBatcher {
  readonly #engine: Pick<Engine, "hear" | "closeVadStream" | "releaseSound">;
  readonly #options: VadBatcherOptions;
  readonly #streams = new Set<VadStream>();
  /** The streams with waiting frames, the longest waiting first. */
  readonly #ready = new Set<VadStream>();
  readonly #abort = new AbortController();
  readonly #counters = {
    frames: 0,
    gatedFrames: 0,
    failedFrames: 0,
    quietFrames: 0,
  };
  readonly #owner: VadStreamOwner = {
    nowMs: () => this.#options.clock.nowMs(),
    written: (stream, frames) => this.#written(stream, frames),
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
  constructor(engine: Pick<Engine, "hear" | "closeVadStream" | "releaseSound">, options: VadBatcherOptions) {
    this.#engine = engine;
    this.#options = options;
  }

  /** What is there now, and what was counted so far. */
  get stats(): VadBatcherStats {
    return { streams: this.#streams.size, pendingFrames: this.#pendingFrames, ...this.#counters };
  }

  /** Opens a stream, which the caller closes; on a closed batcher it is closed already. */
  open(listener: VadListener, sound: DetectorSound): VadStream {
    const stream = new VadStream(this.#nextStreamId++, { listener, sound }, this.#owner);
    if (this.#abort.signal.aborted) stream.close();
    else this.#streams.add(stream);
    return stream;
  }

  /** What comes before packet `fromSeq` of a device's sound, by default all of it, is not asked for again. */
  releaseSound(source: object, fromSeq?: number): void {
    this.#engine.releaseSound(source, fromSeq);
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

  #written(stream: VadStream, frames: number): void {
    this.#pendingFrames += frames;
    this.#ready.add(stream);
    if (this.#pendingFrames >= DUE_FRAMES) this.#expectIn(0);
    else if (stream.waiting === frames) {
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
      const chunks = stream.take(count);
      const frames = chunks.flatMap(({ frames }) => frames);
      this.#pendingFrames -= frames.length;
      parts.push({ stream, chunks, frames });
      this.#ready.delete(stream);
      if (stream.waiting > 0) this.#ready.add(stream);
    }
    return parts;
  }

  async #send(parts: readonly BatchPart[]): Promise<void> {
    const { signal } = this.#abort;
    try {
      const responses = await this.#engine.hear(parts.map(toRequest), { signal });
      this.#succeeded(parts);
      const nowMs = this.#options.clock.nowMs();
      for (const { stream: { urgent, urgentSinceMs }, frames: [oldest] } of parts) {
        if (urgent && oldest !== undefined) {
          this.#options.onJudged?.(nowMs - Math.max(oldest.receivedMs, urgentSinceMs));
        }
      }
      for (const [index, { stream, chunks, frames }] of parts.entries()) {
        const response = responses[index];
        if (response === undefined) continue;
        keepSound(stream, chunks, response);
        this.#counters.gatedFrames += response.gated ?? 0;
        for (const [index, frame] of frames.entries()) {
          const probability = response.probabilities[index];
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
    for (const { stream, chunks } of parts) {
      this.#tell(stream, (listener) => listener.onFailed(error, chunks.map(({ chunk }) => chunk)));
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

function toRequest({ stream: { id, sound }, chunks }: BatchPart): HearRequest {
  const packets = chunks.map(({ chunk }) => chunk);
  return {
    streamId: id,
    source: sound.source,
    packets,
    restSamples: chunks[0]?.restSamples ?? 0,
    keepFromSeq: sound.keepFromSeq((packets.at(-1)?.seq ?? -1) + 1),
    wants: sound.wants,
  };
}

/** What came back besides the verdicts belongs to the chunks. */
function keepSound(
  { closed, sound }: VadStream,
  chunks: readonly WaitingChunk[],
  { levels, pcm }: HearResponse,
): void {
  for (const [index, { chunk }] of chunks.entries()) {
    const ofChunk = levels?.[index];
    if (ofChunk !== undefined) chunk.levels = ofChunk;
    const sounds = pcm?.[index];
    if (sounds !== undefined && !closed) sound.onPcm(chunk, sounds);
  }
}

function countFrames(parts: readonly BatchPart[]): number {
  return parts.reduce((sum, { frames }) => sum + frames.length, 0);
}
