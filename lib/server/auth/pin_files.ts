import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { EarshotError } from "../../errors/mod.ts";
import type { PinnedDevice } from "./device_pins.ts";
import { writeSecretFile } from "./secret_file.ts";

/** How many files are read at once. */
const READERS = 16;

/** A pin as it is found on the disk. */
export interface KeptPin {
  readonly device: PinnedDevice;
  /** When the device was seen last, in ms since 1970. */
  readonly seenMs: number;
}

/** What was found of the pins. */
export interface FoundPins {
  /** The one seen longest ago first. */
  readonly pins: readonly KeptPin[];
  /** The names of files that are no pin, though they should be one. */
  readonly damaged: readonly string[];
}

const pinnedDevice: z.ZodType<PinnedDevice> = z.object({
  deviceId: z.string().min(1),
  clientId: z.string().nullable(),
  pinnedAt: z.iso.datetime(),
});

/**
 * Which pairs are pinned, as files in a directory: one small file for each, whose time is when the device was seen last.
 * The gateway writes them; the command line only removes some. A file's name tells the `Device-Id` that it is of, so
 * that a damaged one lets in nobody else.
 */
export class PinFiles {
  /** Where they are. */
  readonly dir: string;

  /** The files below `auth`. */
  constructor(auth: string) {
    this.dir = join(auth, "pinned");
  }

  /** Changes whenever a file comes or goes; cheap to ask. Rejects with `auth.unreadable`. */
  async version(): Promise<string> {
    try {
      return String((await Deno.stat(this.dir)).mtime?.getTime() ?? 0);
    } catch (thrown) {
      if (thrown instanceof Deno.errors.NotFound) return "0";
      throw unreadable(this.dir, thrown);
    }
  }

  /** The names of all files. Rejects with `auth.unreadable`. */
  async names(): Promise<Set<string>> {
    const names = new Set<string>();
    try {
      for await (const { name } of Deno.readDir(this.dir)) if (name.endsWith(".json")) names.add(name);
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.NotFound)) throw unreadable(this.dir, thrown);
    }
    return names;
  }

  /** Reads the files of these names, by default all. What is gone meanwhile is left out. Rejects with `auth.unreadable`. */
  async read(names?: Iterable<string>): Promise<FoundPins> {
    const pins: KeptPin[] = [];
    const damaged: string[] = [];
    const left = (names ?? await this.names())[Symbol.iterator]();
    const reader = async () => {
      for (let next = left.next(); next.done !== true; next = left.next()) {
        const pin = await this.#readOne(next.value);
        if (pin === "damaged") damaged.push(next.value);
        else if (pin !== "gone") pins.push(pin);
      }
    };
    await Promise.all(Array.from({ length: READERS }, reader));
    return { pins: pins.sort((one, other) => one.seenMs - other.seenMs), damaged: damaged.sort() };
  }

  /** Keeps a pin; a file that is there stays. Rejects with `auth.unwritable`. */
  async add(device: PinnedDevice): Promise<void> {
    const { deviceId, clientId, pinnedAt } = device;
    const text = JSON.stringify({ deviceId, clientId, pinnedAt });
    await writeSecretFile(join(this.dir, pinName(deviceId)), text, { onlyNew: true });
  }

  /** Notes when a device was seen; one without a pin is left as it is. Rejects with `auth.unwritable`. */
  async touch(deviceId: string, seenMs: number): Promise<void> {
    const path = join(this.dir, pinName(deviceId));
    await ifThere(Deno.utime(path, seenMs / 1_000, seenMs / 1_000), path);
  }

  /** Takes a pin away, also a damaged one, and says whether there was one. Rejects with `auth.unwritable`. */
  async remove(deviceId: string): Promise<boolean> {
    const path = join(this.dir, pinName(deviceId));
    return await ifThere(Deno.remove(path), path);
  }

  async #readOne(name: string): Promise<KeptPin | "damaged" | "gone"> {
    const path = join(this.dir, name);
    try {
      const device = pinnedDevice.parse(JSON.parse(await Deno.readTextFile(path)));
      const { mtime } = await Deno.stat(path);
      return pinName(device.deviceId) === name ? { device, seenMs: mtime?.getTime() ?? 0 } : "damaged";
    } catch (thrown) {
      return thrown instanceof Deno.errors.NotFound ? "gone" : "damaged";
    }
  }
}

/** The name of the file of a `Device-Id`, which may hold anything printable. */
export function pinName(deviceId: string): string {
  return `${createHash("sha256").update(deviceId).digest("hex").slice(0, 32)}.json`;
}

async function ifThere(work: Promise<void>, path: string): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return false;
    throw new EarshotError("auth.unwritable", `Cannot change ${path}: the file system refuses`, { cause });
  }
}

function unreadable(dir: string, cause: unknown): EarshotError {
  return new EarshotError("auth.unreadable", `Cannot read ${dir}: the file system refuses`, { cause });
}
