import { DeviceHistory, type LoadedHistory } from "./device_history.ts";

/** How many devices are held; beyond it the one that has been away longest is read anew when it comes back. */
const MOST_DEVICES = 2_000;
/** What all of them hold together, in UTF-16 units; 32 MiB. */
const MOST_CHARS = 16_777_216;

/** The histories of all devices, so that one that comes back at once goes on where it was. */
export class DeviceHistories {
  readonly #histories = new Map<string, DeviceHistory>();
  readonly #load: (deviceId: string) => Promise<LoadedHistory>;
  #dropped = 0;

  /** `load` finds what was kept of a device. */
  constructor(load: (deviceId: string) => Promise<LoadedHistory>) {
    this.#load = load;
  }

  /** How many are held, what they hold in UTF-16 units, and how many were dropped for want of room. */
  get stats(): { readonly devices: number; readonly chars: number; readonly dropped: number } {
    return { devices: this.#histories.size, chars: this.#chars, dropped: this.#dropped };
  }

  /** The history of a device, which begins to be read at the first call. */
  of(deviceId: string): DeviceHistory {
    const history = this.#histories.get(deviceId) ?? new DeviceHistory(() => this.#load(deviceId));
    this.#histories.delete(deviceId);
    this.#histories.set(deviceId, history);
    let left = this.#chars;
    for (const [longestAway, { chars }] of this.#histories) {
      if (longestAway === deviceId || (this.#histories.size <= MOST_DEVICES && left <= MOST_CHARS)) break;
      this.#histories.delete(longestAway);
      left -= chars;
      this.#dropped++;
    }
    return history;
  }

  /** Everything that a device has said is erased. */
  forget(deviceId: string): void {
    this.#histories.delete(deviceId);
  }

  get #chars(): number {
    let chars = 0;
    for (const history of this.#histories.values()) chars += history.chars;
    return chars;
  }
}
