import { join } from "node:path";
import { EarshotError } from "../../errors/mod.ts";
import { type Clock, type Scope, withDeadline } from "../../lifecycle/mod.ts";
import { type DeviceFiles, isSettled } from "./device_files.ts";
import type { DevicePins, PinnedDevice } from "./device_pins.ts";
import { type PinFiles, pinName } from "./pin_files.ts";

/** How often the files are looked at, and what failed is tried again, in ms. */
const ROUND_EVERY_MS = 1_000;

/** How long the start waits for a disk, in ms; nobody is pinned before the files were read. */
const DISK_DEADLINE_MS = 2_000;

/** How exactly it is kept when a device was seen last, in ms: which pin is dropped needs no more. */
const SEEN_MS = 60 * 60 * 1_000;

/** How long what is left is still written while the gateway closes, in ms. */
const CLOSE_MS = 1_500;

/** How many damaged files an error names. */
const MAX_NAMED = 3;

/** Options of a {@linkcode PinKeeper}. */
export interface PinKeeperOptions {
  /** What is kept. */
  readonly pins: DevicePins;
  /** Where. */
  readonly files: Pick<PinFiles, "dir" | "version" | "names" | "read" | "add" | "touch" | "remove">;
  /** Where the approvals are, which count as well. */
  readonly approvals: Pick<DeviceFiles, "version" | "approved">;
  /** Owns the work. */
  readonly scope: Scope;
  /** The time source. */
  readonly clock: Clock;
  /** The time of day, in ms since 1970. */
  readonly wallMs: () => number;
  /** Told when files cannot be read or written, or are damaged. Must not throw. */
  readonly onError: (error: EarshotError) => void;
}

/** What is to be done with a file. */
type Job =
  | { readonly type: "add"; readonly device: PinnedDevice; readonly afterDrop: boolean; begun: boolean }
  | { readonly type: "drop"; readonly device: PinnedDevice }
  | { readonly type: "seen"; readonly device: PinnedDevice; readonly seenMs: number };

/**
 * Keeps the pins on the disk, and tells them what the command line has changed there. Nobody waits for it: what cannot be
 * written is tried again each second. It never writes over a file, so that no pin comes back that was taken away.
 */
export class PinKeeper {
  readonly #options: PinKeeperOptions;
  /** What is to be done, one for each file. */
  readonly #jobs = new Map<string, Job>();
  /** Files that are known, with when their device was seen last; `damaged` for what is none. */
  readonly #files = new Map<string, { readonly deviceId: string; seenMs: number } | "damaged">();
  /** One thing at a time: a look must not miss a file that is being written. */
  #work: Promise<void> = Promise.resolve();
  #writing: Promise<void> | undefined;
  #looking: Promise<void> | undefined;
  #version = "";
  #failures = 0;
  /** When writing ends, by the clock. */
  #closesAtMs = Infinity;
  #cancel = () => {};

  private constructor(options: PinKeeperOptions) {
    this.#options = options;
  }

  /** Reads the files and begins to follow them. What cannot be read in time is told, and read later. Never rejects. */
  static async open(options: PinKeeperOptions): Promise<PinKeeper> {
    const keeper = new PinKeeper(options);
    const { pins, scope, clock, onError } = options;
    pins.watch({
      pinned: (device) => keeper.#pinned(device),
      seen: (device) => keeper.#seen(device),
      dropped: (device) => keeper.#dropped(device),
    });
    await withDeadline(keeper.refresh(), DISK_DEADLINE_MS, { what: "the pins of the devices", clock })
      .catch((thrown) => onError(EarshotError.from(thrown, "auth.unreadable")));
    scope.own("device pins", async () => {
      keeper.#cancel();
      keeper.#closesAtMs = clock.nowMs() + CLOSE_MS;
      await keeper.#write();
    });
    keeper.#later();
    return keeper;
  }

  /** How many changes wait for the disk, and how often it has refused one. */
  get stats(): { readonly unwritten: number; readonly failures: number } {
    return { unwritten: this.#jobs.size, failures: this.#failures };
  }

  /** Writes what is left and reads what has changed; joins a reading under way. Never rejects. */
  refresh(): Promise<void> {
    void this.#write();
    this.#looking ??= this.#alone(() => this.#look()).finally(() => this.#looking = undefined);
    return this.#looking;
  }

  #pinned(device: PinnedDevice): void {
    const name = pinName(device.deviceId);
    const afterDrop = this.#jobs.get(name)?.type === "drop";
    this.#jobs.set(name, { type: "add", device, afterDrop, begun: false });
    void this.#write();
  }

