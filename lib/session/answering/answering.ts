import type { AnswerSettings } from "../../agents/mod.ts";
import { type DialogueEvent, languageOf } from "../../dialogue/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import type { Clock, Scope } from "../../lifecycle/mod.ts";
import type { FrameVersion } from "../../protocol/mod.ts";
import type { SpeechEncoders } from "../../audio/mod.ts";
import type { Track } from "../../tools/mod.ts";
import {
  FIXED_SENTENCES,
  type FixedSentence,
  type OwnSentences,
  type SpeechCache,
  type Voice,
} from "../../tts/mod.ts";
import type { HeardSound } from "./heard_sound.ts";
import { alertOf } from "./alert.ts";
import { Answer, type AnswerEnd, type StreamedVoice } from "./answer.ts";
import { cachedPieces } from "./cached_pieces.ts";
import { isEcho } from "./echo.ts";
import { ECHO_SHARE, echoShareOf, isEchoOf } from "./echo_sound.ts";
import { TurnEffects } from "./effects.ts";
import { heardChars } from "./heard_chars.ts";
import type { Outbox } from "./outbox.ts";
import { PlayedSound } from "./played_sound.ts";
import { playTrack, TRACK_BITRATE_BPS } from "./play_track.ts";
import { type PlayedKeeper, Player } from "./player.ts";
import type { Replies } from "./replies.ts";
import { sentencePackets } from "./sentence_packets.ts";
import { SpokenWords } from "./spoken_words.ts";
import type { PassingRule } from "./speech_job.ts";
import { StreamedPieces, USUAL_LETTER_MS } from "./streamed_pieces.ts";

/** After how much silence a filler is spoken, and another one, in ms. */
const FILLERS_AFTER_MS = [1_200, 8_000] as const;
const FILLERS = ["filler", "longFiller"] as const satisfies readonly FixedSentence[];

/** What sounds so little as what is played is somebody else; */
const OTHERS_SHARE = 0.3;
/** it is an echo nevertheless where such a part of its words is spoken. */
const MOST_WORDS = 0.9;

/** The language (BCP 47) of a text in a script that none of the agent's languages has. */
const UNDETERMINED = "und";

/** What answering needs of the process. */
export interface AnsweringServices {
  /** Encodes what is spoken, off the main thread. */
  readonly encoders: Pick<SpeechEncoders, "open">;
  /** What was spoken before; without it everything is spoken anew. */
  readonly cache?: Pick<SpeechCache, "piece" | "keeper"> | undefined;
  /** Fixed sentences in the voices of agents; without them they are played as they ship. */
  readonly sentences?: Pick<OwnSentences, "packets"> | undefined;
}

/** Options of {@linkcode Answering}. */
export interface AnsweringOptions {
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly replies: Replies;
  readonly frameVersion: FrameVersion;
  readonly services: AnsweringServices;
  /** The voice of the device's agent now. */
  readonly voice?: () => Voice | undefined;
  /** Whether the device listens while it plays, and so may hear itself. Default: no. */
  readonly listens?: () => boolean;
  /** Whether other devices stand in the same room, and whether one of them listens. Default: no. */
  readonly room?: { readonly isShared: boolean; readonly othersListen: boolean } | undefined;
  /** Told how late frames leave, in ms. Must not throw. */
  readonly onLate: (lateMs: number) => void;
  /** Told what came of a track; must not throw. Default: nobody is. */
  readonly onTrack?: (outcome: TrackOutcome) => void;
}

/** What came of a track: it was played to its end, ended before that, or failed. */
export type TrackOutcome = "played" | "stopped" | "failed";

/** What came of an answer. */
export interface Answered {
  /** Its text, spoken or not. */
  readonly text: string;
  /** How much of it was heard, in UTF-16 units. */
  readonly heardChars: number;
  readonly end: AnswerEnd | "interrupted";
  readonly error?: EarshotError;
}

/** An answer that is under way. */
export interface AnswerUnderWay {
  readonly player: Player;
  /** What came of it, so far or in the end. */
  readonly state: () => Answered;
  /** Everything that is spoken of it so far, fixed sentences too. */
  readonly spoken: () => string;
  /** Resolves once the device has played it, or it was given up; never rejects. */
  readonly done: Promise<Answered>;
}

/** What is answered, and how. */
export interface AnswerRequest {
  readonly settings: AnswerSettings;
  /** The answer's text, once something pulls it. */
  readonly events: AsyncIterable<DialogueEvent>;
  /** The agent's languages (BCP 47), and the one that was heard, where that is known. */
  readonly languages: readonly [string, ...string[]];
  readonly heardLanguage?: string | undefined;
  /** Whether nothing is sent before {@linkcode Player.open}. */
  readonly gated: boolean;
  /** Told when the first frame leaves; must not throw. */
  readonly onStarted: () => void;
  /** Told that another agent is to have the turns after this one; must not throw. Default: nobody is. */
  readonly onAgent?: (agent: string) => void;
}

