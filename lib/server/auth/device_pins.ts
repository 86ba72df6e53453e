import type { DeviceIds } from "./device_files.ts";
import { pinName } from "./pin_files.ts";

/** A pair of `Device-Id` and `Client-Id` that is trusted without approval, because it came first. */
export interface PinnedDevice extends DeviceIds {
  /** When it came first, as an ISO date. */
  readonly pinnedAt: string;
}

/** Why a device is not trusted. */
export const UNTRUSTED_REASONS = [
  /** It has no `Device-Id`. */
  "unnamed",
  /** Another `Client-Id` is pinned, or approved, for its `Device-Id`. */
  "other_client",
  /** The file that says which one is pinned is damaged. */
  "damaged",
  /** The pins could not be read yet. */
  "unread",
  /** There are as many pins as may be, each of a device that is connected. */
  "full",
] as const;

/** Why a device is not trusted. */
export type UntrustedReason = typeof UNTRUSTED_REASONS[number];

/** What happens to the pins, for whoever keeps them on the disk. Must not throw. */
export interface PinWatcher {
  /** A pair is pinned from now on. */
  pinned(device: PinnedDevice): void;
  /** It came again. */
  seen(device: PinnedDevice): void;
  /** It was dropped for want of room. */
  dropped(device: PinnedDevice): void;
}

/** What the disk says that the pins did not know. */
export interface PinChanges {
  /** Pins that were taken away, by their `Device-Id`. */
  readonly gone?: readonly string[];
  /** Pins that came, the one seen longest ago first. */
  readonly found?: readonly PinnedDevice[];
  /** The names of all files that are damaged. */
  readonly damaged: ReadonlySet<string>;
  /** Every device that is approved. */
  readonly approved: readonly DeviceIds[];
}

/** What is held, and what was counted. */
export interface PinStats {
  /** Pairs that are pinned. */
  readonly pinned: number;
  /** `Device-Id`s of which nobody is trusted, since their file is damaged. */
  readonly damaged: number;
  /** Pins that were dropped for want of room. */
  readonly dropped: number;
}

/** Options of {@linkcode DevicePins}. */
export interface DevicePinsOptions {
  /** How many are held; beyond it the one that was seen longest ago is dropped. */
  readonly maxPinned: number;
  /** The time of day, in ms since 1970. */
  readonly wallMs: () => number;
  /** Whether what was pinned before is to be read first: nobody is pinned until then. Default: no. */
  readonly kept?: boolean;
}

/**
 * Whom a gateway trusts that lets everybody in: of each `Device-Id` the `Client-Id` that came first. Held in memory, so
 * that nobody who connects waits for a disk.
 */
export class DevicePins {
  /** By their `Device-Id`; the one seen longest ago first. */
  readonly #pins = new Map<string, PinnedDevice>();
  /** By their `Device-Id`: what the operator has said counts more than who came first. */
  readonly #approved = new Map<string, string | null>();
  readonly #options: DevicePinsOptions;
  readonly #changeWatchers = new Set<(deviceId: string) => void>();
  #watcher: PinWatcher | undefined;
  #damaged: ReadonlySet<string> = new Set();
  #unread: boolean;
  #dropped = 0;

  /** Nobody is pinned yet. */
  constructor(options: DevicePinsOptions) {
    this.#options = options;
    this.#unread = options.kept ?? false;
  }

  /** What is held, and what was counted. */
  get stats(): PinStats {
    return { pinned: this.#pins.size, damaged: this.#damaged.size, dropped: this.#dropped };
  }

  /** Told of what has to be kept. */
  watch(watcher: PinWatcher): void {
    this.#watcher = watcher;
  }

  /** Told each `Device-Id` of which the operator has changed who is trusted. */
  onChanged(watcher: (deviceId: string) => void): void {
    this.#changeWatchers.add(watcher);
  }

  /** What a device would be, were it to connect now; `new` for one that would be pinned. */
  standing({ deviceId, clientId }: DeviceIds): "trusted" | "new" | UntrustedReason {
    const approved = this.#approved.get(deviceId);
    if (approved !== undefined) return approved === clientId ? "trusted" : "other_client";
    const pin = this.#pins.get(deviceId);
    if (pin !== undefined) return pin.clientId === clientId ? "trusted" : "other_client";
    if (this.#unread) return "unread";
    return this.#damaged.size > 0 && this.#damaged.has(pinName(deviceId)) ? "damaged" : "new";
  }

  /** A device connects: the first one of its `Device-Id` is pinned. `connected` gives the `Device-Id`s that are. */
  take(device: DeviceIds, connected: () => ReadonlySet<string>): "trusted" | UntrustedReason {
    const standing = this.standing(device);
    if (standing !== "new") {
      if (standing === "trusted") this.#see(device.deviceId);
      return standing;
    }
    if (this.#pins.size >= this.#options.maxPinned && !this.#makeRoom(connected())) return "full";
    const { deviceId, clientId } = device;
    const pin = { deviceId, clientId, pinnedAt: new Date(this.#options.wallMs()).toISOString() };
    this.#pins.set(deviceId, pin);
    this.#watcher?.pinned(pin);
    return "trusted";
  }

  /** Takes over what the disk says. */
  apply({ gone = [], found = [], damaged, approved }: PinChanges): void {
    const changed = new Set<string>(gone);
    for (const deviceId of gone) this.#pins.delete(deviceId);
    for (const pin of found) {
      if (this.#pins.get(pin.deviceId)?.clientId !== pin.clientId) changed.add(pin.deviceId);
      this.#pins.set(pin.deviceId, pin);
    }
    this.#damaged = damaged;
    const before = new Map(this.#approved);
    this.#approved.clear();
    for (const { deviceId, clientId } of approved) this.#approved.set(deviceId, clientId);
    for (const deviceId of new Set([...before.keys(), ...this.#approved.keys()])) {
      if (before.get(deviceId) !== this.#approved.get(deviceId)) changed.add(deviceId);
    }
    this.#unread = false;
    while (this.#pins.size > this.#options.maxPinned) this.#makeRoom(new Set());
    for (const deviceId of changed) for (const watcher of this.#changeWatchers) watcher(deviceId);
  }

  #see(deviceId: string): void {
    const pin = this.#pins.get(deviceId);
    if (pin === undefined) return; // it is approved
    // Taken out and put back, so that the map begins with who was seen longest ago.
    this.#pins.delete(deviceId);
    this.#pins.set(deviceId, pin);
    this.#watcher?.seen(pin);
  }

  /** Drops the pin that was seen longest ago of those whose device is away. */
  #makeRoom(connected: ReadonlySet<string>): boolean {
    for (const [deviceId, pin] of this.#pins) {
      if (connected.has(deviceId)) continue;
      this.#pins.delete(deviceId);
      this.#dropped++;
      this.#watcher?.dropped(pin);
      return true;
    }
    return false;
  }
}
