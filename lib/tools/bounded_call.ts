import { EarshotError } from "../errors/mod.ts";
import { type Clock, raceSignal, type Scope } from "../lifecycle/mod.ts";
import type { ToolResult } from "./contract.ts";

/** Options of {@linkcode boundedCall}. */
export interface BoundedCallOptions {
  /** What is called, as it should read after `Cannot wait for`. */
  readonly name: string;
  readonly limitMs: number;
  readonly clock: Clock;
  /** Owns the call. */
  readonly scope: Scope;
  /** Ends the call early. */
  readonly endsWith: AbortSignal | undefined;
}

/**
 * Makes one call within its time: `tool.timeout` after that, `canceled` once `endsWith` aborts or the scope closes. A source
 * that does not obey its signal is left to itself.
 */
export function boundedCall(
  work: (life: AbortSignal) => Promise<ToolResult>,
  { name, limitMs, clock, scope, endsWith }: BoundedCallOptions,
): Promise<ToolResult> {
  const outcome = Promise.withResolvers<ToolResult>();
  const canceled = (what: string) =>
    new EarshotError("canceled", `Cannot wait for ${name}: its ${what} is over`);
  if (scope.state !== "open") return Promise.reject(canceled("session"));
  scope.run(`tool ${name}`, async (closing) => {
    const life = new AbortController();
    const end = (error: EarshotError) => {
      outcome.reject(error);
      life.abort(error);
    };
    const onTurnOver = () => end(canceled("turn"));
    const onClosing = () => end(canceled("session"));
    const cancelTimer = clock.schedule(limitMs, () => {
      const message = `Cannot wait for ${name}: it gave nothing within ${Math.round(limitMs)} ms`;
      end(new EarshotError("tool.timeout", message));
    });
    endsWith?.addEventListener("abort", onTurnOver, { once: true });
    closing.addEventListener("abort", onClosing, { once: true });
    if (endsWith?.aborted === true) onTurnOver();
    try {
      if (!life.signal.aborted) outcome.resolve(await raceSignal(work(life.signal), life.signal));
    } catch (thrown) {
      outcome.reject(thrown);
    } finally {
      cancelTimer();
      endsWith?.removeEventListener("abort", onTurnOver);
      closing.removeEventListener("abort", onClosing);
    }
  });
  return outcome.promise;
}
