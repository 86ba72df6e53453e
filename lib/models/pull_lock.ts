import { delay } from "@std/async";
import { EarshotError } from "../errors/mod.ts";
import { onDisk } from "./disk.ts";

/** How often a held lock is tried again, in ms. */
const POLL_MS = 200;
/** How long another process may hold the lock, in ms. */
const WAIT_MS = 15 * 60_000;

/** Options of {@linkcode lockDirectory}. */
export interface LockOptions {
  readonly signal: AbortSignal;
  /** Called once when another process holds the lock. */
  readonly onWait: () => void;
}

/**
 * Takes the lock that lets one pull at a time write below a directory, across processes. The operating system
 * drops it when its holder dies, so none is ever left over. Throws `model.directory`, `model.fetch` after 15
 * minutes, `canceled`.
 */
export async function lockDirectory(path: string, options: LockOptions): Promise<Disposable> {
  const file = await onDisk(path, () => Deno.open(path, { write: true, create: true }));
  try {
    for (let waitedMs = 0; !await onDisk(path, () => file.tryLock(true)); waitedMs += POLL_MS) {
      if (waitedMs === 0) options.onWait();
      if (waitedMs >= WAIT_MS) {
        const message = `Cannot pull: another process holds ${path}; end it, then pull again`;
        throw new EarshotError("model.fetch", message);
      }
      await delay(POLL_MS, { signal: options.signal }).catch((cause: unknown) => {
        throw new EarshotError("canceled", "Cannot pull: given up while another process pulls", { cause });
      });
    }
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}
