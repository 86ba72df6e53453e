import { assert, assertEquals, assertLess } from "@std/assert";
import { test } from "../support/test.ts";
import { fuzz } from "./fuzz_run.ts";
import { TARGETS } from "./targets.ts";

const INPUTS = 20_000;

for (const target of TARGETS) {
  test(`fuzz: ${target.name} are read or refused, whatever they hold`, async () => {
    // A slice of `deno task fuzz`, which takes another seed every time.
    const { fault, accepted, inputs, slowestMs } = await fuzz(target, {
      inputs: INPUTS * target.share,
      seed: 1,
    });
    assertEquals(fault, undefined);
    assertLess(slowestMs, 100);
    // Neither all nor nothing: the inputs are near the edge between right and wrong.
    assert(accepted > inputs * 0.02, `${accepted} of ${inputs} were accepted`);
  });
}

test("the fuzzer sees an input that breaks its reader, and says how to see it again", async () => {
  const [target] = TARGETS;
  assert(target !== undefined);
  const broken = { ...target, refuses: [] };
  const { fault } = await fuzz(broken, { inputs: 2_000, seed: 1 });
  assert(fault?.startsWith("seed 1, path "), fault);
});
