import type { SpeechEncoder } from "../../audio/mod.ts";
import type { DialogueEvent } from "../../dialogue/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import { Channel, type Scope } from "../../lifecycle/mod.ts";
import type { Emotion } from "../../protocol/mod.ts";
import type { ToolEffect } from "../../tools/mod.ts";
import type { Packets, VoicedSound } from "../../tts/mod.ts";
import type { CachedPieces, PieceKeeper } from "./cached_pieces.ts";
import type { Player, ShownPiece } from "./player.ts";
import { isAudible, SpeechJob, type VoicedPiece } from "./speech_job.ts";
import type { StreamedPieces } from "./streamed_pieces.ts";

/** How many pieces are spoken ahead of the one that plays. */
const MOST_AHEAD = 2;

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
  /** A request for a piece and those after it, where its voice takes text while it is being written. */
  readonly stream?: (text: string) => StreamedVoice | undefined;
  /** What was spoken before; without it everything is spoken anew, and nothing is kept. */
  readonly pieces?: CachedPieces | undefined;
  /** The longest answer that is spoken, in ms. */
  readonly maxAnswerMs: number;
  /** Told what a tool asks for; must not throw. */
  readonly onEffect: (effect: ToolEffect) => void;
}

/** A voice that takes text while it is being written. */
export interface StreamedVoice {
  /** Pieces of the same voice go into one request. */
  readonly voice: string;
  readonly open: () => StreamedPieces;
  /** Told how long a letter of it has sounded, in ms. */
  readonly onPace: (letterMs: number) => void;
}

/** A request that is open for further pieces. */
interface Run extends StreamedVoice {
  readonly pieces: StreamedPieces;
}

/** A piece of the text, or several by one request, being spoken. */
type Spoken = SpokenPiece | Run;

interface SpokenPiece {
  readonly piece: ShownPiece;
  /** Its sound, where it was spoken before; else who speaks it, and what keeps it. */
  readonly ready?: Packets | undefined;
  readonly job?: SpeechJob;
  readonly keeper?: PieceKeeper | undefined;
}

/** Has packets played; not all that is played for a piece is its own. */
type PlayPackets = (packets: Packets, isOfPiece: boolean) => Promise<void>;

/**
 * One answer on its way: pieces of text come from the dialogue, each is spoken ahead of its time, encoded, and given to
 * the player, which takes them at the pace of speech. Each step waits for the next one.
 */
