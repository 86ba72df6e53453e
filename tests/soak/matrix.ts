/**
 * Every fault in every state, on either transport, as three tables: what became of the session, of the answer, and of one that calls a tool. Exits
 * with 1 when a cell fails; the same cells are in `matrix_test.ts`, `answer_matrix_test.ts` and `tool_matrix_test.ts`.
 *
 * `deno run -A tests/soak/matrix.ts [rounds]`, 3 minutes each
 */
// deno-lint-ignore-file no-console
import { TRANSPORTS } from "../support/test_gateway.ts";
import { ANSWER_STATES, runAnswerCell } from "./matrix/answer_cell.ts";
import { ANSWER_FAULTS } from "./matrix/answer_faults.ts";
import { TOOL_FAULTS } from "./matrix/tool_faults.ts";
import { FAULTS } from "./matrix/faults.ts";
import { runCell } from "./matrix/run_cell.ts";
import { STATES } from "./matrix/states.ts";

const [rounds = "1"] = Deno.args;
const failures: string[] = [];
let cells = 0;

function row(cells: readonly string[]): void {
  console.log(`| ${cells.map((cell, index) => cell.padEnd(index === 0 ? 28 : 14)).join(" | ")} |`);
}

/** A table of what became of each fault in each state. */
async function table<Fault extends { readonly name: string }, State>(
  title: string,
  { faults, states, nameOf, run }: {
    readonly faults: readonly Fault[];
    readonly states: readonly State[];
    readonly nameOf: (state: State) => string;
    readonly run: (fault: Fault, state: State) => Promise<string>;
  },
): Promise<void> {
  row([title, ...states.map(nameOf)]);
  row(["", ...states].map(() => "---"));
  for (const fault of faults) {
    const outcomes = await Promise.all(states.map(async (state) => {
      cells++;
      try {
        return await run(fault, state);
      } catch (thrown) {
        failures.push(
          `${title}, ${fault.name}, ${nameOf(state)}: ${thrown instanceof Error ? thrown.stack : thrown}`,
        );
        return "FAILED";
      }
    }));
    row([fault.name, ...outcomes]);
  }
}

for (let round = 0; round < Number(rounds); round++) {
  for (const { name: http } of TRANSPORTS) {
    await table(`transport ${http}`, {
      faults: FAULTS,
      states: STATES,
      nameOf: ({ name }) => name,
      run: (fault, state) => runCell(http, fault, state),
    });
    for (const [what, faults] of [["answers", ANSWER_FAULTS], ["tools", TOOL_FAULTS]] as const) {
      await table(`${what}, transport ${http}`, {
        faults,
        states: ANSWER_STATES,
        nameOf: (name) => name,
        run: (fault, state) => runAnswerCell(http, fault, state),
      });
    }
  }
}
for (const failure of failures) console.error(failure);
console.log(`${cells} cells, ${failures.length} failed`);
Deno.exit(failures.length === 0 ? 0 : 1);
