/**
 * A gateway without models and with short deadlines, for `survival.ts`.
 *
 *     deno run -A tests/soak/support/survival_gateway.ts TRANSPORT [HOSTNAME] [DESCRIPTORS]
 */
import { Gateway, type GatewayStats } from "../../../lib/app/mod.ts";
import { Scope } from "../../../lib/lifecycle/mod.ts";
import { type ProcessHeld, processHeld, serveMeasured } from "../../support/measured_server.ts";
import { builtIn } from "../../support/recognizers.ts";
import { TRANSPORTS } from "../../support/test_gateway.ts";
import { configOf } from "../../support/config_of.ts";
import { FakeEngine } from "../../support/fake_engine.ts";

/** What it answers to `held`. */
export type SurvivalAnswers = { readonly held: GatewayStats & ProcessHeld };

if (import.meta.main) {
  const [name, hostname = "127.0.0.1", descriptors] = Deno.args;
  // As `serve` does: up to Deno 2.9.6 the first use of signals panics when no descriptor is left.
  Deno.addSignalListener("SIGTERM", () => Deno.exit(0));
  const transport = TRANSPORTS.find((transport) => transport.name === name);
  if (transport === undefined) throw new Error(`Cannot start: no transport is called ${name}`);
  await using scope = new Scope("survival", { closeDeadlineMs: 20_000 });
  const engine = new FakeEngine();
  const gateway = new Gateway({
    config: configOf({
      server: {
        transport: name,
        hostname,
        port: 0,
        pingTimeoutSeconds: 2,
        requestTimeoutMs: 2_000,
      },
      session: { helloTimeoutMs: 3_000, idleTimeoutMs: 6_000, slowReaderMs: 1_000, closeHandshakeMs: 500 },
    }),
    scope,
    engines: engine,
    recognizers: builtIn(engine),
    transport,
    ...(descriptors !== undefined && { descriptorLimit: Number(descriptors) }),
  });
  await gateway.listening;
  // Looking takes a descriptor, so without one left it is known how many there are.
  const none = () => ({
    heapBytes: 0,
    residentBytes: 0,
    descriptors: Number(descriptors),
    unhandled: 0,
  });
  await serveMeasured(
    gateway.urls[0].websocket,
    async () => ({ ...gateway.stats, ...await processHeld().catch(none) }),
  );
  Deno.exit(0);
}
