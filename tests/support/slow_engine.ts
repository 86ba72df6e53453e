import { delay } from "@std/async";
import type { HearRequest, HearResponse, JobOptions } from "../../lib/engine/mod.ts";
import { FakeEngine } from "./fake_engine.ts";

const FRAME_MS = 32;

/** An engine whose detector takes its time for each frame, so that few devices are all that it can hear at once. */
export class SlowEngine extends FakeEngine {
  readonly #frameMs: number;
  #freeMs = 0;

  /** A frame of 32 ms takes `frameMs`. */
  constructor(frameMs: number) {
    super();
    this.#frameMs = frameMs;
  }

  override async hear(
    batch: readonly HearRequest[],
    options: JobOptions = {},
  ): Promise<readonly HearResponse[]> {
    const soundMs = batch.flatMap(({ packets }) => packets).reduce(
      (sum, { durationMs }) => sum + durationMs,
      0,
    );
    const frames = soundMs / FRAME_MS;
    const nowMs = performance.now();
    // What a timer is late by is not lost: the pace is right however busy the machine.
    this.#freeMs = Math.max(this.#freeMs, nowMs - 20) + frames * this.#frameMs;
    if (this.#freeMs > nowMs) await delay(this.#freeMs - nowMs, options);
    return await super.hear(batch, options);
  }
}
