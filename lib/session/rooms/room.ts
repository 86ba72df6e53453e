import type { Clock } from "../../lifecycle/mod.ts";
import type { HeardSound } from "../answering/heard_sound.ts";
import { Utterances } from "./utterances.ts";
import { WakeUps, type Woken } from "./wake_ups.ts";

/** How many devices of a room count; further ones are as if they were alone. */
const MOST_DEVICES = 64;
/** What how many devices play is compared with what one hears; hardly a room has more that speak at once. */
const MOST_SPEAKERS = 8;

/** Something that was heard, on the process's clock. */
export interface HeardThen {
  readonly sound: HeardSound;
  readonly text: string;
  readonly fromMs: number;
  readonly throughMs: number;
}

/**
 * A device in a room, as the others know it.
 *
 * @internal
 */
export interface RoomDevice extends Woken {
  /** Whether it is listening. */
  readonly listens: () => boolean;
  /** Whether it says something at that time, or has until shortly before. */
  readonly isSpeaking: (fromMs: number, throughMs: number) => boolean;
  /** Whether something that was heard is what it says. */
  readonly hasSaid: (heard: HeardThen) => boolean;
}

/** A room in which several devices stand: those of them that are connected. */
export class Room {
  /** Which of those that are woken answers. */
  readonly wakeUps: WakeUps;
  /** Which of those that hear somebody answers. */
  readonly utterances: Utterances;
  readonly #devices = new Set<RoomDevice>();

  /** Nobody is in it. */
  constructor(clock: Clock) {
    this.wakeUps = new WakeUps(clock);
    this.utterances = new Utterances(clock);
  }

  /** Whether nobody is in it. */
  get isEmpty(): boolean {
    return this.#devices.size === 0;
  }

  /** A device comes in; whether there is room for it. */
  enter(device: RoomDevice): boolean {
    if (this.#devices.size >= MOST_DEVICES) return false;
    this.#devices.add(device);
    return true;
  }

  /** A device leaves. May be called twice. */
  leave(device: RoomDevice): void {
    if (!this.#devices.delete(device)) return;
    this.wakeUps.leave(device);
    this.utterances.leave(device);
  }

  /** Whether another device listens. */
  othersListen(besides: RoomDevice): boolean {
    for (const other of this.#devices) if (other !== besides && other.listens()) return true;
    return false;
  }

  /** Whether another device says something at that time. */
  othersSpeak(besides: RoomDevice, fromMs: number, throughMs: number): boolean {
    return this.#speakers(besides, fromMs, throughMs).length > 0;
  }

  /** Whether something that was heard is what another device says. */
  othersHaveSaid(besides: RoomDevice, heard: HeardThen): boolean {
    return this.#speakers(besides, heard.fromMs, heard.throughMs).some((other) => other.hasSaid(heard));
  }

  #speakers(besides: RoomDevice, fromMs: number, throughMs: number): readonly RoomDevice[] {
    const speakers: RoomDevice[] = [];
    for (const other of this.#devices) {
      if (speakers.length >= MOST_SPEAKERS) break;
      if (other !== besides && other.isSpeaking(fromMs, throughMs)) speakers.push(other);
    }
    return speakers;
  }
}
