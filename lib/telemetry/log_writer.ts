/** Where log lines go; `Deno.stderr` is one. */
export interface LogDestination {
  /** Writes some of the bytes and says how many. */
  write(bytes: Uint8Array): Promise<number>;
}

const MAX_CHARS = 1 << 20;
const FLUSH_MS = 1_000;

/**
 * A bounded queue of log lines before a destination that may be slow or stuck, so that logging never waits.
 * Lines for which there is no room are dropped and counted; the count follows as a line of its own.
 */
export class LogWriter {
  readonly #destination: LogDestination;
  readonly #describeLoss: (lines: number) => string;
  #waiting: string[] = [];
  #chars = 0;
  #lost = 0;
  #writing: Promise<void> | undefined;
  #broken = false;

  /** Wraps a destination; `describeLoss` gives the line that reports dropped ones. */
  constructor(destination: LogDestination, describeLoss: (lines: number) => string) {
    this.#destination = destination;
    this.#describeLoss = describeLoss;
  }

  /** Queues a line, its line break included. */
  write(line: string): void {
    if (this.#broken) return;
    if (this.#chars + line.length > MAX_CHARS) {
      this.#lost++;
      return;
    }
    this.#waiting.push(line);
    this.#chars += line.length;
    this.#writing ??= this.#drain();
  }

  /** Resolves when all lines are written, or after a second with a destination that is stuck. */
  async flush(): Promise<void> {
    if (this.#writing === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, FLUSH_MS);
    await Promise.race([this.#writing, promise]);
    clearTimeout(timer);
  }

  async #drain(): Promise<void> {
    // Lines of the same turn of the event loop leave together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const [lines, count, lost] = [this.#waiting.join(""), this.#waiting.length, this.#lost];
      const loss = lost > 0 ? this.#describeLoss(lost) : "";
      this.#waiting = [];
      this.#lost = 0;
      if (!await this.#writeAll(new TextEncoder().encode(lines + loss))) this.#lost += lost + count;
      this.#chars -= lines.length;
    }
    this.#writing = undefined;
  }

  /** Says whether it could; what comes next is tried again, as a full disk may have room by then. */
  async #writeAll(bytes: Uint8Array): Promise<boolean> {
    try {
      for (let at = 0; at < bytes.length;) at += await this.#destination.write(bytes.subarray(at));
      return true;
    } catch (thrown) {
      // A closed pipe stays closed; there is no better place to report it.
      this.#broken = thrown instanceof Deno.errors.BrokenPipe;
      return false;
    }
  }
}
