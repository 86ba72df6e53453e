import { EarshotError } from "../../errors/mod.ts";
import { type Clock, type Scope, withDeadline } from "../../lifecycle/mod.ts";
import { deviceKey } from "../../protocol/mod.ts";
import {
  type ApprovedDevice,
  type DeviceFiles,
  type DeviceIds,
  isSettled,
  type PendingDevice,
} from "./device_files.ts";

/** How often the files are looked at, in ms: an approval or a revocation counts within that. */
const LOOK_EVERY_MS = 1_000;

/** How long a device that asks waits for a disk, in ms; then what was read last counts. */
const DISK_DEADLINE_MS = 2_000;

/** How long a device waits for approval before it is forgotten, in ms. */
const PENDING_LIFE_MS = 24 * 60 * 60 * 1_000;

/** How often a code is drawn before the draw counts as broken; nearly all codes are free. */
const MAX_DRAWS = 100;

/** Options of a {@linkcode DeviceRegistry}. */
export interface DeviceRegistryOptions {
  /** Where approvals are kept. */
  readonly files: Pick<DeviceFiles, "version" | "approved" | "pending" | "addPending" | "removePending">;
  /** Owns the looking. */
  readonly scope: Scope;
  /** The time source. */
  readonly clock: Clock;
  /** The time of day, in ms since 1970. */
  readonly wallMs: () => number;
  /** How many devices may wait. */
  readonly maxPending: number;
  /** Told when the files cannot be read or written; what was read last stays in force. Must not throw. */
  readonly onError: (error: EarshotError) => void;
  /** Done at each look as well. */
  readonly onLook?: () => Promise<void>;
}

/** A device that asks for approval. */
export interface Applicant extends DeviceIds {
  /** The board's name. */
  readonly board?: string | undefined;
  /** Where it asks from. */
  readonly address: string;
}

/** What is held, and what was counted. */
export interface DeviceRegistryStats {
  /** Devices that are approved. */
  readonly approved: number;
  /** Devices that wait. */
  readonly pending: number;
  /** Devices that were forgotten because too many waited. */
  readonly dropped: number;
}

/**
 * The gateway's view of who is approved, kept in memory, so that nobody who connects waits for a disk. It follows
 * the files, which the command line changes.
 */
export class DeviceRegistry {
  readonly #options: DeviceRegistryOptions;
  readonly #approved = new Map<string, ApprovedDevice>();
  readonly #pending = new Map<string, PendingDevice>();
  /** Those whose file is being written. */
  readonly #applying = new Set<PendingDevice>();
  readonly #watchers = new Set<(deviceId: string) => void>();
  #version = "";
  #refreshing: Promise<void> | undefined;
  #cancelLook = () => {};
  #dropped = 0;

  private constructor(options: DeviceRegistryOptions) {
    this.#options = options;
  }

  /** Reads the files and begins to follow them. Rejects with `auth.unreadable`. */
  static async open(options: DeviceRegistryOptions): Promise<DeviceRegistry> {
    const registry = new DeviceRegistry(options);
    await registry.#read();
    options.scope.own("device registry", async () => {
      registry.#cancelLook();
      await registry.#refreshing;
    });
    registry.#lookLater();
    return registry;
  }

