/**
 * The gateway of `gateway_cost.ts` in a process of its own. Its engine is scripted: it hears by loudness and knows all
 * words at once, so what is measured is the gateway's own process, which decodes, keeps and cuts what it hears.
 * Arguments: the transport, and the URL of a sink with how packets are passed on to it: in `ogg` by the adapter of
 * DashScope, or `plain`, as they are.
 */
import { Gateway } from "../../../lib/app/mod.ts";
import type { AsrProvider } from "../../../lib/asr/mod.ts";
import { ownUsage } from "../../../lib/device/load/own_usage.ts";
import { Scope } from "../../../lib/lifecycle/mod.ts";
import { serveMeasured } from "../../support/measured_server.ts";
import { openRecognizer } from "../../support/open_recognizer.ts";
import { builtIn } from "../../support/recognizers.ts";
import { TRANSPORTS } from "../../support/test_gateway.ts";
import { relayService } from "./relay_service.ts";
import { configOf } from "../../support/config_of.ts";
import { FakeEngine } from "../../support/fake_engine.ts";

/** A test's engine keeps what it was asked; here that would be measured as the gateway's. */
class ForgetfulEngine extends FakeEngine {
  override hear(...args: Parameters<FakeEngine["hear"]>): ReturnType<FakeEngine["hear"]> {
    this.batches.length = 0;
    this.segments.length = 0;
    this.closedStreams.length = 0;
    return super.hear(...args);
  }
}

const MOST_STREAMS = 5_000;
/** A service that takes Opus and ends utterances itself, as the sink does. */
const SINK = { type: "dashscope", apiKey: { env: "NONE" }, encoding: "opus" };

function ogg(url: string): Promise<AsrProvider> {
  return openRecognizer({ type: "dashscope", url, encoding: "opus" }, { secrets: { apiKey: "none" } });
}

const [name = "deno", sinkUrl, framing = "ogg"] = Deno.args;
const transport = TRANSPORTS.find((transport) => transport.name === name);
if (transport === undefined) throw new Error(`Cannot serve: there is no transport ${name}`);
await using scope = new Scope("load bench");
const config = configOf({
  server: { hostname: "127.0.0.1", port: 0, transport: name },
  ...(sinkUrl !== undefined && { asr: { sink: { ...SINK, maxStreams: MOST_STREAMS } } }),
});
const service = sinkUrl === undefined
  ? undefined
  : framing === "plain"
  ? relayService(sinkUrl)
  : await ogg(sinkUrl);
const engine = new ForgetfulEngine();
const gateway = new Gateway({
  config,
  scope,
  engines: engine,
  recognizers: service === undefined ? builtIn(engine) : new Map([["sink", service]]),
  transport,
});
await gateway.listening;
await serveMeasured(gateway.urls[0].websocket, ownUsage);
