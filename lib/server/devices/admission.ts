import { EarshotError } from "../../errors/mod.ts";
import { deviceKey } from "../../protocol/mod.ts";

/** The part of the descriptors that sessions may take; the rest is for new connections, HTTP, files and child processes. */
const DESCRIPTOR_SHARE = 0.4;

/** Options of an {@linkcode Admission}. */
export interface AdmissionOptions {
  /** The most places. */
  readonly maxSessions: number;
  /** The most places for one address. */
  readonly maxSessionsPerAddress: number;
  /** How many descriptors the process may have, where that is known. */
  readonly descriptorLimit?: number | undefined;
}

/** Who asks for a place. */
export interface PlaceRequest {
  /** The address that the place is counted under; without one only the total counts. */
  readonly address?: string | undefined;
  /** The device's id; without one the connection stands for itself. */
  readonly deviceId?: string | undefined;
  /** The id of the program on it: two of them with one device id are two devices. */
  readonly clientId?: string | undefined;
}

/** What {@linkcode Admission} holds and has counted. */
export interface AdmissionStats {
  /** The most places, as the descriptors allow. */
  readonly limit: number;
  /** Places that are taken: every connection that has not ended, whatever became of its session. */
  readonly held: number;
  /** Those of them that are being given up for a newer connection of the same device. */
  readonly yielding: number;
  /** Devices refused because there was no place. */
  readonly refusedFull: number;
  /** Devices refused because their address had no place left. */
  readonly refusedAddressFull: number;
  /** Connections that were given up for a newer one of the same device. */
  readonly replaced: number;
}

/**
 * Bounds the sessions. A place is taken before the upgrade and held until the connection and its session have both
 * ended, so a connection that cannot be ended keeps its place. A device, which is its `Device-Id` and its
 * `Client-Id` together, has one connection: the newer wins, and while the older is on its way out it does not count,
 * once for each device at a time; so there are never more than two connections for a place.
 */
export class Admission {
  /** The most places: as configured, or less where the descriptors do not allow it. */
  readonly limit: number;
  readonly #options: AdmissionOptions;
  readonly #addresses = new Map<string, number>();
  readonly #devices = new Map<string, Occupancy>();
  readonly #yielding = new Map<string, Occupancy>();
  #held = 0;
  #refusedFull = 0;
  #refusedAddressFull = 0;
  #replaced = 0;

  /** Every place is free. */
  constructor(options: AdmissionOptions) {
    const { maxSessions, descriptorLimit = Infinity } = options;
    this.#options = options;
    this.limit = Math.max(1, Math.min(maxSessions, Math.floor(descriptorLimit * DESCRIPTOR_SHARE)));
  }

  /** A snapshot. */
  get stats(): AdmissionStats {
    return {
      limit: this.limit,
      held: this.#held,
      yielding: this.#yielding.size,
      refusedFull: this.#refusedFull,
      refusedAddressFull: this.#refusedAddressFull,
      replaced: this.#replaced,
    };
  }

  /** What to do about a limit that descriptors have lowered; `undefined` when they have not. */
  get advice(): string | undefined {
    const { maxSessions, descriptorLimit } = this.#options;
    if (this.limit >= maxSessions) return undefined;
    const needed = Math.ceil(maxSessions / DESCRIPTOR_SHARE);
    return `Only ${this.limit} sessions instead of ${maxSessions}: the process may open ${descriptorLimit} files. ` +
      `Raise that to ${needed} (ulimit -n ${needed}, or LimitNOFILE=${needed} in a systemd unit), ` +
      `or set limits.server.maxSessions to ${this.limit}.`;
  }

  /**
   * Takes a place, which the caller releases.
   *
   * @throws {EarshotError} `server.full` or `server.address_full`
   */
  admit({ address, deviceId, clientId }: PlaceRequest): Place {
    const device = deviceId === undefined ? undefined : deviceKey({ deviceId, clientId });
    const older = device === undefined ? undefined : this.#devices.get(device);
    // The older connection of the same device makes room, unless an even older one of it still does.
    const leaving = older !== undefined && !this.#yielding.has(older.device) ? older : undefined;
    const taken = this.#held - this.#yielding.size - (leaving === undefined ? 0 : 1);
    if (taken >= this.limit) {
      this.#refusedFull++;
      throw new EarshotError("server.full", `Cannot take a device now: all ${this.limit} places are taken`);
    }
    if (address !== undefined) {
      const { maxSessionsPerAddress } = this.#options;
      const takenHere = (this.#addresses.get(address) ?? 0) - (leaving?.address === address ? 1 : 0);
      if (takenHere >= maxSessionsPerAddress) {
        this.#refusedAddressFull++;
        throw new EarshotError(
          "server.address_full",
          `Cannot take a device now: its address has ${maxSessionsPerAddress} connections already`,
        );
      }
      this.#count(address, 1);
    }
    this.#held++;
    let occupancy: Occupancy | undefined;
    let released = false;
    return {
      occupy: (onReplaced) => {
        if (device === undefined || released) return;
        occupancy = { device, address, onReplaced };
        this.#occupy(occupancy);
      },
      sessionClosed: () => this.#leave(occupancy),
      release: () => {
        if (released) return;
        released = true;
        this.#leave(occupancy);
        this.#held--;
        if (address !== undefined) this.#count(address, -1);
      },
    };
  }

  /** The connection of a device is there: an older one of the same device is told to leave. */
  #occupy(occupancy: Occupancy): void {
    const { device } = occupancy;
    const older = this.#devices.get(device);
    this.#devices.set(device, occupancy);
    if (older === undefined) return;
    this.#replaced++;
    if (!this.#yielding.has(device)) this.#yield(older);
    older.onReplaced();
  }

  #yield(older: Occupancy): void {
    this.#yielding.set(older.device, older);
    if (older.address !== undefined) this.#count(older.address, -1);
  }

  /** Its session is over: what is left of the connection counts like any other. */
  #leave(occupancy: Occupancy | undefined): void {
    if (occupancy === undefined) return;
    const { device, address } = occupancy;
    if (this.#devices.get(device) === occupancy) this.#devices.delete(device);
    if (this.#yielding.get(device) !== occupancy) return;
    this.#yielding.delete(device);
    if (address !== undefined) this.#count(address, 1);
  }

  #count(address: string, change: number): void {
    const count = (this.#addresses.get(address) ?? 0) + change;
    if (count > 0) this.#addresses.set(address, count);
    else this.#addresses.delete(address);
  }
}

/** One admitted connection. */
export interface Place {
  /** The connection is there: an older one of the same device is told to leave. */
  occupy(onReplaced: () => void): void;
  /** The session is over, though its connection may not be. */
  sessionClosed(): void;
  /** Session and connection have ended. May be called twice. */
  release(): void;
}

interface Occupancy {
  readonly device: string;
  readonly address: string | undefined;
  readonly onReplaced: () => void;
}
