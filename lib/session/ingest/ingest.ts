import { isSamePipeline, type Pipeline } from "../../agents/mod.ts";
import type { SentenceEnd } from "../../asr/mod.ts";
import type { AudioBuffer, AudioChunk, AudioCursor } from "../../audio/mod.ts";
import {
  type DetectorSound,
  PacketDetector,
  SpeechDetector,
  type SpeechEvent,
  StartDetector,
  type VadBatcher,
  type VadConfig,
} from "../../vad/mod.ts";
import type { ListenMode } from "../../protocol/mod.ts";
import type { SessionContext } from "../session_context.ts";
import { LoudnessPause } from "./loudness_pause.ts";
import { PacketIntake, type SoundingPacket } from "./packet_intake.ts";
import { msOf, soundAfter } from "./utterance_boundary.ts";

/** Options of an {@linkcode Ingest}. */
export interface IngestOptions extends SessionContext {
  /** Finds speech, for all sessions at once. */
  readonly batcher: VadBatcher;
  /** When speech begins and ends. */
  readonly vad: VadConfig;
  /** What sound goes through at first. */
  readonly pipeline: Pipeline;
  /** Whether somebody wants to hear what comes now; the rest costs a counter. */
  readonly wanted: () => boolean;
  /** Told of each packet, wanted or not. */
  readonly onPacket: (packet: SoundingPacket) => void;
  /** Told that one was kept. */
  readonly onKept: () => void;
  /** Told what the detector says of the sound. */
  readonly onSpeech: (event: SpeechEvent) => void;
  /** Told that the detector takes more again, or has judged all. */
  readonly onReady: () => void;
}

/**
 * From a device's packets to judged sound. Who listens knows packets by their numbers, and what the detector says of them:
 * they are decoded in the engine, where the detector is. What has come waits in the session's buffer until it was judged, however it
 * came: the detector takes what it can, and begins anew with the first packet of the next turn.
 */
export class Ingest {
  readonly #options: IngestOptions;
  readonly #buffer: AudioBuffer;
  readonly #intake: PacketIntake;
  readonly #cursor: AudioCursor;
  readonly #sound: DetectorSound;
  #pipeline: Pipeline;
  #detector: PacketDetector | StartDetector | SpeechDetector;
  #pause: { readonly loudness: LoudnessPause; readonly onPause: (seq: number) => void } | undefined;
  #lastSeq = -1;
  #lastDurationMs = 60;
  #judgedSeq = -1;
  #freshSeq = 0;
  #lostMs = 0;
  /** Whether what comes now is recognized. */
  #speaking = false;
  #mode: ListenMode = "auto";

