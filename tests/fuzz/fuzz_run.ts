import { EarshotError } from "../../lib/errors/mod.ts";
import fc from "../support/fast_check.ts";
import type { Target } from "./targets.ts";

/** What came of the inputs of one target. */
export interface FuzzResult {
  readonly name: string;
  readonly inputs: number;
  /** How many were read rather than refused: random rubbish would be zero. */
  readonly accepted: number;
  /** The longest that one took, in ms. */
  readonly slowestMs: number;
  /** Inputs that failed in a way they must not, with what fast-check says of the first. */
  readonly fault: string | undefined;
}

/** Reads `inputs` of them; the same seed gives the same inputs. */
export function fuzz(
  { name, refuses, inputs: arbitrary }: Target,
  { inputs, seed }: { readonly inputs: number; readonly seed: number },
): FuzzResult {
  let accepted = 0;
  let slowestMs = 0;
  const details = fc.check(
    fc.property(arbitrary, (read) => {
      const startedMs = performance.now();
      try {
        read();
        accepted++;
      } catch (thrown) {
        if (!(thrown instanceof EarshotError) || !refuses.includes(thrown.code)) throw thrown;
      } finally {
        slowestMs = Math.max(slowestMs, performance.now() - startedMs);
      }
    }),
    { numRuns: inputs, seed },
  );
  const fault = details.failed
    ? `seed ${seed}, path ${details.counterexamplePath}: ${details.errorInstance}`
    : undefined;
  return { name, inputs: details.numRuns, accepted, slowestMs, fault };
}
