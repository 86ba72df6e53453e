import { DeviceHistory, type LoadedHistory } from "./device_history.ts";

/** How many devices are held; beyond it the one that has been away longest is read anew when it comes back. */
const MOST_DEVICES = 2_000;

/** The histories of all devices, so that one that comes back at once goes on where it was. */
export class DeviceHistories {
  readonly #histories = new Map<string, DeviceHistory>();
  readonly #load: (deviceId: string) => Promise<LoadedHistory>;

  /** `load` finds what was kept of a device. */
  constructor(load: (deviceId: string) => Promise<LoadedHistory>) {
    this.#load = load;
  }

  /** How many are held. */
  get size(): number {
    return this.#histories.size;
  }

  /** The history of a device, which begins to be read at the first call. */
  of(deviceId: string): DeviceHistory {
    const history = this.#histories.get(deviceId) ?? new DeviceHistory(() => this.#load(deviceId));
    this.#histories.delete(deviceId);
    this.#histories.set(deviceId, history);
    const [longestAway] = this.#histories.keys();
    if (longestAway !== undefined && this.#histories.size > MOST_DEVICES) {
      this.#histories.delete(longestAway);
    }
    return history;
  }

  /** Everything that a device has said is erased. */
  forget(deviceId: string): void {
    this.#histories.delete(deviceId);
  }
}
