import { assertEquals } from "@std/assert";
import { memoryFaults } from "../../lib/app/memory_faults.ts";
import { configOf } from "../support/config_of.ts";
import { test } from "../support/test.ts";

/** What is wrong with a config that has these agents and keeps so many turns. */
function faultsOf(agents: Readonly<Record<string, unknown>>, { turnsPerDevice = 200, enabled = true } = {}) {
  // Checked with room for all, so that what is looked for is told here alone.
  const config = configOf({ agents, memory: { turnsPerDevice: 1_000 } });
  return memoryFaults({ ...config, memory: { turnsPerDevice, enabled } });
}

test("turnsPerDay is refused where a restart could not count it, at the agent that says it", () => {
  const [fault, ...others] = faultsOf({ default: { turnsPerDay: 201 }, kids: { prompt: "Be kind." } });
  assertEquals([fault?.path, others], [["agents", "default", "turnsPerDay"], []]);
  assertEquals(
    fault?.message,
    "cannot be counted when Earshot starts again, since memory.turnsPerDevice keeps 200: give at most that, or keep 201",
  );
});

test("turnsPerDay is told once at the agent from which others take it, also where only they have a memory", () => {
  const faults = faultsOf({
    default: { turnsPerDay: 300, memory: false },
    kids: { memory: true },
    guests: { memory: true },
    own: { turnsPerDay: 400, memory: true },
  });
  assertEquals(faults.map(({ path }) => path), [
    ["agents", "default", "turnsPerDay"],
    ["agents", "own", "turnsPerDay"],
  ]);
});

test("turnsPerDay is fine where it can be counted, or where nothing is kept to count it by", () => {
  assertEquals(faultsOf({ default: { turnsPerDay: 200 } }), []);
  assertEquals(faultsOf({ default: { turnsPerDay: 300 } }, { turnsPerDevice: 300 }), []);
  assertEquals(faultsOf({ default: { turnsPerDay: 300, memory: false } }), []);
  assertEquals(faultsOf({ default: { turnsPerDay: 300 } }, { enabled: false }), []);
});
