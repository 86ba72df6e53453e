import { EarshotError } from "../../errors/mod.ts";
import type { CallContext } from "./call_context.ts";
import { LoadDevice, pause } from "./load_device.ts";
import { loadIdentity, type LoadPlan } from "./load_plan.ts";
import type { Histogram, LoadFigures } from "./load_report.ts";
import { LoadTally } from "./load_tally.ts";
import { Pace } from "./pace.ts";

/** Options of {@linkcode runLoad}. */
export interface LoadOptions {
  /** What each device does. */
  readonly plan: LoadPlan;
  /** How many there are. */
  readonly devices: number;
  /** The time over which they come one after the other, in ms. */
  readonly rampMs: number;
  /** How long they talk once all have come, in ms. */
  readonly durationMs: number;
  /** Gives an empty histogram. */
  readonly createHistogram: () => Histogram;
  /** Makes faults and pauses the same in every run. Default 1. */
  readonly seed?: number;
  /** Called when all devices have come; they talk meanwhile. */
  readonly onFull?: () => Promise<void>;
  /** Called when the time is over, before the devices go. */
  readonly onEnding?: () => Promise<void>;
  /** Receives once a second how many are connected. */
  readonly onProgress?: (connected: number) => void;
}

/** What a run has found. */
export interface LoadResult extends LoadFigures {
  /** How long it took, in s, with the ramp. */
  readonly durationSeconds: number;
  /** Whether the signal ended it. */
  readonly interrupted: boolean;
}

const PROGRESS_MS = 1_000;

/**
 * Lets devices come one after the other and talk; resolves when the time is over or the signal aborts, with every
 * socket closed.
 *
 * @throws {EarshotError} what the first device was refused with, before the others come
 */
export async function runLoad(options: LoadOptions, signal: AbortSignal): Promise<LoadResult> {
  const { devices, rampMs, durationMs, onFull, onEnding, onProgress } = options;
  const tally = new LoadTally(options.createHistogram);
  const pace = new Pace({
    frameMs: options.plan.frameMs,
    onBeat: (lateMs) => tally.late.record(lateMs),
    onSkipped: (beats) => tally.framesSkipped += beats,
  });
  const over = new AbortController();
  const end = () => over.abort(new EarshotError("canceled", "Cannot go on: the run is over"));
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  const startedMs = performance.now();
  const running: Promise<void>[] = [];
  const progress = setInterval(() => onProgress?.(tally.open), PROGRESS_MS);
  try {
    for (let index = 0; index < devices && !over.signal.aborted; index++) {
      await pause(startedMs + rampMs * index / devices - performance.now(), over.signal);
      const device = new LoadDevice(
        contextOf(options, { tally, pace, index }),
        randomOf(index, options.seed),
      );
      running.push(device.run(over.signal));
      if (index === 0) await firstOf(device, over.signal);
    }
    await pause(startedMs + rampMs - performance.now(), over.signal);
    if (!over.signal.aborted) await onFull?.();
    await pause(startedMs + rampMs + durationMs - performance.now(), over.signal);
    await onEnding?.();
  } finally {
    clearInterval(progress);
    signal.removeEventListener("abort", end);
    end();
    await Promise.all(running);
  }
  return {
    ...tally.figures(),
    durationSeconds: (performance.now() - startedMs) / 1_000,
    interrupted: signal.aborted,
  };
}

/** Rejects when the first device gets no connection: the others need not try. */
async function firstOf(device: LoadDevice, over: AbortSignal): Promise<void> {
  try {
    await device.connected;
  } catch (thrown) {
    if (!over.aborted) throw thrown;
  }
}

function contextOf(
  { plan }: LoadOptions,
  own: { readonly tally: LoadTally; readonly pace: Pace; readonly index: number },
): CallContext {
  let seq = 0;
  const { tally, pace, index } = own;
  return { plan, identity: loadIdentity(index), tally, pace, nextSeq: () => seq++ };
}

/** Numbers from 0 up to 1, the same for the same device in every run (mulberry32). */
function randomOf(index: number, seed = 1): () => number {
  let state = Math.imul(seed, 0x9e3779b1) + Math.imul(index, 0x85ebca6b);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
