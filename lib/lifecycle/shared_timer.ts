import { BinaryHeap } from "@std/data-structures";

/** So many cancelled waits may lie among the others before they are looked for: fewer cost less than looking. */
const MIN_CANCELLED = 256;

interface Wait {
  readonly dueMs: number;
  /** Who came first goes first when both are due at once. */
  readonly order: number;
  /** Absent once it was cancelled. */
  callback: (() => void) | undefined;
}

const sooner = (a: Wait, b: Wait) => a.dueMs - b.dueMs || a.order - b.order;

/**
 * Many waits on one timer of the runtime. A timer of Deno's holds four times as much memory as a wait here, and a
 * session has a dozen waits that are nearly all cancelled.
 */
export class SharedTimer {
  readonly #waits = new BinaryHeap<Wait>(sooner);
  #live = 0;
  #cancelled = 0;
  #order = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer is due; only while there is one. */
  #timerDueMs = Infinity;

  /** How many waits are held; cancelled ones are at most as many as the others, or a few. */
  get size(): number {
    return this.#waits.length;
  }

  /** Runs `callback` once after `delayMs`; the returned function cancels it and may be called twice. */
  schedule(delayMs: number, callback: () => void): () => void {
    const wait: Wait = {
      dueMs: performance.now() + Math.max(0, delayMs),
      order: this.#order++,
      callback,
    };
    this.#waits.push(wait);
    this.#live++;
    if (wait.dueMs < this.#timerDueMs) this.#arm(wait.dueMs);
    return () => this.#cancel(wait);
  }

  #cancel(wait: Wait): void {
    if (wait.callback === undefined) return;
    wait.callback = undefined;
    this.#cancelled++;
    if (--this.#live === 0) this.#rest();
    else if (this.#cancelled > MIN_CANCELLED && this.#cancelled > this.#live) this.#sweep();
  }

  /** Nobody waits: nothing keeps the process alive. */
  #rest(): void {
    this.#waits.clear();
    this.#cancelled = 0;
    clearTimeout(this.#timer);
    this.#timerDueMs = Infinity;
  }

  #sweep(): void {
    const live = [...this.#waits.drain()].filter(({ callback }) => callback !== undefined);
    for (const wait of live) this.#waits.push(wait);
    this.#cancelled = 0;
  }

  #arm(dueMs: number): void {
    clearTimeout(this.#timer);
    this.#timerDueMs = dueMs;
    this.#timer = setTimeout(this.#run, Math.max(0, Math.ceil(dueMs - performance.now())));
  }

  readonly #run = () => {
    const nowMs = performance.now();
    // What is scheduled meanwhile has its turn after the event loop's, however soon it is due.
    const end = this.#order;
    this.#timerDueMs = Infinity;
    for (let wait = this.#waits.peek(); wait !== undefined; wait = this.#waits.peek()) {
      if (wait.callback !== undefined && (wait.dueMs > nowMs || wait.order >= end)) break;
      this.#waits.pop();
      this.#take(wait);
    }
    const next = this.#waits.peek();
    if (next !== undefined && next.dueMs < this.#timerDueMs) this.#arm(next.dueMs);
  };

  #take(wait: Wait): void {
    const { callback } = wait;
    if (callback === undefined) {
      this.#cancelled--;
      return;
    }
    wait.callback = undefined;
    this.#live--;
    try {
      callback();
    } catch (error) {
      // An error of one is uncaught, as with any timer, and costs no other its turn.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
