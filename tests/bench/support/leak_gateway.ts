/**
 * The gateway of `session_leak.ts` in a process of its own, so that its heap holds nothing of the devices. It
 * prints its URL; for every line on stdin it collects garbage and prints what it holds.
 */
import { TestGateway, WarmFakeEngine } from "../../support/test_gateway.ts";

declare global {
  /** Given by `--expose-gc`. */
  var gc: (() => void) | undefined;
}

const pingTimeoutSeconds = Number(Deno.args[0]);
const engine = new WarmFakeEngine();
await using gateway = new TestGateway(engine, { server: { pingTimeoutSeconds } });
print({ url: gateway.url.href });
for await (const _line of Deno.stdin.readable) {
  // What the test's own helpers remember is not the gateway's.
  for (const remembered of [gateway.events, engine.batches, engine.segments, engine.closedStreams]) {
    remembered.length = 0;
  }
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { counters: _counters, ...held } = gateway.gateway.stats;
  print({ ...held, heapBytes: Deno.memoryUsage().heapUsed });
}

function print(value: unknown): void {
  // deno-lint-ignore no-console -- its stdout is read by the bench
  console.log(JSON.stringify(value));
}
