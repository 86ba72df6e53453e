import process from "node:process";
import { BinaryHeap } from "@std/data-structures";

/** So many canceled waits may lie among the others before they are removed: fewer cost less than the search. */
const MIN_CANCELED = 256;
/** The longest that a timer of the runtime waits: anything above it ends at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A wait of at least `LONG_MS` may end so much later: with thousands of them, many then end together. */
const LONG_MS = 250;
const SLACK_MS = 8;

interface Wait {
  readonly dueMs: number;
  /** Breaks the tie when two are due at once. */
  readonly order: number;
  /** Absent once it was canceled. */
  callback: (() => void) | undefined;
}

const sooner = (a: Wait, b: Wait) => a.dueMs - b.dueMs || a.order - b.order;

/**
 * Many waits on one timer of the runtime. A timer of Deno's holds four times as much memory as a wait here, and a
 * session has a dozen waits that are nearly all canceled. Long ones end up to 8 ms late, so that the event loop need
 * not turn for each.
 */
export class SharedTimer {
  readonly #waits = new BinaryHeap<Wait>(sooner);
  #live = 0;
  #canceled = 0;
  #order = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer is due; only while there is one. */
  #timerDueMs = Infinity;
  /** What was due when the timer ended: not after this, */
  #lateMs = -Infinity;
  /** and scheduled before this one. */
  #lateEnd = 0;

  /** How many waits are held; canceled ones are at most as many as the others, or a few. */
  get size(): number {
    return this.#waits.length;
  }

  /**
   * Runs `callback` once after `delayMs`; what is below 0 or no number counts as 0, and `Infinity` is never over. The
   * returned function cancels it and may be called twice.
   */
  schedule(delayMs: number, callback: () => void): () => void {
    const waitMs = delayMs > 0 ? Math.min(delayMs, Number.MAX_SAFE_INTEGER) : 0;
    const exactMs = performance.now() + waitMs;
    const wait: Wait = {
      dueMs: waitMs < LONG_MS ? exactMs : Math.ceil(exactMs / SLACK_MS) * SLACK_MS,
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
    this.#canceled++;
    if (--this.#live === 0) this.#rest();
    else if (this.#canceled > MIN_CANCELED && this.#canceled > this.#live) this.#sweep();
  }

  /** Nothing waits: no timer keeps the process alive. */
  #rest(): void {
    this.#waits.clear();
    this.#canceled = 0;
    clearTimeout(this.#timer);
    this.#timerDueMs = Infinity;
  }

  #sweep(): void {
    const live = [...this.#waits.drain()].filter(({ callback }) => callback !== undefined);
    for (const wait of live) this.#waits.push(wait);
    this.#canceled = 0;
  }

  #arm(dueMs: number): void {
    clearTimeout(this.#timer);
    this.#timerDueMs = dueMs;
    const delayMs = Math.max(0, Math.ceil(dueMs - performance.now()));
    this.#timer = setTimeout(this.#run, Math.min(delayMs, MAX_TIMER_MS));
  }

  readonly #run = () => {
    this.#lateMs = performance.now();
    // What is scheduled meanwhile has its turn after the event loop's, however soon it is due.
    this.#lateEnd = this.#order;
    this.#step();
  };

  readonly #step = () => {
    const late = this.#next();
    if (late !== undefined && this.#isLate(late)) {
      // Until all of these have ended no timer is needed.
      this.#timerDueMs = -Infinity;
      this.#waits.pop();
      this.#take(late);
    }
    const next = this.#next();
    if (next === undefined) return this.#rest();
    if (this.#isLate(next)) queueMicrotask(this.#goOn);
    else this.#arm(next.dueMs);
  };

  /**
   * What the end of a wait leads to comes before the end of the next, as with any timer: the next one may be canceled
   * by it. A tick that a microtask requests comes once no microtask is left, and before the event loop turns.
   */
  readonly #goOn = () => process.nextTick(this.#step);

  #isLate({ dueMs, order }: Wait): boolean {
    return dueMs <= this.#lateMs && order < this.#lateEnd;
  }

  /** The wait that is due first. */
  #next(): Wait | undefined {
    for (let wait = this.#waits.peek(); wait !== undefined; wait = this.#waits.peek()) {
      if (wait.callback !== undefined) return wait;
      this.#waits.pop();
      this.#canceled--;
    }
    return undefined;
  }

  #take(wait: Wait): void {
    const { callback } = wait;
    wait.callback = undefined;
    this.#live--;
    try {
      callback?.();
    } catch (error) {
      // An error of one is uncaught, as with any timer, and costs no other its turn.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
