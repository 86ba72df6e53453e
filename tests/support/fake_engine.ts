import type {
  Engine,
  EngineSound,
  HearRequest,
  HearResponse,
  JobOptions,
  Recognition,
  RecognitionStream,
  SoundPacket,
  Speech,
  StreamingResult,
  VadRequest,
  VadResponse,
} from "../../lib/engine/contract.ts";
import { LocalHearing } from "../../lib/engine/mod.ts";
import { StreamFramers } from "../../lib/engine/sounds/stream_framers.ts";
import { EarshotError } from "../../lib/errors/mod.ts";

const FRAME_SAMPLES = 512;
/** Frames louder than this on average are speech. */
const SPEECH_LEVEL = 1_000;

/** An engine that hears by loudness and recognizes by script. */
export class FakeEngine implements Engine {
  /** Every batch of the detector, as it came. */
  readonly batches: (readonly VadRequest[])[] = [];
  /** The streams that were closed. */
  readonly closedStreams: number[] = [];
  /** Every segment that was to be recognized. */
  readonly segments: Int16Array[] = [];
  /** While set, every job fails with it. */
  failure: EarshotError | undefined;
  /** What a segment says. */
  script: (pcm: Int16Array, index: number) => string = (_pcm, index) => `segment ${index}`;
  /** Frames louder than this on average may be a whisper; by default none that is no speech. */
  faintLevel = Infinity;
  /** What it says besides the words. */
  tags: string | undefined;
  /** The language that it says. */
  language: string | undefined;
  /** What health and readiness see. */
  stats = { state: "ready" as const, warmed: true, runtime: "native" as const, restarts: 0 };
  readonly #held: (() => void)[] = [];
  readonly #framers = new StreamFramers();
  readonly #hearing = new LocalHearing((batch) => this.#detect(batch));
  #holding: "all" | "recognition" | undefined;

  warm(): Promise<void> {
    return Promise.resolve();
  }

  /** Jobs wait from now on until {@linkcode release} lets them go: all of them, or those that find words. */
  hold(what: "all" | "recognition" = "all"): void {
    this.#holding = what;
  }

  /** Lets the jobs that wait go, in order; later ones do not wait. */
  release(): void {
    this.#holding = undefined;
    for (const go of this.#held.splice(0)) go();
  }

  async hear(batch: readonly HearRequest[], options: JobOptions = {}): Promise<readonly HearResponse[]> {
    const heard = this.#hear(batch);
    await this.#turn(options, this.#holding === "all");
    return await heard;
  }

  /** Chunks of tests may have samples without a packet that has them. */
  async #hear(batch: readonly HearRequest[]): Promise<readonly HearResponse[]> {
    const sounds = batch.map(({ packets }) => packets.flatMap(samplesOfPacket));
    if (batch.some(({ packets }, index) => sounds[index]?.length !== packets.length)) {
      return this.#hearing.hear(batch);
    }
    const frames = batch.map(({ streamId, restSamples }, index) => ({
      streamId,
      pcm: this.#framers.push(streamId, sounds[index] ?? [], restSamples),
    }));
    return await this.#detect(frames);
  }

  /** For how many devices it holds sound, and how much. */
  get sounds(): LocalHearing["held"] {
    return this.#hearing.held;
  }

  releaseSound(source: object, fromSeq?: number): void {
    this.#hearing.releaseSound(source, fromSeq);
  }

  /** How likely speech is in each frame of some sound; by its loudness. */
  judge: (pcm: Int16Array) => Float32Array = (pcm) => probabilitiesOf(pcm, this.faintLevel);

  #detect(batch: readonly VadRequest[]): Promise<readonly VadResponse[]> {
    this.batches.push(batch);
    return Promise.resolve(
      batch.map(({ streamId, pcm }) => ({ streamId, probabilities: this.judge(pcm) })),
    );
  }

  async detectSpeech(
    batch: readonly VadRequest[],
    options: JobOptions = {},
  ): Promise<readonly VadResponse[]> {
    const detected = this.#detect(batch);
    await this.#turn(options, this.#holding === "all");
    return await detected;
  }

  async recognize(sound: EngineSound, options: JobOptions = {}): Promise<Recognition> {
    const pcm = this.#hearing.pcmOf(sound);
    const index = this.segments.push(pcm) - 1;
    await this.#turn(options);
    const { tags, language } = this;
    return {
      text: this.script(pcm, index),
      inferenceMs: 1,
      ...(language !== undefined && { language }),
      ...(tags !== undefined && { tags }),
    };
  }

  /** What a streaming recognizer makes of each piece; `index` counts the pieces of its stream. */
  streaming: (
    piece: { readonly pcm: Int16Array; readonly index: number; readonly finish: boolean },
  ) => StreamingResult = (
    { index, finish },
  ) => ({ finals: finish ? [`${index + 1} pieces`] : [], partial: finish ? "" : `${index + 1}` });
  /** Streams that were opened and not closed. */
  readonly openStreams = new Set<RecognitionStream>();

  openStream(): RecognitionStream {
    let pieces = 0;
    const stream: RecognitionStream = {
      write: async (sound, { finish = false, ...options } = {}) => {
        const pcm = this.#hearing.pcmOf(sound);
        const index = pieces++;
        await this.#turn(options);
        return this.streaming({ pcm, index, finish });
      },
      close: () => this.openStreams.delete(stream),
    };
    this.openStreams.add(stream);
    return stream;
  }

  closeVadStream(streamId: number): void {
    this.closedStreams.push(streamId);
    this.#hearing.closeVadStream(streamId);
    this.#framers.close(streamId);
  }

  /** What its voice says; by default it has none. */
  voice: ((text: string) => Speech) | undefined;
  /** Every text that was to be spoken. */
  readonly spoken: string[] = [];

  async speak(text: string, options: JobOptions = {}): Promise<Speech> {
    this.spoken.push(text);
    await this.#turn(options);
    if (this.voice !== undefined) return this.voice(text);
    throw new EarshotError("engine.job_failed", "Cannot speak: this engine has no voice");
  }

  async #turn({ signal }: JobOptions, held = this.#holding !== undefined): Promise<void> {
    const gate = Promise.withResolvers<void>();
    const onAbort = () => gate.reject(new EarshotError("canceled", "Cannot finish the job: it was given up"));
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    if (held) this.#held.push(gate.resolve);
    else gate.resolve();
    try {
      await gate.promise;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
    if (this.failure !== undefined) throw this.failure;
  }
}

function samplesOfPacket(packet: SoundPacket & { readonly pcm?: Int16Array }): readonly Int16Array[] {
  return packet.pcm === undefined ? [] : [packet.pcm];
}

function probabilitiesOf(pcm: Int16Array, faintLevel: number): Float32Array {
  const probabilities = new Float32Array(pcm.length / FRAME_SAMPLES);
  for (const index of probabilities.keys()) {
    const frame = pcm.subarray(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES);
    const level = frame.reduce((sum, sample) => sum + Math.abs(sample), 0) / FRAME_SAMPLES;
    probabilities[index] = level > SPEECH_LEVEL ? 0.9 : level > faintLevel ? 0.2 : 0.05;
  }
  return probabilities;
}
