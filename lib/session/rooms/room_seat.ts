import type { Clock } from "../../lifecycle/mod.ts";
import type { HeardThen, RoomDevice } from "./room.ts";
import { type RecentPacket, RecentSound } from "./recent_sound.ts";
import type { Occupied, Rooms } from "./rooms.ts";
import type { RoomUtterance, Utterance } from "./utterances.ts";
import type { WakeVerdict } from "./wake_ups.ts";

/** Options of a {@linkcode RoomSeat}. */
export interface RoomSeatOptions extends Omit<RoomDevice, "levelDb"> {
  readonly clock: Clock;
  /** The rooms of the process; without them every device is alone. */
  readonly rooms: Rooms | undefined;
  /** Who it is; one that does not say is alone. */
  readonly deviceId: string | undefined;
}

/** A session's place in the room of its device. Alone there, or without a room, it holds nothing and does nothing. */
export class RoomSeat {
  readonly #options: RoomSeatOptions;
  readonly #device: RoomDevice;
  readonly #recent = new RecentSound();
  #occupied: Occupied | undefined;
  #wokenMs: number | undefined;
  #left = false;

  /** It is in no room before {@linkcode RoomSeat.renew}. */
  constructor(options: RoomSeatOptions) {
    this.#options = options;
    const { clock } = options;
    this.#device = { ...options, levelDb: () => this.#recent.levelDb(clock.nowMs()) };
  }

  /** Whether other devices stand in the same room. */
  get isShared(): boolean {
    return this.#occupied !== undefined;
  }

  /** Whether another one of them listens. */
  get othersListen(): boolean {
    return this.#occupied?.room.othersListen(this.#device) === true;
  }

  /** Takes the place that the config has for the device now. */
  renew(): void {
    const { rooms, deviceId } = this.#options;
    if (rooms === undefined || deviceId === undefined || this.#left) return;
    const settings = rooms.settingsOf(deviceId);
    const { name, room } = this.#occupied ?? {};
    if (settings?.name === name) {
      if (settings !== undefined && room !== undefined) this.#occupied = { ...settings, room };
      return;
    }
    this.#leave();
    if (settings === undefined) return;
    this.#occupied = rooms.enter(this.#device, settings);
  }

  /** A packet came. */
  heard(packet: RecentPacket): void {
    if (this.#occupied !== undefined) this.#recent.push(packet);
  }

  /** The device begins to be listened to: by that alone it may have been woken. */
  listened(): void {
    this.#wokenMs ??= this.#options.clock.nowMs();
  }

  /** A wake word was told; whether this device answers it, void once `signal` aborts. `undefined` where it is alone. */
  wake(signal: AbortSignal): Promise<WakeVerdict> | undefined {
    this.#wokenMs = this.#options.clock.nowMs();
    const occupied = this.#occupied;
    return occupied?.room.wakeUps.wake(this.#device, { devices: occupied.devices, signal });
  }

  /** Somebody begins to speak to the device; `undefined` where it is alone. */
  begin(utterance: Utterance, { byButton }: { readonly byButton: boolean }): RoomUtterance | undefined {
    const options = { device: this.#device, byButton, wokenMs: this.#wokenMs };
    return this.#occupied?.room.utterances.begin(utterance, options);
  }

  /** Whether another device says something at that time. */
  othersSpeak(fromMs: number, throughMs: number): boolean {
    return this.#occupied?.room.othersSpeak(this.#device, fromMs, throughMs) === true;
  }

  /** Whether something that was heard is what another device says. */
  othersHaveSaid(heard: HeardThen): boolean {
    return this.#occupied?.room.othersHaveSaid(this.#device, heard) === true;
  }

  /** The session ends. May be called twice. */
  close(): void {
    this.#left = true;
    this.#leave();
  }

  #leave(): void {
    if (this.#occupied !== undefined) this.#options.rooms?.leave(this.#device, this.#occupied);
    this.#occupied = undefined;
    this.#recent.clear();
  }
}
