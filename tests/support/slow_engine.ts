import { delay } from "@std/async";
import type { JobOptions, VadRequest, VadResponse } from "../../lib/engine/mod.ts";
import { FakeEngine } from "./fake_engine.ts";

const FRAME_SAMPLES = 512;

/** An engine whose detector takes its time for each frame, so that few devices are all that it can hear at once. */
export class SlowEngine extends FakeEngine {
  readonly #frameMs: number;
  #freeMs = 0;

  /** A frame of 32 ms takes `frameMs`. */
  constructor(frameMs: number) {
    super();
    this.#frameMs = frameMs;
  }

  override async detectSpeech(
    batch: readonly VadRequest[],
    options: JobOptions = {},
  ): Promise<readonly VadResponse[]> {
    const frames = batch.reduce((sum, { pcm }) => sum + pcm.length / FRAME_SAMPLES, 0);
    const nowMs = performance.now();
    // What a timer is late by is not lost: the pace is right however busy the machine.
    this.#freeMs = Math.max(this.#freeMs, nowMs - 20) + frames * this.#frameMs;
    if (this.#freeMs > nowMs) await delay(this.#freeMs - nowMs, options);
    return await super.detectSpeech(batch, options);
  }
}
