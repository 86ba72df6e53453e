/**
 * The gateway of `pass_through.ts` in a process of its own. Arguments: the URL of the sink, the length of Ogg pages in
 * ms (0: packets as they are), the socket engine.
 */
import { configSchema, Gateway } from "../../../lib/app/mod.ts";
import { ownUsage } from "../../../lib/device/load/mod.ts";
import { Scope } from "../../../lib/lifecycle/mod.ts";
import { loadSockets } from "../../../lib/net/mod.ts";
import { serveMeasured } from "../../support/measured_server.ts";
import { HTTP_ENGINES, WarmFakeEngine } from "../../support/test_gateway.ts";
import { relayService } from "./relay_service.ts";

const [sinkUrl = "", pageMs = "0", name = "deno"] = Deno.args;
const http = HTTP_ENGINES.find((engine) => engine.name === name);
if (http === undefined) throw new Error(`Cannot serve: there is no socket engine ${name}`);
await loadSockets();
await using scope = new Scope("pass-through bench");
const config = configSchema.parse({
  server: { hostname: "127.0.0.1", port: 0, engine: name },
  asr: { provider: "vosk", maxStreams: 10_000 },
});
const gateway = new Gateway({
  config,
  scope,
  engine: new WarmFakeEngine(),
  service: relayService(sinkUrl, pageMs === "0" ? "plain" : { pageMs: Number(pageMs) }),
  http,
});
await gateway.listening;
await serveMeasured(gateway.urls[0].websocket, (word) => {
  if (word === "usage") return ownUsage();
  const { counters, sessions, audioPeakBytes } = gateway.stats;
  const { framesTooFast, framesOverflowed, audioEvicted, turnsFailed } = counters;
  return { sessions, audioPeakBytes, framesTooFast, framesOverflowed, audioEvicted, turnsFailed };
});
