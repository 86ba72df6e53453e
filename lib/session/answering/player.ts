import { Deque } from "@std/data-structures";
import type { Clock } from "../../lifecycle/mod.ts";
import { type Emotion, encodeFrame, type FrameVersion } from "../../protocol/mod.ts";
import type { Outbox } from "./outbox.ts";
import { Playback } from "./playback.ts";
import type { PlayedSound } from "./played_sound.ts";
import type { Replies } from "./replies.ts";

/** How many frames the device gets ahead at first, so that the first word comes soon and no hiccup empties it, */
const FIRST_LEAD = 5;
/** and at most, once there is more sound. */
const MOST_LEAD = 20;
/** After how many frames that were played the lead has grown by one. */
const FRAMES_PER_LEAD = 2;
/** What the queue of a device may have to hold at most: its queue drops beyond 40, and two are left for messages. */
const MOST_HELD = 38;
/** How many frames wait here for their time. */
const MOST_WAITING = 40;
/** After how many frames the device is asked how far it has read. */
const ASK_EVERY = 4;
/** How often is looked whether the device has read on, in ms. */
const POLL_MS = 20;
/** What the device needs after its queue is empty to have played the last frame, in frames. */
const PLAYING = 1;

/** A piece of an answer, as the device shows it while it is spoken. */
export interface ShownPiece {
  /** What is shown; nothing is for `""`. */
  readonly text: string;
  /** The face that goes with it, where it changes. */
  readonly emotion?: Emotion | undefined;
}

/** How much of a piece was heard. */
export interface HeardPiece {
  readonly piece: ShownPiece;
  /** Frames that were played, */
  readonly frames: number;
  /** of so many that it has so far. */
  readonly taken: number;
  /** Whether that is all of it. */
  readonly whole: boolean;
}

/** Keeps what is played. */
export interface PlayedKeeper extends Pick<PlayedSound, "frame" | "stop"> {
  /** A piece begins with the next frame; where it is said by what is shown. */
  piece?(text: string): void;
}

/** Options of a {@linkcode Player}. */
export interface PlayerOptions {
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly replies: Replies;
  /** How the device's frames are laid out. */
  readonly frameVersion: FrameVersion;
  /** How long a frame sounds, in ms. */
  readonly frameMs: number;
  /** Ends it at once: the device is told to stop, and nothing more is sent. */
  readonly signal: AbortSignal;
  /** Told when the first frame leaves; must not throw. */
  readonly onStarted?: () => void;
  /** Keeps what is played, where the device may hear itself. */
  readonly played?: PlayedKeeper | undefined;
  /** Told how late each frame leaves, in ms; must not throw. */
  readonly onLate?: (lateMs: number) => void;
}

interface Part {
  readonly piece: ShownPiece;
  /** Frames that were taken in. */
  taken: number;
  /** Whether it was shown. */
  shown: boolean;
}

interface Frame {
  readonly part: Part;
  readonly packet: Uint8Array<ArrayBuffer>;
}

/**
 * Plays one answer: the only place that sends sound. The device gets a few frames ahead, then one a frame duration, on
 * the monotonic clock, and never more than its queue can hold, also after a stall of the network.
 */
export class Player {
  readonly #options: PlayerOptions;
  readonly #playback: Playback;
  readonly #waiting = new Deque<Frame>();
  readonly #parts: Part[] = [];
  /** What was sent and may be unplayed, the oldest first. */
  #recent: Frame[] = [];
  #sentFrames = 0;
  #started = false;
  /** When the frame is due that is waited for. */
  #dueMs: number | undefined;
  #cancelTimer: (() => void) | undefined;
  #roomWaits: (() => void)[] = [];
  #finished: PromiseWithResolvers<void> | undefined;
  #open = false;
  #speaking = false;
  #ended = false;
  readonly #onAbort = () => this.#end();

  /** Plays nothing before {@linkcode Player.open}. */
  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#playback = new Playback(options.frameMs);
    if (options.signal.aborted) this.#ended = true;
    else options.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Whether a frame has left, be it that the device was silenced before it had played it. */
  get started(): boolean {
    return this.#started;
  }

  /** Whether frames are sent as they are due. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** How much sound was taken in, in ms. */
  get takenMs(): number {
    return this.#parts.reduce((sum, { taken }) => sum + taken, 0) * this.#options.frameMs;
  }

