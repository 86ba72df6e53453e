import { assert, assertEquals } from "@std/assert";
import { type ProcessUsage, usageOf } from "../../../lib/device/load/mod.ts";
import { test } from "../../support/test.ts";

const ignore = Deno.build.os !== "linux";

/** Uses 0.3 s of CPU time, rather than of time, so that a busy machine changes nothing. */
const SPIN =
  `import process from "node:process"; const begun = process.cpuUsage().user; while (process.cpuUsage().user - begun < 3e5);`;

/** Spins on its main thread, and once something is written to it, on another thread. */
const SPINNER = `
${SPIN}
console.log("main");
await Deno.stdin.read(new Uint8Array(1));
const worker = new Worker("data:text/javascript," + ${JSON.stringify(encodeURIComponent(SPIN))} +
  encodeURIComponent("postMessage(0);"), { type: "module" });
await new Promise((resolve) => worker.onmessage = resolve);
console.log("worker");
await Deno.stdin.read(new Uint8Array(1));
Deno.exit(0);
`;

function usedOf(usage: ProcessUsage | undefined): readonly [whole: number, main: number] {
  return [usage?.cpuSeconds ?? NaN, usage?.mainCpuSeconds ?? NaN];
}

test("a process's CPU time is told apart from its main thread's", async () => {
  const options: Deno.CommandOptions = { args: ["eval", SPINNER], stdin: "piped", stdout: "piped" };
  await using child = new Deno.Command(Deno.execPath(), options).spawn();
  const lines = child.stdout.getReader();
  const go = child.stdin.getWriter();
  await lines.read();
  const [whole, main] = usedOf(await usageOf(child.pid));
  assert(main >= 0.2 && main <= whole, `main thread: ${main} of ${whole} s`);
  await go.write(new Uint8Array(1));
  await lines.read();
  const [wholeThen, mainThen] = usedOf(await usageOf(child.pid));
  assert(wholeThen - whole >= 0.25, `another thread: ${wholeThen - whole} s`);
  assert(mainThen - main < (wholeThen - whole) / 2, `the main thread used ${mainThen - main} s of it`);
  await go.close();
  await lines.cancel();
}, { ignore });

test("a process that is not there has used nothing", async () => {
  assertEquals(await usageOf(2 ** 22 + 1), undefined);
}, { ignore });
