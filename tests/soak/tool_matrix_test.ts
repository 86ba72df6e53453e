import { TRANSPORTS } from "../support/test_gateway.ts";
import { test } from "../support/test.ts";
import { ANSWER_STATES, runAnswerCell } from "./matrix/answer_cell.ts";
import { TOOL_FAULTS } from "./matrix/tool_faults.ts";

/** CI tries each fault on one transport, in turn; `deno task matrix` tries each on both. */
const alternate = Deno.env.get("CI") !== undefined;
/** How many faults are tried at once: most of a cell is waiting. */
const AT_ONCE = 4;

const rows = TOOL_FAULTS.flatMap((fault, index) =>
  TRANSPORTS
    .filter((_, at) => !alternate || at === index % TRANSPORTS.length)
    .map(({ name: http }) => ({ fault, http, name: `${fault.name} [${http}]` }))
);

for (let at = 0; at < rows.length; at += AT_ONCE) {
  const some = rows.slice(at, at + AT_ONCE);
  test(`an answer survives what it calls: ${some.map(({ name }) => name).join(", ")}`, async () => {
    const failures: string[] = [];
    await Promise.all(some.flatMap(({ fault, http, name }) =>
      ANSWER_STATES.map(async (state) => {
        try {
          await runAnswerCell(http, fault, state);
        } catch (thrown) {
          failures.push(`${name}, ${state}: ${thrown instanceof Error ? thrown.stack : thrown}`);
        }
      })
    ));
    if (failures.length > 0) throw new Error(`Cannot survive:\n${failures.join("\n")}`);
  });
}
