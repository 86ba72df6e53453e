import { BoundedChannel, type Clock } from "../lifecycle/mod.ts";

/** What a device sent: a text message or a binary one. */
export type Inbound = { readonly type: "text"; readonly text: string } | {
  readonly type: "frame";
  readonly bytes: Uint8Array;
};

/** What may wait: a minute of the shortest usual frames, which a network may hold back and deliver at once. */
const MAX_FRAMES = 4_096;
const MAX_FRAME_BYTES = 1_048_576;
/** Twice of both is for everything, so that a text message finds room behind any burst of sound. */
const MAX_MESSAGES = 2 * MAX_FRAMES;
const MAX_BYTES = 2 * MAX_FRAME_BYTES;

/** How many messages of a device are handled before everybody else has a turn: 1 s of sound. */
const MESSAGES_IN_A_ROW = 16;

/**
 * What a device has sent and nobody has handled yet, in order. Sound that finds no room is lost, text that
 * finds none is a flood; which of the two it was is the caller's to tell.
 */
export class Inbox {
  readonly #clock: Clock;
  readonly #channel = new BoundedChannel<Inbound>({
    capacity: MAX_MESSAGES,
    overflow: "drop_newest",
    sizeOf: (inbound) => inbound.type === "text" ? inbound.text.length : inbound.bytes.byteLength,
    maxSize: MAX_BYTES,
  });

  /** Creates an empty inbox. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds a message; `false` when there is no room for it. */
  push(inbound: Inbound): boolean {
    const { length, size } = this.#channel;
    const full = length >= MAX_FRAMES || size >= MAX_FRAME_BYTES;
    return !(full && inbound.type === "frame") && this.#channel.push(inbound);
  }

  /** Handles message after message until the signal aborts; what `handle` throws ends the reading. */
  async read(handle: (inbound: Inbound) => void, signal: AbortSignal): Promise<void> {
    for (let count = 1;; count++) {
      const next = await this.#channel.next({ signal });
      if (next.done === true || signal.aborted) return;
      handle(next.value);
      // Deno hands over all that TCP holds in one turn of its loop, so a flood would keep others waiting.
      if (count % MESSAGES_IN_A_ROW === 0) await this.#nextTurn(signal);
    }
  }

  /** Forgets everything that waits. */
  clear(): void {
    this.#channel.clear();
  }

  /** Lets the event loop turn once; what the device sends meanwhile waits, or is too much. */
  #nextTurn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.schedule(0, done);
      signal.addEventListener("abort", done);
      function done() {
        cancel();
        signal.removeEventListener("abort", done);
        resolve();
      }
    });
  }
}
