import { TRANSPORTS } from "../support/test_gateway.ts";
import { test } from "../support/test.ts";
import { FAULTS } from "./matrix/faults.ts";
import { runCell } from "./matrix/run_cell.ts";
import { STATES } from "./matrix/states.ts";

for (const fault of FAULTS) {
  for (const { name: http } of TRANSPORTS) {
    test(`${fault.name}, in every state [${http}]`, async () => {
      const failures: string[] = [];
      await Promise.all(STATES.map(async (state) => {
        try {
          await runCell(http, fault, state);
        } catch (thrown) {
          failures.push(`${state.name}: ${thrown instanceof Error ? thrown.stack : thrown}`);
        }
      }));
      if (failures.length > 0) throw new Error(`Cannot survive ${fault.name}:\n${failures.join("\n")}`);
    });
  }
}
