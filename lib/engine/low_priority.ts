import { setPriority } from "node:os";

/** Half-way to the lowest: behind all that is not idle work. */
const NICENESS = 10;

/**
 * Lowers the priority of this process below all others, the gateway above all: it relays sound while the cores are
 * full of inference. Threads inherit it, so it is called before any Worker starts. A system that refuses it costs
 * latency only.
 */
export function lowerPriority(): void {
  try {
    setPriority(NICENESS);
  } catch {
    // Timers of the gateway will be a few ms later beside recognitions; nothing else changes.
  }
}