  /** What is held, and what was counted. */
  get stats(): DeviceRegistryStats {
    return { approved: this.#approved.size, pending: this.#pending.size, dropped: this.#dropped };
  }

  /** Whether a device is approved, under this `Client-Id`. */
  isApproved({ deviceId, clientId }: DeviceIds): boolean {
    return this.#approved.get(deviceId)?.clientId === clientId;
  }

  /** Whether a device waits for approval. */
  isPending(device: DeviceIds): boolean {
    return this.#pending.has(deviceKey(device));
  }

  /** The code of a device that waits for approval; `undefined` for one that does not. */
  codeOf(device: DeviceIds): string | undefined {
    return this.#pending.get(deviceKey(device))?.code;
  }

  /** The board of an approved device, where it has said so. */
  boardOf({ deviceId, clientId }: DeviceIds): string | undefined {
    const device = this.#approved.get(deviceId);
    return device?.clientId === clientId ? device.board : undefined;
  }

  /** Told the `Device-Id` of each approval that was taken back or given to another device. */
  onRevoked(watcher: (deviceId: string) => void): void {
    this.#watchers.add(watcher);
  }

  /** Reads what has changed; joins a reading under way. Never rejects. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#look().finally(() => this.#refreshing = undefined);
    return this.#refreshing;
  }

  /** Reads what has changed, if the disk gives it in time. Never rejects. */
  async catchUp(): Promise<void> {
    const { clock } = this.#options;
    await withDeadline(this.refresh(), DISK_DEADLINE_MS, { what: "the files of the devices", clock })
      .catch(() => {}); // what was read last counts
  }

  /**
   * The code under which somebody can approve the device; it waits from now on, if it did not yet. Rejects with
   * `auth.unwritable`, or `lifecycle.deadline` when the disk hangs.
   */
  async apply(applicant: Applicant): Promise<string> {
    const waiting = this.#pending.get(deviceKey(applicant));
    if (waiting !== undefined) return waiting.code;
    const { deviceId, clientId, board, address } = applicant;
    const device: PendingDevice = {
      deviceId,
      clientId,
      code: this.#drawCode(),
      askedAt: new Date(this.#options.wallMs()).toISOString(),
      address,
      ...(board !== undefined && { board }),
    };
    this.#pending.set(deviceKey(device), device);
    this.#applying.add(device);
    const surplus = this.#pending.size > this.#options.maxPending ? this.#heaviest() : undefined;
    if (surplus !== undefined) {
      this.#dropped++;
      this.#pending.delete(deviceKey(surplus));
    }
    const { files, clock } = this.#options;
    const write = async () => {
      if (surplus !== undefined) await files.removePending(surplus);
      await files.addPending(device);
    };
    try {
      await withDeadline(write(), DISK_DEADLINE_MS, { what: "the file of a device", clock });
    } catch (thrown) {
      this.#pending.delete(deviceKey(device));
      throw thrown;
    } finally {
      this.#applying.delete(device);
    }
    return device.code;
  }

  async #look(): Promise<void> {
    const { onLook, onError } = this.#options;
    for (const result of await Promise.allSettled([this.#read(), onLook?.()])) {
      if (result.status === "rejected") onError(EarshotError.from(result.reason, "auth.unreadable"));
    }
  }

  async #read(): Promise<void> {
    const { files, wallMs } = this.#options;
    const version = await files.version();
    if (version === this.#version) return;
    const [approved, pending] = await Promise.all([files.approved(), files.pending()]);
    const before = [...this.#approved.values()];
    this.#approved.clear();
    for (const device of approved) this.#approved.set(device.deviceId, device);
    this.#pending.clear();
    for (const device of this.#applying) this.#pending.set(deviceKey(device), device);
    const oldestMs = wallMs() - PENDING_LIFE_MS;
    for (const device of pending) {
      if (Date.parse(device.askedAt) >= oldestMs) this.#pending.set(deviceKey(device), device);
      else await files.removePending(device);
    }
    // The directory's time is coarse: what is changed within it again is seen at the next look.
    this.#version = await files.version() === version && isSettled(version, wallMs()) ? version : "";
    for (const device of before) {
      if (!this.isApproved(device)) { for (const watcher of this.#watchers) watcher(device.deviceId); }
    }
  }

  #lookLater(): void {
    this.#cancelLook = this.#options.clock.schedule(LOOK_EVERY_MS, () => {
      void this.refresh().then(() => {
        if (this.#options.scope.state === "open") this.#lookLater();
      });
    });
  }

  #drawCode(): string {
    const taken = new Set(Array.from(this.#pending.values(), ({ code }) => code));
    for (let draw = 0; draw < MAX_DRAWS; draw++) {
      const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
      const code = String(number % 1_000_000).padStart(6, "0");
      if (!taken.has(code)) return code;
    }
    throw new EarshotError("internal", "Cannot draw a code: all seem to be taken");
  }

  /** The oldest device of the address from which most wait, so that one address cannot drive out the others. */
  #heaviest(): PendingDevice | undefined {
    const groups = Map.groupBy(this.#pending.values(), ({ address }) => address);
    let heaviest: readonly PendingDevice[] = [];
    for (const group of groups.values()) if (group.length > heaviest.length) heaviest = group;
    return heaviest[0];
  }
}
