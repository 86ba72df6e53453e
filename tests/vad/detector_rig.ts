import { assertEquals } from "@std/assert";
import type { AudioChunk } from "../../lib/audio/mod.ts";
import {
  type SpeechDetector,
  type SpeechDetectorOptions,
  type SpeechEvent,
  type StartDetector,
  VadBatcher,
  vadConfig,
} from "../../lib/vad/mod.ts";
import { chunkOf } from "../support/chunks.ts";
import { detectorSound } from "../support/detector_sound.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeEngine } from "../support/fake_engine.ts";

/** Louder than what the fake engine takes for speech. */
export const LOUD = 8_000;

/** A chunk of one loudness, or one of which the device says itself that it is silence (DTX). */
export function sound(seq: number, level: number | "dtx", durationMs: number): AudioChunk {
  if (level !== "dtx") return chunkOf(seq, level, durationMs);
  return { ...chunkOf(seq, 0, durationMs), opus: new Uint8Array(1) };
}

/** A detector of either kind on a fake engine. */
export class DetectorRig<Detector extends SpeechDetector | StartDetector> implements Disposable {
  readonly clock = new FakeClock();
  readonly engine = new FakeEngine();
  readonly events: SpeechEvent[] = [];
  readonly batcher = new VadBatcher(this.engine, { clock: this.clock });
  readonly detector: Detector;
  onEvent = (event: SpeechEvent) => void this.events.push(event);
  /** How often it was sure that somebody speaks. */
  confirmed = 0;
  /** How far it was judged, each time that it said so. */
  readonly judged: number[] = [];
  readonly #backlog: AudioChunk[] = [];
  #seq = 0;

  constructor(open: (options: SpeechDetectorOptions) => Detector, readonly durationMs = 60) {
    this.detector = open({
      batcher: this.batcher,
      config: vadConfig.parse({}),
      sound: detectorSound(),
      onEvent: (event) => {
        if (event.type === "judged") this.judged.push(event.seq);
        else if (event.type === "speech_confirmed") this.confirmed++;
        else this.onEvent(event);
      },
      onReady: () => this.#pump(),
    });
  }

  /** Sends chunks of one loudness in real time. */
  async send(count: number, level: number | "dtx"): Promise<void> {
    for (let index = 0; index < count; index++) {
      this.write(sound(this.#seq++, level, this.durationMs));
      await this.clock.advance(this.durationMs);
    }
  }

  /** Sends a chunk; what the detector does not take waits. */
  write(chunk: AudioChunk): void {
    this.#backlog.push(chunk);
    this.#pump();
  }

  #pump(): void {
    while (this.#backlog.length > 0 && this.detector.writable) {
      const chunk = this.#backlog.shift();
      if (chunk !== undefined) this.detector.write(chunk);
    }
  }

  /** The last chunk that was judged. */
  get judgedSeq(): number | undefined {
    return this.judged.at(-1);
  }

  /** The events without the pauses on the way. */
  get turns(): SpeechEvent[] {
    return this.events.filter(({ type }) => type !== "speech_paused" && type !== "speech_resumed");
  }

  /** Whatever a test leaves behind shows here. */
  [Symbol.dispose](): void {
    this.detector.close();
    this.batcher.close();
    assertEquals([this.clock.pending, this.batcher.stats.streams], [0, 0]);
  }
}
