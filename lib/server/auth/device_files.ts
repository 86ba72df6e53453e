import { join } from "node:path";
import { z } from "zod";
import { EarshotError } from "../../errors/mod.ts";
import { writeSecretFile } from "./secret_file.ts";

/** What a device calls itself; by convention a MAC address and a UUID. */
export interface DeviceIds {
  /** The `Device-Id`. */
  readonly deviceId: string;
  /** The `Client-Id`; `null` for a device that sends none. */
  readonly clientId: string | null;
}

/** A device that may come in, under the `Client-Id` that it had when it was approved. */
export interface ApprovedDevice extends DeviceIds {
  /** When, as an ISO date. */
  readonly approvedAt: string;
  /** The board's name. */
  readonly board?: string | undefined;
}

/** A device that has asked and waits for somebody to approve it. */
export interface PendingDevice extends DeviceIds {
  /** Six digits, which the device shows. */
  readonly code: string;
  /** When it first asked, as an ISO date. */
  readonly askedAt: string;
  /** The board's name. */
  readonly board?: string | undefined;
  /** Where it asked from. */
  readonly address?: string | undefined;
}

const facts = { deviceId: z.string().min(1), clientId: z.string().nullable(), board: z.string().optional() };

const approvedDevice: z.ZodType<ApprovedDevice> = z.object({
  ...facts,
  approvedAt: z.string(),
});

const pendingDevice: z.ZodType<PendingDevice> = z.object({
  ...facts,
  code: z.string().regex(/^\d{6}$/),
  askedAt: z.string(),
  address: z.string().optional(),
});

/**
 * Which devices are approved and which wait, as files in two directories: one small file for each, so that the
 * gateway (which writes only the waiting ones) and the command line (which writes only the approved ones) never
 * need a lock.
 */
export class DeviceFiles {
  readonly #approved: string;
  readonly #pending: string;

  /** The files below `dir`. */
  constructor(dir: string) {
    this.#approved = join(dir, "approved");
    this.#pending = join(dir, "pending");
  }

  /** Changes whenever a device is approved or revoked, or waits no longer; cheap to ask. */
  async version(): Promise<string> {
    const times = await Promise.all([this.#approved, this.#pending].map(async (dir) => {
      try {
        return (await Deno.stat(dir)).mtime?.getTime() ?? 0;
      } catch (thrown) {
        if (thrown instanceof Deno.errors.NotFound) return 0;
        throw unreadable(dir, thrown);
      }
    }));
    return times.join(" ");
  }

  /** Every approved device. Rejects with `auth.unreadable`. */
  async approved(): Promise<ApprovedDevice[]> {
    return await readAll(this.#approved, approvedDevice);
  }

  /** Every device that waits, the oldest first. Rejects with `auth.unreadable`. */
  async pending(): Promise<PendingDevice[]> {
    const devices = await readAll(this.#pending, pendingDevice);
    return devices.sort((a, b) => a.askedAt < b.askedAt ? -1 : 1);
  }

  /** Remembers that a device waits. Rejects with `auth.unwritable`. */
  async addPending(device: PendingDevice): Promise<void> {
    await writeSecretFile(join(this.#pending, await pendingName(device)), JSON.stringify(device));
  }

  /** A device waits no longer. */
  async removePending(device: DeviceIds): Promise<void> {
    await remove(join(this.#pending, await pendingName(device)));
  }

  /** Approves a device; another one of the same `Device-Id` is approved no longer. Rejects with `auth.unwritable`. */
  async approve(device: ApprovedDevice): Promise<void> {
    await writeSecretFile(join(this.#approved, await fileName(device.deviceId)), JSON.stringify(device));
    for (const waiting of await this.pending()) {
      if (waiting.deviceId === device.deviceId) await this.removePending(waiting);
    }
  }

  /** Takes an approval back, and says whether there was one. Rejects with `auth.unwritable`. */
  async revoke(deviceId: string): Promise<boolean> {
    return await remove(join(this.#approved, await fileName(deviceId)));
  }
}

async function readAll<Device>(dir: string, schema: z.ZodType<Device>): Promise<Device[]> {
  const devices: Device[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(dir)) {
      if (!isFile || !name.endsWith(".json")) continue;
      const device = await readOne(join(dir, name), schema);
      if (device !== undefined) devices.push(device);
    }
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw unreadable(dir, thrown);
  }
  return devices;
}

/** One file; what has gone meanwhile, or was edited by hand into something else, is no device. */
async function readOne<Device>(path: string, schema: z.ZodType<Device>): Promise<Device | undefined> {
  try {
    return schema.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch (thrown) {
    const harmless = thrown instanceof Deno.errors.NotFound || thrown instanceof SyntaxError ||
      thrown instanceof z.ZodError;
    if (harmless) return undefined;
    throw thrown;
  }
}

async function remove(path: string): Promise<boolean> {
  try {
    await Deno.remove(path);
    return true;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return false;
    throw new EarshotError("auth.unwritable", `Cannot remove ${path}: the file system refuses`, { cause });
  }
}

function unreadable(dir: string, cause: unknown): EarshotError {
  return new EarshotError("auth.unreadable", `Cannot read ${dir}: the file system refuses`, { cause });
}

function pendingName({ deviceId, clientId }: DeviceIds): Promise<string> {
  return fileName(`${deviceId}\n${clientId ?? ""}`);
}

/** Ids may hold anything printable, so no file is called after them. */
async function fileName(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `${new Uint8Array(digest).toHex().slice(0, 32)}.json`;
}

/** Whether no change can have the same time any more: a directory's time is coarse. */
export function isSettled(version: string, nowMs: number): boolean {
  return version.split(" ").every((time) => Math.abs(nowMs - Number(time)) > 2_000);
}
