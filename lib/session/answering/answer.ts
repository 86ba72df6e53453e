import type { SpeechEncoder } from "../../audio/mod.ts";
import type { DialogueEvent } from "../../dialogue/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import { Channel, type Scope } from "../../lifecycle/mod.ts";
import type { Emotion } from "../../protocol/mod.ts";
import type { ToolEffect } from "../../tools/mod.ts";
import type { Packets } from "../../tts/mod.ts";
import type { CachedPieces, PieceKeeper } from "./cached_pieces.ts";
import type { Player, ShownPiece } from "./player.ts";
import { SpeechJob, type VoicedSound } from "./speech_job.ts";
import type { StreamedPieces } from "./streamed_pieces.ts";

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
    const { scope, speak, stream, pieces } = this.#options;
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
    return { piece, keeper: pieces?.keeper(spoken), job: new SpeechJob(speak(spoken, scope), scope) };
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
    if (ready !== undefined) await this.#play(await encoder.finish());
    this.#piece = piece;
    if (ready !== undefined) {
      this.#audible = true;
      await this.#playReady(ready);
    }
    if (job !== undefined) {
      const kept: Uint8Array<ArrayBuffer>[] = [];
      const { whole, voices } = await this.#voice(job, async (packets) => {
        if (keeper !== undefined) kept.push(...packets);
        await this.#play(packets);
      });
      if (voices.size > 0) {
        const { packets, aligned } = await encoder.endPiece();
        await this.#play(packets);
        if (whole && aligned) keeper?.([...kept, ...packets], voices);
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
    const { whole, voices } = await this.#voice(pieces.job, play);
    if (voices.size > 0) await play((await encoder.endPiece()).packets);
    if (whole && pieces.letters > 0) onPace(soundMs() / pieces.letters);
    if (!this.#isCut()) begin(pieces.begunBy());
    this.#show();
  }

  /** Encodes what a request gives and has it played; whether that was all, and which voices spoke. */
  async #voice(
    { sounds }: SpeechJob,
    play: (packets: Packets) => Promise<void>,
  ): Promise<{ readonly whole: boolean; readonly voices: ReadonlySet<string> }> {
    const { encoder, scope } = this.#options;
    this.#audible ??= false;
    const voices = new Set<string>();
    try {
      for await (const sound of sounds) {
        if (voices.size === 0) encoder.piece({ voice: sound.voice });
        voices.add(sound.voice);
        this.#audible ||= sound.pcm.some((sample) => Math.abs(sample) > SILENT_PEAK);
        for await (const packets of encoder.encode(sound)) {
          await play(packets);
          if (this.#isCut()) break;
        }
        if (this.#isCut()) break;
      }
      return { whole: !this.#isCut(), voices };
    } catch (thrown) {
      const error = EarshotError.from(thrown, "tts.failed");
      if (scope.signal.aborted || error.code !== "tts.language") throw error;
      this.#unspoken = error;
      return { whole: false, voices };
    }
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
