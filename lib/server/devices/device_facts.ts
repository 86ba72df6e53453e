import { deviceKey, type OtaRequest } from "../../protocol/mod.ts";

/** The most devices of which is remembered what they said; beyond it the one that said it longest ago is forgotten. */
const MAX_DEVICES = 4_096;

/** What a device has said of itself when it asked for its server; its socket says none of it. */
export type DeviceFact = Pick<OtaRequest, "board" | "firmwareVersion">;

/** What devices have said of themselves since the start; shown to operators, and never decided by. */
export class DeviceFacts {
  readonly #facts = new Map<string, DeviceFact>();

  /** Takes what a device says. */
  remember({ board, firmwareVersion, ...device }: OtaRequest): void {
    const key = deviceKey(device);
    // Taken out and put back, so that the map begins with who asked longest ago.
    this.#facts.delete(key);
    this.#facts.set(key, { ...(board !== undefined && { board }), firmwareVersion });
    const [oldest = key] = this.#facts.keys();
    if (this.#facts.size > MAX_DEVICES) this.#facts.delete(oldest);
  }

  /** What a device has said. */
  of(device: Pick<OtaRequest, "deviceId" | "clientId">): DeviceFact | undefined {
    return this.#facts.get(deviceKey(device));
  }
}