/** Speaks to the device: answers, fixed sentences, and what went wrong. */
export class Answering {
  readonly #options: AnsweringOptions;
  /** How long the frames are that the device plays, in ms. */
  frameMs = 60;
  #played: PlayedSound | undefined;
  /** What is said aloud, where another device may hear it. */
  readonly #words = new SpokenWords();
  /** How long a letter of each voice has sounded, in ms. */
  readonly #letterMs = new Map<string, number>();

  /** Says nothing yet. */
  constructor(options: AnsweringOptions) {
    this.#options = options;
  }

  /** Whether what was heard is what the device was playing, be it misheard. */
  isEcho(heard: HeardSound): boolean {
    return this.#played !== undefined && isEchoOf(heard, this.#played);
  }

  /** Whether another device in the room can hear something of it at that time, on the process's clock. */
  isHeard(fromMs: number, throughMs: number): boolean {
    return this.#words.isHeard(fromMs, throughMs);
  }

  /** Whether what another device has heard at that time is what this one said, by its sound or its words. */
  hasSaid(
    { sound, text, fromMs, throughMs }: {
      readonly sound: HeardSound;
      readonly text: string;
      readonly fromMs: number;
      readonly throughMs: number;
    },
  ): boolean {
    const share = this.#played && echoShareOf(sound, this.#played, { ofAnother: true });
    if (share !== undefined && share >= ECHO_SHARE) return true;
    const spoken = this.#words.textAt(fromMs, throughMs);
    // Where it sounds as somebody else, only all of its words are a sign.
    return share !== undefined && share < OTHERS_SHARE
      ? isEcho(text, spoken, MOST_WORDS)
      : isEcho(text, spoken);
  }

  /** Forgets what was played. May be called twice. */
  close(): void {
    this.#played?.close();
    this.#played = undefined;
  }

  /** Begins an answer, which belongs to `scope`. */
  begin(scope: Scope, request: AnswerRequest): AnswerUnderWay {
    const { settings, heardLanguage } = request;
    const languages = heardLanguage === undefined
      ? request.languages
      : [heardLanguage, ...request.languages] as const;
    const player = this.#player(scope.signal, request.onStarted);
    if (!request.gated) player.open();
    const { replies, services: { encoders, cache } } = this.#options;
    const { stops } = replies;
    const languageFor = (text: string) => languageOf(text, languages) ?? UNDETERMINED;
    const speech = scope.child("speech");
    const effects = new TurnEffects((agent) => request.onAgent?.(agent));
    const encoder = encoders.open({ frameDurationMs: this.frameMs, signal: speech.signal });
    const answer = new Answer({
      scope: speech,
      player,
      encoder,
      speak: (text, { signal }) =>
        settings.voice.speak({ text, language: languageFor(text) }, { signal, flow: this }),
      stream: (text) =>
        this.#streamedVoice(settings.voice, languageFor(text), { scope: speech, rule: encoder }),
      // What is not to be remembered is not held either.
      pieces: settings.memory && cache !== undefined
        ? cachedPieces(cache, { voice: settings.voice, frameMs: this.frameMs, languageFor })
        : undefined,
      maxAnswerMs: settings.maxAnswerMs,
      onEffect: (effect) => !speech.signal.aborted && effects.take(effect),
    });
    const besides: string[] = [];
    let end: Answered["end"] = "interrupted";
    let error: EarshotError | undefined;
    const state = (): Answered => ({
      text: answer.text,
      heardChars: heardChars(answer.text, player.heard()),
      end,
      ...(error !== undefined && { error }),
    });
    const run = async (): Promise<Answered> => {
      const onFiller = (text: string) => void besides.push(text);
      const fillers = settings.fillers ? this.#fill(player, scope, onFiller) : () => {};
      try {
        end = await answer.give(request.events);
        if (end === "cut") await this.#add(player, "cutShort", scope.signal);
        else if (answer.unspoken !== undefined) await this.#addFault(player, answer.unspoken, scope.signal);
        if (effects.track !== undefined) await this.#addTrack(player, effects.track, scope);
        if (effects.ends) end = "goodbye";
      } catch (thrown) {
        if (scope.signal.aborted) return { ...state(), end: "interrupted" };
        end = "failed";
        error = EarshotError.from(thrown, "llm.failed");
        await this.#addFault(player, error, scope.signal);
      } finally {
        fillers();
        await speech.close();
      }
      await player.finish();
      if (replies.stops === stops && !scope.signal.aborted) replies.stop();
      return scope.signal.aborted ? { ...state(), end: "interrupted" } : state();
    };
    return { player, state, spoken: () => [answer.text, ...besides].join(" "), done: run() };
  }

  /** Says a fixed sentence, and resolves once it was played, or `signal` has aborted. Never rejects. */
  async say(sentence: FixedSentence, signal: AbortSignal, onStarted: () => void = () => {}): Promise<void> {
    const player = this.#player(signal, onStarted);
    player.open();
    await this.#add(player, sentence, signal);
    await player.finish();
  }

