import type { AudioBuffer, AudioCursor } from "../audio/mod.ts";
import type { Scope } from "../lifecycle/mod.ts";
import type { Identification, SpeakerIdentifier } from "../voiceprint/mod.ts";

/** The part of a {@linkcode SpeakerIdentifier} that a turn needs. */
export type SpeakerSource = Pick<SpeakerIdentifier, "identify">;

/** Options of a {@linkcode SpeakerQuery}. */
export interface SpeakerQueryOptions {
  /** Who knows voices. */
  readonly source: SpeakerSource;
  /** The session's sound, which recognition reads as well. */
  readonly buffer: AudioBuffer;
  /** The turn's scope: with it everybody stops to wait. */
  readonly scope: Scope;
}

/** The question whose voice a turn is: a second cursor over the same sound, and one answer. */
export class SpeakerQuery {
  readonly #options: SpeakerQueryOptions;
  readonly #cursor: AudioCursor;
  #answer: Promise<Identification> | undefined;

  /** Keeps the sound from the oldest chunk on. */
  constructor(options: SpeakerQueryOptions) {
    this.#options = options;
    this.#cursor = options.buffer.cursor("voiceprint");
    options.scope.own("voiceprint cursor", () => this.#cursor.close());
  }

  /** Lets go of what came before chunk `seq`: it is not the speaker's. */
  skipTo(seq: number): void {
    this.#cursor.skipTo(seq);
  }

  /** All that was heard up to chunk `lastSeq` is the speaker's: asks, and lets go of it. The first call counts. */
  ask(lastSeq: number): void {
    if (this.#answer !== undefined) return;
    const { source, scope } = this.#options;
    const chunks = this.#cursor.range(0, lastSeq);
    for (const chunk of chunks) this.#cursor.decode(chunk);
    const droppedMs = this.#cursor.lost.durationMs;
    this.#answer = source.identify({ chunks, droppedMs }, scope.signal);
    this.#cursor.close();
  }

  /** Who it is, or why that is not known; `undefined` when nobody asked. Never rejects, and keeps its deadline. */
  get answer(): Promise<Identification | undefined> {
    return this.#answer ?? Promise.resolve(undefined);
  }
}
