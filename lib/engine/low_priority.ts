import { setPriority } from "node:os";

/** Half-way to the lowest: inference takes the cores when nobody else wants them, and still beats idle work. */
const NICENESS = 10;

/**
 * Lets everybody else on the machine go first, the gateway's own thread above all: it relays sound while the
 * cores are full of inference. Threads inherit it, so it is called before any Worker is there. A system that
 * refuses is no reason to stay silent.
 */
export function yieldToOthers(): void {
  try {
    setPriority(NICENESS);
  } catch {
    // Timers of the gateway will be a few ms later beside recognitions; nothing else changes.
  }
}
