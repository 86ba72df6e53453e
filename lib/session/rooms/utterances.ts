import { type Clock, pause } from "../../lifecycle/mod.ts";
import { isSame, type Overheard } from "./same_sound.ts";
import { levelOfRow, voiceLevelDb } from "./voice_level.ts";
import { TOGETHER_MS } from "./wake_ups.ts";

/** How long what was answered is remembered, in ms: the sound of another device may come so much later. */
const REMEMBERED_MS = 3_000;
/** How many utterances a room knows of; the oldest that was answered is forgotten first. */
const MOST_CLAIMS = 256;
/** How long a louder device is waited for that is still hearing, in ms, */
const LOUDER_MS = 2_000;
/** and how often it is looked at. */
const LOOK_MS = 100;

/** What one device hears somebody say. */
export interface Utterance extends Pick<Overheard, "sound"> {
  /** When it began, and when its end was known, on the process's clock. */
  readonly beganMs: number;
  readonly endKnownMs: number | undefined;
}

/** Whose utterance it is. */
export interface UtteranceOptions {
  /** The device that hears it: what it hears itself is never the same. */
  readonly device: object;
  /** A button was pressed for it: the device is meant, however loud it is. */
  readonly byButton: boolean;
  /** When a wake word, or its first listening, has begun this conversation. */
  readonly wokenMs: number | undefined;
}

/** Whether a device answers an utterance. */
export interface UtteranceVerdict {
  readonly answers: boolean;
  /** Whether the one that answers instead was woken at the same time. */
  readonly wokenTogether: boolean;
}

const ANSWERS: UtteranceVerdict = { answers: true, wokenTogether: false };

/** An utterance in a room, from its beginning on. */
export class RoomUtterance {
  readonly #others: Utterances;
  readonly utterance: Utterance;
  readonly options: UtteranceOptions;
  #state: "heard" | "answered" | "over" = "heard";
  #text: string | undefined;
  #answeredMs = 0;
  #levelDb: number | undefined;
  /** Which others are known to be the same, or not. */
  readonly #same = new WeakMap<RoomUtterance, boolean>();

  /** Somebody begins to speak. */
  constructor(others: Utterances, utterance: Utterance, options: UtteranceOptions) {
    this.#others = others;
    this.utterance = utterance;
    this.options = options;
  }

  /** Whether it is being heard, is answered, or was nothing. */
  get state(): "heard" | "answered" | "over" {
    return this.#state;
  }

  /** Since when it is answered. */
  get answeredMs(): number {
    return this.#answeredMs;
  }

  /** Whether it is the same as another one; what is known of that once is not compared again, as that takes some ms. */
  isSameAs(other: RoomUtterance): boolean | undefined {
    const known = this.#same.get(other);
    if (known !== undefined) return known;
    const same = isSame(this.#overheard, other.#overheard);
    const haveEnded = this.utterance.endKnownMs !== undefined && other.utterance.endKnownMs !== undefined;
    if (same === true || (same === false && haveEnded)) this.#same.set(other, same);
    return same;
  }

  /** How loud it is so far, in dB to full scale. */
  get levelDb(): number {
    if (this.#levelDb !== undefined) return this.#levelDb;
    const levelDb = voiceLevelDb(this.utterance.sound.rows.map(levelOfRow)) ?? -Infinity;
    if (this.utterance.endKnownMs !== undefined) this.#levelDb = levelDb;
    return levelDb;
  }

  get #overheard(): Overheard {
    return { sound: this.utterance.sound, text: this.#text };
  }

  /** Its words are known: whether this device is the one that answers them; void once `signal` aborts. Never rejects. */
  async decide(text: string, signal: AbortSignal): Promise<UtteranceVerdict> {
    this.#text = text;
    const { clock } = this.#others;
    const untilMs = clock.nowMs() + LOUDER_MS;
    while (this.#state === "heard" && !this.options.byButton) {
      const verdict = this.#others.judge(this, { mayWait: clock.nowMs() < untilMs });
      if (verdict === "answers") break;
      if (verdict !== "waits") {
        this.close();
        return verdict;
      }
      await pause(LOOK_MS, { clock, signal }).catch(() => this.close()); // it was given up
    }
    if (this.#state !== "heard") return ANSWERS;
    this.#state = "answered";
    this.#answeredMs = clock.nowMs();
    return ANSWERS;
  }

  /** It is over; where it was answered that is remembered for a while. May be called twice. */
  close(): void {
    if (this.#state === "answered") return;
    this.#state = "over";
    this.#others.forget(this);
  }
}

/**
 * What the devices of a room hear somebody say. Where two hear the same, the loudest answers. The fainter one waits until
 * the words of the louder one are taken; who has begun to answer goes on.
 */
export class Utterances {
  readonly clock: Clock;
  readonly #known = new Set<RoomUtterance>();

  /** Nobody speaks. */
  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** How many it knows of. */
  get size(): number {
    return this.#known.size;
  }

  /** Somebody begins to speak at a device. */
  begin(utterance: Utterance, options: UtteranceOptions): RoomUtterance {
    const begun = new RoomUtterance(this, utterance, options);
    this.#prune();
    this.#known.add(begun);
    return begun;
  }

  /** A device has left. */
  leave(device: object): void {
    for (const known of this.#known) if (known.options.device === device) this.#known.delete(known);
  }

  /** One counts no more. */
  forget(known: RoomUtterance): void {
    this.#known.delete(known);
  }

  /** What becomes of one whose words are known. */
  judge(
    one: RoomUtterance,
    { mayWait }: { readonly mayWait: boolean },
  ): UtteranceVerdict | "answers" | "waits" {
    this.#prune();
    const others = [...this.#known].filter((other) =>
      other.options.device !== one.options.device && this.#isTogether(one.utterance, other.utterance)
    );
    const answered = others.find((other) => other.state === "answered" && one.isSameAs(other) === true);
    if (answered !== undefined) {
      return { answers: false, wokenTogether: wereWokenTogether(one.options, answered.options) };
    }
    // What has hardly begun may become the same.
    const waits = mayWait &&
      others.some((other) =>
        other.state === "heard" && isLouder(other, one) && one.isSameAs(other) !== false
      );
    return waits ? "waits" : "answers";
  }

  /** Whether both may be one, by the time: their beginnings or their ends are near. */
  #isTogether(one: Utterance, other: Utterance): boolean {
    const nowMs = this.clock.nowMs();
    const apartMs = Math.min(
      Math.abs(one.beganMs - other.beganMs),
      Math.abs((one.endKnownMs ?? nowMs) - (other.endKnownMs ?? nowMs)),
    );
    return apartMs <= TOGETHER_MS;
  }

  #prune(): void {
    const nowMs = this.clock.nowMs();
    for (const known of this.#known) {
      const old = known.state === "answered" && nowMs - known.answeredMs > REMEMBERED_MS;
      if (old || this.#known.size >= MOST_CLAIMS) this.#known.delete(known);
    }
  }
}

/** Whether one is louder than another; where both are as loud, the one that began first. */
function isLouder(one: RoomUtterance, other: RoomUtterance): boolean {
  if (one.options.byButton !== other.options.byButton) return one.options.byButton;
  const [oneDb, otherDb] = [one.levelDb, other.levelDb];
  return oneDb === otherDb ? one.utterance.beganMs < other.utterance.beganMs : oneDb > otherDb;
}

function wereWokenTogether(one: UtteranceOptions, other: UtteranceOptions): boolean {
  return one.wokenMs !== undefined && other.wokenMs !== undefined &&
    Math.abs(one.wokenMs - other.wokenMs) <= TOGETHER_MS;
}
