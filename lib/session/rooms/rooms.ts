import type { Clock } from "../../lifecycle/mod.ts";
import { Room, type RoomDevice } from "./room.ts";

/** The room of a device, as the config has it. */
export interface RoomSettings {
  readonly name: string;
  /** How many devices stand in it. */
  readonly devices: number;
}

/** Options of {@linkcode Rooms}. */
export interface RoomsOptions {
  readonly clock: Clock;
  /** The room of a device, read anew when a turn starts; `undefined` for one that has none. */
  readonly roomOf: (deviceId: string) => RoomSettings | undefined;
  /** Told of a device for which a room has no place. Must not throw. */
  readonly onFull?: (() => void) | undefined;
}

/**
 * A room that a device is in.
 *
 * @internal
 */
export interface Occupied {
  readonly name: string;
  readonly room: Room;
  /** How many devices stand in it, as the config has it. */
  readonly devices: number;
}

/** The rooms in which several devices stand, while one of them is connected. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, Room>();

  /** Nobody is connected. */
  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  /** How many rooms there are in which a device is connected. */
  get size(): number {
    return this.#rooms.size;
  }

  /** The room of a device that shares it with others, as the config has it now. */
  settingsOf(deviceId: string): RoomSettings | undefined {
    const settings = this.#options.roomOf(deviceId);
    return settings === undefined || settings.devices < 2 ? undefined : settings;
  }

  /** A device comes in; `undefined` where the room is full. */
  enter(device: RoomDevice, { name, devices }: RoomSettings): Occupied | undefined {
    const room = this.#rooms.get(name) ?? new Room(this.#options.clock);
    if (!room.enter(device)) {
      this.#options.onFull?.();
      return undefined;
    }
    this.#rooms.set(name, room);
    return { name, room, devices };
  }

  /** A device leaves. */
  leave(device: RoomDevice, { name, room }: Occupied): void {
    room.leave(device);
    if (room.isEmpty) this.#rooms.delete(name);
  }
}
