import type { SpeechEncoder } from "../../audio/mod.ts";
import type { DialogueEvent } from "../../dialogue/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import { Channel, type Clock, type Scope } from "../../lifecycle/mod.ts";
import type { Emotion } from "../../protocol/mod.ts";
import type { Player, ShownPiece } from "./player.ts";
import { SpeechJob, type VoicedSound } from "./speech_job.ts";

/** How many pieces are spoken ahead of the one that plays. */
const MOST_AHEAD = 2;

/** Why an answer ended. */
export type AnswerEnd = "complete" | "cut" | "goodbye" | "failed";

/** Options of an {@linkcode Answer}. */
export interface AnswerOptions {
  /** The turn's scope; closing it gives the answer up. */
  readonly scope: Scope;
  readonly clock: Clock;
  readonly player: Player;
  readonly encoder: SpeechEncoder;
  /** Speaks a piece; throws `tts.language` where no voice can. */
  readonly speak: (text: string, scope: Scope) => AsyncIterable<VoicedSound>;
  /** The longest answer that is spoken, in ms. */
  readonly maxAnswerMs: number;
}

/** A piece of the text, being spoken. */
interface SpokenPiece {
  readonly piece: ShownPiece;
  readonly job: SpeechJob | undefined;
}

/**
 * One answer on its way: pieces of text come from the dialogue, each is spoken ahead of its time, encoded, and given to
 * the player, which takes them at the pace of speech. Each step waits for the next one.
 */
export class Answer {
  readonly #options: AnswerOptions;
  readonly #pieces = new Channel<SpokenPiece>(MOST_AHEAD);
  #text = "";
  #reason: AnswerEnd = "complete";
  #unspoken: EarshotError | undefined;

  /** Begins nothing. */
  constructor(options: AnswerOptions) {
    this.#options = options;
  }

  /** The text so far, spoken or not. */
  get text(): string {
    return this.#text;
  }

  /** Why a piece of it could not be spoken although the answer went on, if so. */
  get unspoken(): EarshotError | undefined {
    return this.#unspoken;
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
      return this.#isFull() ? "cut" : this.#reason;
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
    const { scope, speak } = this.#options;
    const job = spoken === "" ? undefined : new SpeechJob(speak(spoken, scope), scope);
    return { piece: { text: text.trim(), emotion }, job };
  }

  /** The voice's end of it. */
  async #speak(): Promise<void> {
    const { player, encoder, scope } = this.#options;
    // What the language model broke off is spoken as far as it goes.
    const isFull = () => this.#isFull();
    for await (const { piece, job } of this.#pieces) {
      player.piece(piece);
      if (job === undefined) continue;
      let begun = false;
      try {
        for await (const sound of job.sounds) {
          if (!begun) encoder.piece({ voice: sound.voice });
          begun = true;
          for await (const packets of encoder.encode(sound)) {
            await this.#play(packets);
            if (isFull()) break;
          }
          if (isFull()) break;
        }
      } catch (thrown) {
        const error = EarshotError.from(thrown, "tts.failed");
        if (scope.signal.aborted || error.code !== "tts.language") throw error;
        this.#unspoken = error;
      }
      if (begun) await this.#play((await encoder.endPiece()).packets);
      if (isFull()) break;
    }
    await this.#play(await encoder.finish());
  }

  /** Whether it has been spoken for as long as it may be. */
  #isFull(): boolean {
    return this.#options.player.takenMs >= this.#options.maxAnswerMs;
  }

  async #play(packets: readonly Uint8Array<ArrayBuffer>[]): Promise<void> {
    const { player, scope } = this.#options;
    for (const packet of packets) {
      await player.room();
      if (scope.signal.aborted) throw EarshotError.from(scope.signal.reason, "canceled");
      player.frame(packet);
    }
  }
}