  /** Keeps what comes from now on. */
  constructor(options: IngestOptions) {
    const { scope, buffer, pipeline, batcher } = options;
    this.#options = options;
    this.#buffer = buffer;
    this.#pipeline = pipeline;
    this.#intake = new PacketIntake({ ...options, decodes: decodes(pipeline) });
    this.#cursor = buffer.cursor("pre-roll");
    scope.own("pre-roll", () => this.#cursor.close());
    this.#sound = this.#openSound(this.#cursor.source);
    scope.own("engine's sound", () => batcher.releaseSound(this.#cursor.source));
    this.#detector = this.#openDetector();
    scope.own("speech detector", () => this.#detector.close());
  }

  /** The last packet that has come. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** The last packet that was judged. */
  get judgedSeq(): number {
    return this.#judgedSeq;
  }

  /** The first packet that belongs to no earlier turn. */
  get freshSeq(): number {
    return this.#freshSeq;
  }

  /** The first packet that is held. */
  get heldFromSeq(): number {
    return this.#cursor.heldFromSeq;
  }

  /** Whether nothing waits for its verdict. */
  get allJudged(): boolean {
    return this.#detector.idle && this.#cursor.pendingChunks === 0;
  }

  /** Whether there may have been speech since the detector began anew, or nobody can tell. */
  get heardSpeech(): boolean {
    return this.#detector.heardSpeech;
  }

  /** Whether verdicts are wanted as soon as can be; otherwise in larger batches, which cost less. */
  set urgent(urgent: boolean) {
    this.#detector.urgent = urgent;
  }

  /** How a turn listens that begins now: behind a button it is known when speech ends. */
  listenAs(mode: ListenMode): void {
    const isSame = (this.#mode === "manual") === (mode === "manual");
    this.#mode = mode;
    if (isSame) return;
    this.#detector.close();
    this.#detector = this.#openDetector();
    this.#cursor.rewind(this.#freshSeq);
  }

  /** Sound goes through this pipeline from now on. Where it is another one, what waits is let go of, and counted. */
  use(pipeline: Pipeline): void {
    if (isSamePipeline(pipeline, this.#pipeline)) return;
    this.#options.counters.audioUnlistened += this.#lastSeq + 1 - this.#freshSeq;
    this.#pipeline = pipeline;
    this.#intake.decodes = decodes(pipeline);
    this.#detector.close();
    this.#detector = this.#openDetector();
    this.skipAll();
  }

  /** Takes one Opus packet that came at `receivedMs`; whether it is sound. */
  take(opus: Uint8Array, receivedMs: number): boolean {
    const { wanted, onPacket, onKept, counters } = this.#options;
    const packet = this.#intake.read(opus, receivedMs);
    if (packet === undefined) return false;
    onPacket(packet);
    if (wanted()) {
      this.#keep(this.#intake.number(packet));
      onKept();
    } else {
      counters.audioUnlistened++;
      if (this.#lastSeq >= this.#freshSeq) this.skipAll();
    }
    return true;
  }

  #keep(chunk: AudioChunk): void {
    this.#lastSeq = chunk.seq;
    this.#lastDurationMs = chunk.durationMs;
    this.#buffer.push(chunk);
    if (this.#pause === undefined) return;
    if (decodes(this.#pipeline)) this.#buffer.decode(chunk);
    if (this.#pause.loudness.push(chunk)) this.#pause.onPause(chunk.seq);
  }

  /** So much sound was lost on the way. */
  lost(durationMs: number): void {
    this.#lostMs += durationMs;
  }

  /** How much was lost since it was asked the last time, in ms. */
  takeLostMs(): number {
    const lostMs = this.#lostMs;
    this.#lostMs = 0;
    return lostMs;
  }

  /** How many packets last so long. */
  packetsOf(durationMs: number): number {
    return Math.ceil(durationMs / this.#lastDurationMs);
  }

  /** How long the sound after packet `fromSeq` up to packet `throughSeq` is, in ms. */
  msBetween(fromSeq: number, throughSeq: number): number {
    return (throughSeq - fromSeq) * this.#lastDurationMs;
  }

  /** Where a service ended an utterance by a sentence: the sound up to packet `throughSeq` that is the next one's. */
  soundAfter(
    end: SentenceEnd,
    throughSeq: number,
  ): { readonly fromSeq: number; readonly durationMs: number } | undefined {
    const chunks = soundAfter(end, this.#cursor.range(this.#freshSeq, throughSeq));
    return chunks[0] && { fromSeq: chunks[0].seq, durationMs: msOf(chunks) };
  }

  /** Tells of each packet from now on at which nobody seems to speak any more, by its loudness alone. */
  watchPauses(onPause: (seq: number) => void): void {
    this.#pause = { loudness: new LoudnessPause(), onPause };
  }

  /** Gives the detector the next packet, if there is one and it takes it. */
  feed(): boolean {
    if (!this.#detector.writable) return false;
    const expectedSeq = this.#cursor.positionSeq;
    const chunk = this.#cursor.next();
    if (chunk === undefined) return false;
    this.#lostMs += Math.max(0, chunk.seq - expectedSeq) * chunk.durationMs;
    this.#detector.write(chunk);
    return true;
  }

  /** The words of a turn are known: what nobody holds here any more is not asked for again. */
  recognized(): void {
    if (this.#pipeline.sound === "engine") {
      this.#options.batcher.releaseSound(this.#cursor.source, this.#buffer.firstSeq);
    }
  }

  /** All up to packet `seq` was judged; with `owned` a turn holds it, and it is not the next one's as well. */
  judged(seq: number, { owned }: { readonly owned: boolean }): void {
    this.#judgedSeq = Math.max(this.#judgedSeq, seq);
    this.#cursor.release(seq - (owned ? 0 : this.packetsOf(this.#options.config.preRollMs)));
  }

  /** The detector forgets what it heard so far. */
  judgeAnew(): void {
    this.#detector.reset();
  }

  /** Nothing after packet `throughSeq` is judged before a turn begins. */
  endWith(throughSeq: number): void {
    this.#cursor.limitTo(throughSeq);
  }

  /** The next turn may begin with packet `freshSeq`, which may have come already: it is judged anew from there. */
  beginWith(freshSeq: number): void {
    this.#freshSeq = freshSeq;
    this.#speaking = false;
    this.#detector.reset();
    this.#cursor.limitTo(Infinity);
    this.#cursor.rewind(freshSeq);
  }

  /** What has come so far is no turn's. */
  skipAll(): void {
    this.beginWith(this.#lastSeq + 1);
    this.#judgedSeq = this.#lastSeq;
    this.#lostMs = 0;
    this.#cursor.release(this.#lastSeq);
  }

  /** The one that says no more than somebody asks for. */
  #openDetector(): PacketDetector | StartDetector | SpeechDetector {
    const { batcher, vad: config, onReady } = this.#options;
    const onEvent = (event: SpeechEvent) => this.#heard(event);
    const { endpointing, startsBy, ahead } = this.#pipeline;
    const byButton = this.#mode === "manual";
    if (endpointing === "service" && (byButton || startsBy === "packet")) {
      return new PacketDetector({ onEvent });
    }
    const options = { batcher, config, sound: this.#sound, onEvent, onReady };
    const onlyStart = endpointing === "service" || (byButton && !ahead);
    return onlyStart ? new StartDetector(options) : new SpeechDetector(options);
  }

  #heard(event: SpeechEvent): void {
    if (event.type === "speech_started") this.#speaking = true;
    this.#options.onSpeech(event);
  }

  #openSound(source: object): DetectorSound {
    const wants = () => {
      if (this.#pipeline.sound === "engine") return "levels";
      return this.#pipeline.sound === "pcm" && this.#speaking ? "pcm" : undefined;
    };
    return {
      source,
      // The engine keeps what it recognizes for as long as its packets are kept here; of other sound it keeps nothing.
      keepFromSeq: (nextSeq) => this.#pipeline.sound === "engine" ? this.#buffer.firstSeq : nextSeq,
      get wants() {
        return wants();
      },
      onPcm: (chunk, pcm) => this.#buffer.setPcm(chunk, pcm),
    };
  }
}

/** Whether packets may be decoded, here or in the engine. */
function decodes({ startsBy, sound }: Pipeline): boolean {
  return startsBy === "detector" || sound !== "opus";
}
