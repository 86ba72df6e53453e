/**
 * The gateway of `session_leak.ts` in a process of its own, so that its heap holds nothing of the devices. It
 * prints its URL; for every line on stdin it collects garbage and prints what it holds.
 */
import { configSchema, Gateway } from "../../../lib/app/mod.ts";
import { Scope } from "../../../lib/lifecycle/mod.ts";
import { openWarmEngine } from "../../support/real_engine.ts";

declare global {
  /** Given by `--expose-gc`. */
  var gc: () => void;
}

const pingTimeoutSeconds = Number(Deno.args[0]);
await using scope = new Scope("leak bench");
const engine = await openWarmEngine(scope);
const config = configSchema.parse({ server: { hostname: "127.0.0.1", port: 0, pingTimeoutSeconds } });
const gateway = new Gateway({ config, scope, engine });
print({ url: gateway.urls[0].websocket });
for await (const _line of Deno.stdin.readable) {
  // What a finalizer lets go of is there until the next collection.
  for (let round = 0; round < 3; round++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  print({ ...gateway.stats, heapBytes: Deno.memoryUsage().heapUsed });
}

function print(value: unknown): void {
  // deno-lint-ignore no-console -- its stdout is read by the bench
  console.log(JSON.stringify(value));
}
