/** The gateway of `session_leak.ts`; answers every word with what it holds. */
import { Gateway, type GatewayStats } from "../../../lib/app/mod.ts";
import { Scope } from "../../../lib/lifecycle/mod.ts";
import { type ProcessHeld, processHeld, serveMeasured } from "../../support/measured_server.ts";
import { openWarmEngine } from "../../support/real_engine.ts";
import { builtIn } from "../../support/recognizers.ts";
import { configOf } from "../../support/config_of.ts";

/** What it answers. */
export type LeakGatewayHeld = GatewayStats & ProcessHeld;

if (import.meta.main) {
  const pingTimeoutSeconds = Number(Deno.args[0]);
  await using scope = new Scope("leak bench");
  const engine = await openWarmEngine(scope);
  const config = configOf({ server: { hostname: "127.0.0.1", port: 0, pingTimeoutSeconds } });
  const gateway = new Gateway({ config, scope, engines: engine, recognizers: builtIn(engine) });
  await serveMeasured(
    gateway.urls[0].websocket,
    async (): Promise<LeakGatewayHeld> => {
      const held = await processHeld();
      return { ...gateway.stats, ...held };
    },
  );
}