export class Answer {
  readonly #options: AnswerOptions;
  /** One more has begun to be spoken, and waits to get in. */
  readonly #pieces = new Channel<Spoken>(MOST_AHEAD - 1);
  /** The request that takes further pieces. */
  #run: Run | undefined;
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
        if (event.type === "effect") {
          this.#options.onEffect(event.effect);
          continue;
        }
        this.#text += event.text;
        const begun = this.#begin(event);
        if (begun !== undefined && !await this.#pieces.send(begun)) break;
      }
      this.#endRun();
      this.#pieces.close();
    } catch (thrown) {
      // What came before it is spoken to its end.
      this.#endRun();
      this.#pieces.close(EarshotError.from(thrown, "llm.failed"));
    }
  }

  /** Has a piece spoken; `undefined` where a request that is under way does so. */
  #begin(
    { text, spoken, emotion }: { text: string; spoken: string; emotion?: Emotion },
  ): Spoken | undefined {
    const { scope, speak, stream, pieces, encoder } = this.#options;
    const piece = { text: text.trim(), emotion };
    if (spoken === "") {
      if (this.#run === undefined) return { piece };
      this.#run.pieces.add(piece, spoken);
      return undefined;
    }
    const streamed = stream?.(spoken);
    if (streamed !== undefined && streamed.voice === this.#run?.voice) {
      this.#run.pieces.add(piece, spoken);
      return undefined;
    }
    this.#endRun();
    if (streamed !== undefined) {
      this.#run = { ...streamed, pieces: streamed.open() };
      this.#run.pieces.add(piece, spoken);
      return this.#run;
    }
    const ready = pieces?.find(spoken);
    if (ready !== undefined) return { piece, ready };
    const job = new SpeechJob(speak(spoken, scope), scope, encoder);
    return { piece, keeper: pieces?.keeper(spoken), job };
  }

  #endRun(): void {
    this.#run?.pieces.end();
    this.#run = undefined;
  }

  /** The voice's end of it. */
  async #speak(): Promise<void> {
    for await (const spoken of this.#pieces) {
      if ("pieces" in spoken) await this.#speakRun(spoken);
      else await this.#speakPiece(spoken);
      if (this.#isCut()) break;
    }
    await this.#play(await this.#options.encoder.finish());
  }

  async #speakPiece({ piece, ready, job, keeper }: SpokenPiece): Promise<void> {
    const { encoder } = this.#options;
    // What is left of the piece before is that one's.
    if (ready !== undefined) {
      await this.#play(await encoder.beforeReady({ packets: ready, begins: true }));
    }
    this.#piece = piece;
    if (ready !== undefined) {
      this.#audible = true;
      await this.#playEach(ready, (packets) => this.#play(packets));
    }
    if (job !== undefined) {
      const kept: Uint8Array<ArrayBuffer>[] = [];
      const { whole, voices, isEncoded } = await this.#voice(job, async (packets, isOfPiece) => {
        if (keeper !== undefined && isOfPiece) kept.push(...packets);
        await this.#play(packets);
      });
      const end = isEncoded ? await encoder.endPiece() : undefined;
      if (end !== undefined) await this.#play(end.packets);
      if (whole && voices.size > 0 && end?.aligned !== false) {
        keeper?.([...kept, ...end?.packets ?? []], voices);
      }
    }
    this.#show();
  }

  /** Plays what one request makes of several pieces, each shown when it is reckoned to begin. */
  async #speakRun({ pieces, onPace }: Run): Promise<void> {
    const { encoder, player } = this.#options;
    const beganMs = player.takenMs;
    const soundMs = () => player.takenMs - beganMs;
    const begin = (begun: readonly ShownPiece[]) => {
      for (const piece of begun) {
        this.#show();
        this.#piece = piece;
      }
    };
    const play = async (packets: Packets) => {
      for (const packet of packets) {
        begin(pieces.begunBy(soundMs()));
        await this.#play([packet]);
      }
    };
    const { whole, isEncoded } = await this.#voice(pieces.job, play);
    if (isEncoded) await play((await encoder.endPiece()).packets);
    if (whole && pieces.letters > 0) onPace(soundMs() / pieces.letters);
    if (!this.#isCut()) begin(pieces.begunBy());
    this.#show();
  }

  /** Has what a request gives encoded, where that is needed, and played. */
  async #voice({ sounds }: SpeechJob, play: PlayPackets): Promise<VoicedPiece> {
    const { encoder, scope } = this.#options;
    this.#audible ??= false;
    const voices = new Set<string>();
    let isEncoded = false;
    try {
      for await (const sound of sounds) {
        voices.add(sound.voice);
        this.#audible ||= isAudible(sound);
        if ("packets" in sound) {
          await play(await encoder.beforeReady(sound), false);
          await this.#playEach(sound.packets, (packets) => play(packets, true));
        } else {
          if (!isEncoded) encoder.piece({ voice: sound.voice });
          isEncoded = true;
          for await (const packets of encoder.encode(sound)) {
            await play(packets, true);
            if (this.#isCut()) break;
          }
        }
        if (this.#isCut()) break;
      }
      return { whole: !this.#isCut(), voices, isEncoded };
    } catch (thrown) {
      const error = EarshotError.from(thrown, "tts.failed");
      if (scope.signal.aborted || error.code !== "tts.language") throw error;
      this.#unspoken = error;
      return { whole: false, voices, isEncoded };
    }
  }

  /** The frames that follow are those of the piece that is spoken now. */
  #show(): void {
    if (this.#piece !== undefined) this.#options.player.piece(this.#piece);
    this.#piece = undefined;
  }

  async #playEach(packets: Packets, play: (packets: Packets) => Promise<void>): Promise<void> {
    for (const packet of packets) {
      await play([packet]);
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
