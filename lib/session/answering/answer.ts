import type { SpeechEncoder } from "../../audio/mod.ts";
import type { DialogueEvent } from "../../dialogue/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import { Channel, type Scope } from "../../lifecycle/mod.ts";
import type { Emotion } from "../../protocol/mod.ts";
import type { Packets } from "../../tts/mod.ts";
import type { CachedPieces, PieceKeeper } from "./cached_pieces.ts";
import type { Player, ShownPiece } from "./player.ts";
import { SpeechJob, type VoicedSound } from "./speech_job.ts";

/** How many pieces are spoken ahead of the one that plays. */
const MOST_AHEAD = 2;

/** What is no louder at its loudest is silence, of 32,768. */
const SILENT_PEAK = 16;

/** Why an answer ended. */
export type AnswerEnd = "complete" | "cut" | "goodbye" | "failed";

/** Options of an {@linkcode Answer}. */
export interface AnswerOptions {
  /** The turn's scope; closing it gives the answer up. */
  readonly scope: Scope;
  readonly player: Player;
  readonly encoder: SpeechEncoder;
  /** Speaks a piece; throws `tts.language` where no voice can. */
  readonly speak: (text: string, scope: Scope) => AsyncIterable<VoicedSound>;
  /** What was spoken before; without it everything is spoken anew, and nothing is kept. */
  readonly pieces?: CachedPieces | undefined;
  /** The longest answer that is spoken, in ms. */
  readonly maxAnswerMs: number;
}

/** A piece of the text, being spoken. */
interface SpokenPiece {
  readonly piece: ShownPiece;
  /** Its sound, where it was spoken before; else who speaks it, and what keeps it. */
  readonly ready?: Packets | undefined;
  readonly job?: SpeechJob;
  readonly keeper?: PieceKeeper | undefined;
}

/**
 * One answer on its way: pieces of text come from the dialogue, each is spoken ahead of its time, encoded, and given to
 * the player, which takes them at the pace of speech. Each step waits for the next one.
 */
export class Answer {
  readonly #options: AnswerOptions;
  /** One more has begun to be spoken, and waits to get in. */
  readonly #pieces = new Channel<SpokenPiece>(MOST_AHEAD - 1);
  #text = "";
  #reason: AnswerEnd = "complete";
  #unspoken: EarshotError | undefined;
  /** The piece of which no frame was given to the player yet. */
  #piece: ShownPiece | undefined;
  /** Whether any sound of it can be heard, where some of it was to be. */
  #audible: boolean | undefined;

  /** Begins nothing. */
  constructor(options: AnswerOptions) {
    this.#options = options;
  }

  /** The text so far, spoken or not. */
  get text(): string {
    return this.#text;
  }

  /** Why a piece of it, or all of it, could not be heard although the answer went on, if so. */
  get unspoken(): EarshotError | undefined {
    if (this.#unspoken !== undefined || this.#audible !== false) return this.#unspoken;
    return new EarshotError(
      "tts.failed",
      "Cannot be heard: the voice made nothing but silence of the answer",
    );
  }

  /**
   * Gives everything to the player, which may go on playing; `end` is why there is no more.
   *
   * @throws {EarshotError} what the language model or every voice failed with, or `canceled`
   */
  async give(events: AsyncIterable<DialogueEvent>): Promise<AnswerEnd> {
    const { scope } = this.#options;
    const onAbort = () => this.#pieces.cancel();
    scope.signal.addEventListener("abort", onAbort, { once: true });
    const read = this.#read(events);
    try {
      await this.#speak();
      await read;
      return this.#isCut() ? "cut" : this.#reason;
    } finally {
      scope.signal.removeEventListener("abort", onAbort);
      this.#pieces.cancel();
      await read.catch(() => {});
    }
  }

  /** The dialogue's end of it. */
  async #read(events: AsyncIterable<DialogueEvent>): Promise<void> {
    try {
      for await (const event of events) {
        if (event.type === "ended") {
          this.#reason = event.reason;
          break;
        }
        this.#text += event.text;
        if (!await this.#pieces.send(this.#begin(event))) break;
      }
      this.#pieces.close();
    } catch (thrown) {
      // What came before it is spoken to its end.
      this.#pieces.close(EarshotError.from(thrown, "llm.failed"));
    }
  }

  #begin({ text, spoken, emotion }: { text: string; spoken: string; emotion?: Emotion }): SpokenPiece {
    const { scope, speak, pieces } = this.#options;
    const piece = { text: text.trim(), emotion };
    if (spoken === "") return { piece };
    const ready = pieces?.find(spoken);
    if (ready !== undefined) return { piece, ready };
    return { piece, keeper: pieces?.keeper(spoken), job: new SpeechJob(speak(spoken, scope), scope) };
  }

  /** The voice's end of it. */
  async #speak(): Promise<void> {
    const { encoder, scope } = this.#options;
    for await (const { piece, ready, job, keeper } of this.#pieces) {
      // What is left of the piece before is that one's.
      if (ready !== undefined) await this.#play(await encoder.finish());
      this.#piece = piece;
      if (ready !== undefined) {
        this.#audible = true;
        await this.#playReady(ready);
      }
      if (job === undefined) {
        this.#show();
        if (this.#isCut()) break;
        continue;
      }
      this.#audible ??= false;
      const kept: Uint8Array<ArrayBuffer>[] = [];
      const voices = new Set<string>();
      let whole = false;
      try {
        for await (const sound of job.sounds) {
          if (voices.size === 0) encoder.piece({ voice: sound.voice });
          voices.add(sound.voice);
          this.#audible ||= sound.pcm.some((sample) => Math.abs(sample) > SILENT_PEAK);
          for await (const packets of encoder.encode(sound)) {
            if (keeper !== undefined) kept.push(...packets);
            await this.#play(packets);
            if (this.#isCut()) break;
          }
          if (this.#isCut()) break;
        }
        whole = !this.#isCut();
      } catch (thrown) {
        const error = EarshotError.from(thrown, "tts.failed");
        if (scope.signal.aborted || error.code !== "tts.language") throw error;
        this.#unspoken = error;
      }
      if (voices.size > 0) {
        const { packets, aligned } = await encoder.endPiece();
        await this.#play(packets);
        if (whole && aligned) keeper?.([...kept, ...packets], voices);
      }
      this.#show();
      if (this.#isCut()) break;
    }
    await this.#play(await encoder.finish());
  }

  /** The frames that follow are those of the piece that is spoken now. */
  #show(): void {
    if (this.#piece !== undefined) this.#options.player.piece(this.#piece);
    this.#piece = undefined;
  }

  async #playReady(packets: Packets): Promise<void> {
    for (const packet of packets) {
      await this.#play([packet]);
      if (this.#isCut()) return;
    }
  }

  /** Whether it has reached its bound. */
  #isCut(): boolean {
    const { player, maxAnswerMs } = this.#options;
    return player.takenMs >= maxAnswerMs;
  }

  async #play(packets: readonly Uint8Array<ArrayBuffer>[]): Promise<void> {
    const { player, scope } = this.#options;
    for (const packet of packets) {
      await player.room();
      if (scope.signal.aborted) throw EarshotError.from(scope.signal.reason, "canceled");
      // Only now: a filler may have been played meanwhile.
      this.#show();
      player.frame(packet);
    }
  }
}
