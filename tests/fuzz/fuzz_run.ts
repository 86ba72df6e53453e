import { EarshotError } from "../../lib/errors/mod.ts";
import fc from "../support/fast_check.ts";
import type { Target } from "./targets.ts";

/** What takes longer is read again, to see whether it is the input. */
const SLOW_MS = 50;

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
export async function fuzz(
  { name, refuses, inputs: arbitrary }: Target,
  { inputs, seed }: { readonly inputs: number; readonly seed: number },
): Promise<FuzzResult> {
  let accepted = 0;
  let slowestMs = 0;
  const details = await fc.check(
    fc.asyncProperty(arbitrary, async (read) => {
      const timed = async () => {
        const startedMs = performance.now();
        try {
          await read();
          return { tookMs: performance.now() - startedMs, taken: true };
        } catch (thrown) {
          if (!(thrown instanceof EarshotError) || !refuses.includes(thrown.code)) throw thrown;
          return { tookMs: performance.now() - startedMs, taken: false };
        }
      };
      let { tookMs, taken } = await timed();
      if (taken) accepted++;
      // Others use the machine too: what is slow is slow each time.
      for (let again = 0; again < 2 && tookMs > SLOW_MS; again++) {
        tookMs = Math.min(tookMs, (await timed()).tookMs);
      }
      slowestMs = Math.max(slowestMs, tookMs);
    }),
    { numRuns: inputs, seed },
  );
  const fault = details.failed
    ? `seed ${seed}, path ${details.counterexamplePath}: ${details.errorInstance}`
    : undefined;
  return { name, inputs: details.numRuns, accepted, slowestMs, fault };
}
