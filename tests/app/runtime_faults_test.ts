import { assertEquals } from "@std/assert";
import { runtimeFaults } from "../../lib/app/runtime_faults.ts";
import { engineConfig } from "../../lib/engine/mod.ts";
import { test } from "../support/test.ts";

test("an executable refuses the runtime that it does not carry; a checkout has both", () => {
  const faults = (runtime: string, standalone: boolean) =>
    runtimeFaults({ engine: engineConfig.parse({ runtime }) }, { standalone }).map(({ path }) =>
      path.join(".")
    );
  assertEquals(faults("wasm", true), ["engine.runtime"]);
  assertEquals([faults("auto", true), faults("native", true), faults("wasm", false)], [[], [], []]);
});
