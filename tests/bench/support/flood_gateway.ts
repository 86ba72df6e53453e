/**
 * The gateway of `flood.ts` in a process of its own, so that its memory is its own. It prints its URL; for every
 * line on stdin it prints what it holds, after a collection when the line says `gc`. Arguments: the budget in bytes,
 * and the transport.
 */
import { Gateway } from "../../../lib/app/mod.ts";
import { MemoryAccount, MemoryBudget } from "../../../lib/audio/mod.ts";
import { Scope } from "../../../lib/lifecycle/mod.ts";
import { denoTransport } from "../../../lib/server/mod.ts";
import { wsTransport } from "../../../lib/server/transport/ws_transport.ts";
import { openWarmEngine } from "../../support/real_engine.ts";
import { builtIn } from "../../support/recognizers.ts";
import { configOf } from "../../support/config_of.ts";

declare global {
  /** Given by `--expose-gc`. */
  var gc: () => void;
}

/** The most that was ever charged, looked at after every push. */
let peakBytes = 0;
let budget: MemoryBudget | undefined;
const { open } = MemoryBudget.prototype;
MemoryBudget.prototype.open = function (this: MemoryBudget, name: string) {
  budget = this;
  return open.call(this, name);
};
const { charge } = MemoryAccount.prototype;
MemoryAccount.prototype.charge = function (this: MemoryAccount, bytes: number) {
  charge.call(this, bytes);
  peakBytes = Math.max(peakBytes, budget?.chargedBytes ?? 0);
};

await using scope = new Scope("flood bench");
const engine = await openWarmEngine(scope);
const config = configOf({
  server: { hostname: "127.0.0.1", port: 0, transport: Deno.args[1] },
  audio: { budgetBytes: Number(Deno.args[0]) },
});
const transport = Deno.args[1] === "ws" ? wsTransport : denoTransport;
const gateway = new Gateway({ config, scope, engines: engine, recognizers: builtIn(engine), transport });
await gateway.listening;
print({ url: gateway.urls[0].websocket });
for await (const line of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  for (let round = 0; line.startsWith("gc") && round < 5; round++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { rss, heapUsed, external } = Deno.memoryUsage();
  print({ ...gateway.stats, peakBytes, residentBytes: rss, liveBytes: heapUsed + external });
}

function print(value: unknown): void {
  // deno-lint-ignore no-console -- its stdout is read by the bench
  console.log(JSON.stringify(value));
}
