/**
 * How long closing a scope takes, against the slowest of its resources in the same run: resources are released in
 * parallel, so the others cost next to nothing. Then the same for a tree, whose children go before the resources of
 * their parent.
 *
 * `deno run -A tests/bench/scope_close.ts`
 */
import { Scope } from "../../lib/lifecycle/mod.ts";
import { percentile, report } from "./support/report.ts";

const ROUNDS = 7;
const RESOURCES = 200;
const SLOWEST_MS = 100;
const CHILDREN = 50;
const LIMIT = 1.1;

/** Releases of up to 100 ms. */
const delaysMs = Array.from({ length: RESOURCES }, (_, index) => (index + 1) * SLOWEST_MS / RESOURCES);

/** A resource; tells how long its release took. */
function slow(scope: Scope, delayMs: number, tookMs: number[]): void {
  scope.own(`takes ${delayMs} ms`, async () => {
    const startedMs = performance.now();
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    tookMs.push(performance.now() - startedMs);
  });
}

/** How many times as long as its slowest resource closing takes. */
async function ratio(build: (scope: Scope, tookMs: number[]) => void, steps: number): Promise<number> {
  const scope = new Scope("bench");
  const tookMs: number[] = [];
  build(scope, tookMs);
  const startedMs = performance.now();
  const { ok, total } = await scope.close();
  if (ok !== total) throw new Error("Cannot go on: a release failed");
  return (performance.now() - startedMs) / (steps * Math.max(...tookMs));
}

async function measure(name: string, build: (scope: Scope, tookMs: number[]) => void, steps: number) {
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) ratios.push(await ratio(build, steps));
  report({
    name,
    measured: percentile(ratios, 0.5),
    unit: "x",
    limit: LIMIT,
    detail: { worst: Math.max(...ratios) },
  });
}

await measure(`closing ${RESOURCES} resources, of the slowest one's time`, (scope, tookMs) => {
  for (const delayMs of delaysMs) slow(scope, delayMs, tookMs);
}, 1);
await measure(
  `closing ${CHILDREN} scopes with ${RESOURCES} resources and their parent, of the slowest of each level`,
  (scope, tookMs) => {
    const children = Array.from({ length: CHILDREN }, (_, index) => scope.child(`child ${index}`));
    for (const [index, delayMs] of delaysMs.entries()) {
      slow(children[index % CHILDREN] ?? scope, delayMs, tookMs);
    }
    slow(scope, SLOWEST_MS, tookMs);
  },
  2,
);
