import { TRANSPORTS } from "../support/test_gateway.ts";
import { test } from "../support/test.ts";
import { ANSWER_STATES, runAnswerCell } from "./matrix/answer_cell.ts";
import { ANSWER_FAULTS } from "./matrix/answer_faults.ts";

/** CI tries each fault on one transport, in turn; `deno task matrix` tries each on both. */
const alternate = Deno.env.get("CI") !== undefined;

for (const [index, fault] of ANSWER_FAULTS.entries()) {
  const transports = alternate ? [TRANSPORTS[index % TRANSPORTS.length]] : TRANSPORTS;
  for (const { name: http } of transports.filter((transport) => transport !== undefined)) {
    test(`an answer survives: ${fault.name} [${http}]`, async () => {
      const failures: string[] = [];
      await Promise.all(ANSWER_STATES.map(async (state) => {
        try {
          await runAnswerCell(http, fault, state);
        } catch (thrown) {
          failures.push(`${state}: ${thrown instanceof Error ? thrown.stack : thrown}`);
        }
      }));
      if (failures.length > 0) throw new Error(`Cannot survive ${fault.name}:\n${failures.join("\n")}`);
    });
  }
}
