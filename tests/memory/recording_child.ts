/** Records as fast as it can until it is killed, and prints each key that was acknowledged. */
import { entry, openMemory } from "./memory_harness.ts";

const [dir = "", run = ""] = Deno.args;
const encoder = new TextEncoder();
const { memory } = await openMemory(dir, {
  config: { turnsPerDevice: 100_000 },
  onSaved: (keys) => Deno.stdout.writeSync(encoder.encode(keys.map((key) => `${key}\n`).join(""))),
});
for (let number = 0;; number++) {
  memory.record(entry(number, { key: `${run}/${number}`, deviceId: `device-${number % 7}` }));
  if (number % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
