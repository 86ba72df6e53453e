/** Who may have a photo looked at now: so many in the process, one a device. */
export class PhotoPlaces {
  readonly #max: number;
  readonly #devices = new Set<string>();

  /** All are free. */
  constructor(max: number) {
    this.#max = max;
  }

  /** How many are taken. */
  get taken(): number {
    return this.#devices.size;
  }

  /** Takes a place for a device, and gives what gives it back; `undefined` where there is none. */
  take(device: string): (() => void) | undefined {
    if (this.#devices.size >= this.#max || this.#devices.has(device)) return undefined;
    this.#devices.add(device);
    return () => this.#devices.delete(device);
  }
}