  /** Says what went wrong, on the screen and aloud. Resolves once it was played. Never rejects. */
  async sayFault(error: EarshotError, signal: AbortSignal, onStarted: () => void = () => {}): Promise<void> {
    const { replies } = this.#options;
    const { stops } = replies;
    const player = this.#player(signal, onStarted);
    player.open();
    await this.#addFault(player, error, signal);
    await player.finish();
    if (replies.stops === stops && !signal.aborted) replies.stop();
  }

  /** How a language is spoken where its voice takes text while it is being written. */
  #streamedVoice(
    voice: Voice,
    language: string,
    { scope, rule }: { readonly scope: Scope; readonly rule: PassingRule },
  ): StreamedVoice | undefined {
    const provider = voice.memberFor(language)?.provider;
    if (provider?.capabilities.textIn !== "streamed") return undefined;
    const { name } = provider;
    return {
      voice: name,
      open: () =>
        new StreamedPieces({
          scope,
          rule,
          letterMs: this.#letterMs.get(name) ?? USUAL_LETTER_MS,
          speak: (text) => voice.speakStream({ text, language }, { signal: scope.signal, flow: this }),
        }),
      onPace: (letterMs) => void this.#letterMs.set(name, letterMs),
    };
  }

  #player(signal: AbortSignal, onStarted: () => void): Player {
    const { clock, outbox, replies, frameVersion, onLate } = this.#options;
    return new Player({
      clock,
      outbox,
      replies,
      frameVersion,
      frameMs: this.frameMs,
      signal,
      onStarted,
      onLate,
      played: this.#keeper(signal),
    });
  }

  /** Plays a track after what was spoken; one that fails is told in words. Never rejects. */
  async #addTrack(player: Player, track: Track, scope: Scope): Promise<void> {
    const { services: { encoders }, onTrack } = this.#options;
    if (scope.state !== "open") return;
    const music = scope.child("music");
    try {
      const encoder = encoders.open({
        frameDurationMs: this.frameMs,
        bitrateBps: TRACK_BITRATE_BPS,
        signal: music.signal,
      });
      await playTrack(track, { scope: music, player, encoder });
      onTrack?.("played");
    } catch (thrown) {
      onTrack?.(scope.signal.aborted ? "stopped" : "failed");
      if (!scope.signal.aborted) {
        await this.#addFault(player, EarshotError.from(thrown, "tool.music"), scope.signal);
      }
    } finally {
      await music.close();
    }
  }

  /** What keeps what is played, where the device itself or another one in its room may hear it. */
  #keeper(signal: AbortSignal): PlayedKeeper | undefined {
    const { listens, room } = this.#options;
    if (listens?.() === true && !signal.aborted) this.#played ??= new PlayedSound();
    if (room?.isShared !== true) return this.#played;
    const hearsItself = listens?.() === true;
    return {
      piece: (text) => this.#words.piece(text),
      frame: (packet, playsAtMs) => {
        this.#words.frame(playsAtMs, this.frameMs);
        // It has to be decoded, which is not done for nobody.
        if (!hearsItself && !room.othersListen) return;
        this.#played ??= new PlayedSound();
        this.#played.frame(packet, playsAtMs);
      },
      stop: (nowMs) => {
        this.#words.stop(nowMs);
        this.#played?.stop(nowMs);
      },
    };
  }

  async #addFault(player: Player, { entry }: EarshotError, signal: AbortSignal): Promise<void> {
    const { outbox, replies } = this.#options;
    outbox.send(alertOf(entry, replies.language), signal);
    await this.#addText(player, entry.device[replies.language], signal);
  }

  #add(player: Player, sentence: FixedSentence, signal: AbortSignal): Promise<void> {
    return this.#addText(player, FIXED_SENTENCES[sentence][this.#options.replies.language], signal);
  }

  async #addText(player: Player, text: string, signal: AbortSignal): Promise<void> {
    const packets = await this.#packets(text, signal);
    player.piece({ text });
    for (const packet of packets) {
      await player.room();
      player.frame(packet);
    }
  }

  #packets(text: string, signal: AbortSignal): Promise<readonly Uint8Array<ArrayBuffer>[]> {
    const { services: { encoders, sentences: own }, replies: { language }, voice } = this.#options;
    return sentencePackets(text, {
      language,
      encoders,
      frameMs: this.frameMs,
      voice: voice?.(),
      own,
      signal,
    });
  }

  /** Fills long silences before the answer; the function ends that. */
  #fill(player: Player, { signal }: Scope, onFiller: (text: string) => void): () => void {
    let fillersMs = 0;
    const cancels = FILLERS_AFTER_MS.map((afterMs, index) =>
      this.#options.clock.schedule(afterMs, async () => {
        const filler = FILLERS[index];
        if (filler === undefined || player.takenMs > fillersMs || !player.isOpen) return;
        const text = FIXED_SENTENCES[filler][this.#options.replies.language];
        const packets = await this.#packets(text, signal);
        // The answer may have come meanwhile.
        if (player.takenMs > fillersMs || !player.isOpen || packets.length === 0) return;
        fillersMs += packets.length * this.frameMs;
        onFiller(text);
        player.piece({ text: "" });
        for (const packet of packets) player.frame(packet);
      })
    );
    return () => cancels.forEach((cancel) => cancel());
  }
}