  #seen(device: PinnedDevice): void {
    const name = pinName(device.deviceId);
    const file = this.#files.get(name);
    const seenMs = this.#options.wallMs();
    if (this.#jobs.has(name) || file === undefined || file === "damaged") return;
    if (Math.abs(seenMs - file.seenMs) < SEEN_MS) return;
    file.seenMs = seenMs;
    this.#jobs.set(name, { type: "seen", device, seenMs });
    void this.#write();
  }

  #dropped(device: PinnedDevice): void {
    const name = pinName(device.deviceId);
    const job = this.#jobs.get(name);
    // What never reached the disk need not be removed there, so no more waits than there are files and pins.
    if (job?.type === "add" && !job.begun && !job.afterDrop) this.#jobs.delete(name);
    else this.#jobs.set(name, { type: "drop", device });
    void this.#write();
  }

  /** Does what is to be done with files; joins a writing under way. Never rejects. */
  #write(): Promise<void> {
    this.#writing ??= this.#alone(() => this.#writeAll()).finally(() => this.#writing = undefined);
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    // What comes meanwhile is seen as well; the first that fails ends it, and all that is left is for the next round.
    for (const [name, job] of this.#jobs) {
      if (this.#options.clock.nowMs() >= this.#closesAtMs) return;
      try {
        await this.#do(name, job);
      } catch (thrown) {
        if (job.type === "add") job.begun = false;
        this.#failures++;
        throw thrown;
      }
      if (this.#jobs.get(name) === job) this.#jobs.delete(name);
    }
  }

  async #do(name: string, job: Job): Promise<void> {
    const { files, wallMs } = this.#options;
    const { deviceId } = job.device;
    switch (job.type) {
      case "add":
        job.begun = true;
        if (job.afterDrop) await files.remove(deviceId);
        await files.add(job.device);
        this.#files.set(name, { deviceId, seenMs: wallMs() });
        return;
      case "seen":
        await files.touch(deviceId, job.seenMs);
        return;
      case "drop":
        await files.remove(deviceId);
        this.#files.delete(name);
    }
  }

  async #look(): Promise<void> {
    const { pins, files, approvals, onError, wallMs } = this.#options;
    const version = await this.#askVersion();
    if (version === this.#version) return;
    const [names, approved] = await Promise.all([files.names(), approvals.approved()]);
    const gone: string[] = [];
    for (const [name, file] of this.#files) {
      if (names.has(name)) continue;
      this.#files.delete(name);
      if (file !== "damaged") gone.push(file.deviceId);
    }
    // A damaged file may have been repaired.
    const unknown = [...names].filter((name) => (this.#files.get(name) ?? "damaged") === "damaged");
    const { pins: found, damaged } = await files.read(unknown);
    for (const { device: { deviceId }, seenMs } of found) {
      this.#files.set(pinName(deviceId), { deviceId, seenMs });
    }
    const news = damaged.filter((name) => !this.#files.has(name));
    for (const name of damaged) this.#files.set(name, "damaged");
    pins.apply({ gone, found: found.map(({ device }) => device), damaged: new Set(damaged), approved });
    if (news.length > 0) onError(damagedFiles(news.map((name) => join(files.dir, name))));
    // The directory's time is coarse: what is changed within it again is seen at the next look.
    this.#version = isSettled(version, wallMs()) && await this.#askVersion() === version ? version : "";
  }

  async #askVersion(): Promise<string> {
    const { files, approvals } = this.#options;
    return (await Promise.all([files.version(), approvals.version()])).join(" ");
  }

  /** Does something after all that was begun before. */
  #alone(work: () => Promise<void>): Promise<void> {
    const { onError } = this.#options;
    this.#work = this.#work.then(work)
      .catch((thrown) => onError(EarshotError.from(thrown, "auth.unreadable")));
    return this.#work;
  }

  #later(): void {
    const { clock, scope } = this.#options;
    this.#cancel = clock.schedule(ROUND_EVERY_MS, () => {
      void this.refresh().then(() => {
        if (scope.state === "open") this.#later();
      });
    });
  }
}

function damagedFiles(paths: readonly string[]): EarshotError {
  const more = paths.length > MAX_NAMED ? ` and ${paths.length - MAX_NAMED} more` : "";
  return new EarshotError(
    "auth.pin_damaged",
    `Cannot trust any device of these Device-Ids: ${
      paths.slice(0, MAX_NAMED).join(", ")
    }${more} cannot be understood`,
  );
}
