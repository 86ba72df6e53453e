import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CHECKS, type Gateway } from "../../../lib/app/mod.ts";
import { checkBuffer } from "../../../lib/app/verify/buffer_check.ts";
import type { CheckResult } from "../../../lib/app/verify/check.ts";
import { checkCursors } from "../../../lib/app/verify/cursor_check.ts";
import { checkFlood } from "../../../lib/app/verify/flood_check.ts";
import { checkParallel, inSequence } from "../../../lib/app/verify/parallel_check.ts";
import { checkRelease } from "../../../lib/app/verify/release_check.ts";
import { checkSave } from "../../../lib/app/verify/save_check.ts";
import { checkTeardown } from "../../../lib/app/verify/teardown_check.ts";
import { EXIT } from "../../../lib/errors/mod.ts";
import { objectsOf, runEarshot } from "../../support/cli.ts";
import { test } from "../../support/test.ts";

const { signal } = new AbortController();

/** Every check against a part that does not keep the promise. */
const BROKEN: Readonly<Record<string, () => Promise<CheckResult>>> = {
  "a close that takes too long": () => checkSave(signal, { limitMs: 0 }),
  "a buffer of another size": () => checkBuffer(signal, { maxChunks: 999 }),
  "a cursor that let go of sound": () => checkCursors(signal, { release: true }),
  "a clean-up that forgets what hangs": () =>
    checkRelease(signal, {
      close: async (scope) => ({ ...await scope.close(), timedOut: [] }),
    }),
  "a clean-up that waits past the deadline": () =>
    checkRelease(signal, {
      close: async (scope) => ({ ...await scope.close(), durationMs: 300 }),
    }),
  "a release in sequence": () => checkParallel(signal, { closeAll: inSequence }),
  "a session that leaves a connection behind": () =>
    checkTeardown(signal, {
      leak: ({ gateway }) => countOneMore(gateway),
    }),
  "a budget that was passed": () => checkFlood(signal, { limitBytes: 1_000_000 }),
};

/** Makes the gateway say that one more socket is open than there is. */
function countOneMore(gateway: Gateway): void {
  const { stats } = gateway;
  Object.defineProperty(gateway, "stats", { value: { ...stats, sockets: stats.sockets + 1 } });
}

for (const [what, check] of Object.entries(BROKEN)) {
  test(`verify sees ${what}`, async () => {
    const { passed, measured } = await check();
    assertEquals(passed, false, measured);
  });
}

test("verify says what it measured, a line a check, and ends with 0 when all of it holds", async () => {
  const { code, stdout, stderr } = await runEarshot(["verify", "--json"]);
  const results = objectsOf(stdout);
  assertEquals(
    results.map((result) => Object.keys(result)),
    results.map(() => [
      "check",
      "passed",
      "measured",
      "limit",
    ]),
  );
  assertEquals(results.length, CHECKS.length);
  assertEquals(results.filter(({ passed }) => passed !== true), []);
  for (const { measured, limit } of results) {
    assertMatch(String(measured), /\d/);
    assert(String(limit).length > 0);
  }
  assertStringIncludes(stderr, `all ${CHECKS.length} checks passed`);
  assertEquals(code, EXIT.ok);
});