  /** From now on frames are sent as they come. */
  open(): void {
    if (this.#open || this.#ended) return;
    this.#open = true;
    this.#pump();
  }

  /** The frames that follow are this piece's; it is shown with the first of them. */
  piece(piece: ShownPiece): void {
    this.#parts.push({ piece, taken: 0, shown: false });
  }

  /** Takes the next frame. Wait for {@linkcode Player.room} before. */
  frame(packet: Uint8Array<ArrayBuffer>): void {
    const part = this.#parts.at(-1);
    if (this.#ended || part === undefined) return;
    part.taken++;
    this.#waiting.pushBack({ part, packet });
    if (this.#waiting.length === 1) this.#pump();
  }

  /** Resolves once there is room for frames, or the answer has ended. */
  async room(): Promise<void> {
    while (!this.#ended && this.#waiting.length >= MOST_WAITING) {
      await new Promise<void>((resolve) => this.#roomWaits.push(resolve));
    }
  }

  /** No more frames come. Resolves once the device has played all of them and was told so, or the answer has ended. */
  finish(): Promise<void> {
    this.#finished ??= Promise.withResolvers<void>();
    if (this.#ended) this.#finished.resolve();
    else this.#pump();
    return this.#finished.promise;
  }

  /**
   * Silences the device at once: what it holds is thrown away there, and played again after {@linkcode Player.open}.
   */
  hold(): void {
    if (!this.#open || this.#ended) return;
    const nowMs = this.#options.clock.nowMs();
    this.#open = false;
    this.#cancel();
    const held = Math.min(this.#recent.length, Math.ceil(this.#playback.held(nowMs)));
    for (const frame of this.#recent.splice(this.#recent.length - held).reverse()) {
      this.#waiting.pushFront(frame);
      this.#sentFrames--;
    }
    this.#recent = [];
    this.#playback.clear(nowMs);
    this.#silence();
  }

  /** What the device has played so far of each piece. */
  heard(): readonly HeardPiece[] {
    const held = Math.ceil(this.#playback.held(this.#options.clock.nowMs()));
    let left = Math.max(0, this.#sentFrames - held);
    return this.#parts.map(({ piece, taken, shown }, index) => {
      const frames = Math.min(taken, left);
      left -= frames;
      const complete = index < this.#parts.length - 1 || this.#finished !== undefined;
      return { piece, frames, taken, whole: shown && complete && frames === taken };
    });
  }

  #cancel(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #wait(delayMs: number): void {
    this.#cancel();
    this.#cancelTimer = this.#options.clock.schedule(delayMs, () => {
      this.#cancelTimer = undefined;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#ended || !this.#open) return;
    const { clock, outbox, frameMs } = this.#options;
    const nowMs = clock.nowMs();
    this.#playback.read(outbox.readPosition, nowMs);
    for (let next = this.#waiting.peekFront(); next !== undefined; next = this.#waiting.peekFront()) {
      const held = this.#playback.held(nowMs);
      const grown = Math.floor((this.#sentFrames - held) / FRAMES_PER_LEAD);
      const aheadFrames = held + 1 - Math.min(MOST_LEAD, FIRST_LEAD + grown);
      if (aheadFrames > 0) {
        this.#dueMs = nowMs + aheadFrames * frameMs;
        this.#wait(aheadFrames * frameMs);
        break;
      }
      if (this.#playback.heldAtMost(nowMs) + 1 > MOST_HELD) {
        outbox.askRead();
        this.#wait(POLL_MS);
        break;
      }
      this.#waiting.popFront();
      this.#send(next, nowMs);
    }
    if (this.#waiting.length < MOST_WAITING) { for (const resolve of this.#roomWaits.splice(0)) resolve(); }
    if (this.#waiting.isEmpty() && this.#finished !== undefined) this.#playOut(nowMs);
  }

  #send(frame: Frame, nowMs: number): void {
    const { outbox, signal, frameVersion, frameMs, onStarted, onLate } = this.#options;
    const first = !this.#started;
    if (!this.#speaking) this.#options.replies.start(signal);
    this.#speaking = true;
    this.#show(frame.part);
    const timestampMs = this.#sentFrames * frameMs;
    if (!outbox.send(encodeFrame(frameVersion, frame.packet, { timestampMs }), signal)) return;
    const playsAtMs = this.#playback.sent(outbox.position, nowMs);
    this.#options.played?.frame(frame.packet, playsAtMs);
    this.#sentFrames++;
    this.#started = true;
    this.#recent.push(frame);
    if (this.#recent.length > MOST_HELD) this.#recent.shift();
    if (this.#sentFrames % ASK_EVERY === 0) outbox.askRead();
    if (this.#dueMs !== undefined) onLate?.(Math.max(0, nowMs - this.#dueMs));
    this.#dueMs = undefined;
    if (first) onStarted?.();
  }

  /** Shows a piece, and those before it that had nothing to play. */
  #show(part: Part | undefined): void {
    const { outbox, replies, signal } = this.#options;
    for (const each of this.#parts) {
      if (!each.shown) {
        each.shown = true;
        const { text, emotion } = each.piece;
        this.#options.played?.piece?.(text);
        if (emotion !== undefined) outbox.send({ type: "llm", emotion }, signal);
        if (text !== "") {
          if (!this.#speaking) replies.start(signal);
          this.#speaking = true;
          outbox.send({ type: "tts", state: "sentence_start", text }, signal);
        }
      }
      if (each === part) return;
    }
  }

  #playOut(nowMs: number): void {
    const { outbox, frameMs } = this.#options;
    this.#show(undefined);
    if (this.#sentFrames === 0) return this.#end();
    const endMs = this.#playback.endMs();
    if (endMs === undefined) {
      outbox.askRead();
      return this.#wait(POLL_MS);
    }
    const leftMs = endMs + PLAYING * frameMs - nowMs;
    if (leftMs > 0) return this.#wait(leftMs);
    this.#end();
  }

  #silence(): void {
    if (!this.#speaking) return;
    this.#speaking = false;
    this.#options.replies.stop();
    this.#options.played?.stop(this.#options.clock.nowMs());
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancel();
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    this.#silence();
    this.#waiting.clear();
    for (const resolve of this.#roomWaits.splice(0)) resolve();
    this.#finished?.resolve();
  }
}
