/**
 * `docs/limits.md`: every bound, out of the table that the tests read.
 *
 * @module
 */
import { type Bound, BOUNDS } from "../../tests/bounds/bounds_table.ts";
import { grouped, table, withUnit } from "./table.ts";

const HEAD = `# Limits

Everything that Earshot holds or waits for has a bound, a policy for what is beyond it, and mostly a counter on
\`/metrics\`. A bound is a config key with a default, or a constant of the code. This page is written by \`deno task docs\` from \`tests/bounds/bounds_table.ts\`,
whose tests hold each default to the config, each counter to \`/metrics\`, and each bound to a test at its edge and past
it. [configuration.md](configuration.md) has the range and the meaning of each key; \`NAME\` is a service of yours.
`;

/** The whole page. */
export function limitsPage(): string {
  const bounds = BOUNDS.map(({ what, keys, fixed = [], overflow, counters }) => [
    what,
    [...Object.entries(keys).map(([key, value]) => `\`${key}\`: ${shown(key, value)}`), ...[fixed].flat()]
      .join("<br>"),
    overflow,
    counters.map((counter) => `\`${counter}\``).join("<br>"),
  ]);
  const tests = BOUNDS.map(({ what, tests }) => [what, tests.map(shownTest).join("<br>")]);
  return [
    HEAD,
    table(["What is bounded", "Bound", "Beyond it", "Counter"], bounds),
    "\n## The tests that show it\n",
    table(["What is bounded", "Tests, by their file in `tests/` and how their name begins"], tests),
    "",
  ].join("\n");
}

function shown(key: string, value: number | undefined): string {
  if (value === undefined) return "worked out at the start";
  return withUnit(key, value) ?? grouped(value);
}

function shownTest([file, name]: Bound["tests"][number]): string {
  return `[${file}](../tests/${file}): ${name}`;
}
