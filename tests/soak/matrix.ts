/**
 * Every fault in every state, on either transport, as a table of what became of the session. Exits with 1 when
 * a cell fails; the same cells are in `matrix_test.ts`.
 *
 * `deno run -A tests/soak/matrix.ts [rounds]`, under a minute each
 */
// deno-lint-ignore-file no-console
import { TRANSPORTS } from "../support/test_gateway.ts";
import { FAULTS } from "./matrix/faults.ts";
import { runCell } from "./matrix/run_cell.ts";
import { STATES } from "./matrix/states.ts";

const [rounds = "1"] = Deno.args;
const failures: string[] = [];
let cells = 0;

function row(cells: readonly string[]): void {
  console.log(`| ${cells.map((cell, index) => cell.padEnd(index === 0 ? 22 : 14)).join(" | ")} |`);
}

for (let round = 0; round < Number(rounds); round++) {
  for (const { name: http } of TRANSPORTS) {
    row([`transport ${http}`, ...STATES.map(({ name }) => name)]);
    row(["", ...STATES].map(() => "---"));
    for (const fault of FAULTS) {
      const outcomes = await Promise.all(STATES.map(async (state) => {
        cells++;
        try {
          return await runCell(http, fault, state);
        } catch (thrown) {
          failures.push(
            `${http}, ${fault.name}, ${state.name}: ${thrown instanceof Error ? thrown.stack : thrown}`,
          );
          return "FAILED";
        }
      }));
      row([fault.name, ...outcomes]);
    }
  }
}
for (const failure of failures) console.error(failure);
console.log(`${cells} cells, ${failures.length} failed`);
Deno.exit(failures.length === 0 ? 0 : 1);
