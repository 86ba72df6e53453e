import type { Clock, Scope } from "../lifecycle/mod.ts";

/** How often the event loop is looked at, in ms. */
const EVERY_MS = 250;

/** Tells how late a timer of the event loop is, four times a second, until the scope closes. */
export function watchLateness(clock: Clock, scope: Scope, onLate: (lateMs: number) => void): void {
  let cancel = () => {};
  const arm = () => {
    const dueMs = clock.nowMs() + EVERY_MS;
    cancel = clock.schedule(EVERY_MS, () => {
      onLate(Math.max(0, clock.nowMs() - dueMs));
      arm();
    });
  };
  arm();
  scope.own("event loop watch", () => cancel());
}
