/**
 * The gateway of `vad_load.ts` in a process of its own: its voice detection is the real engine's, recognition is a wait
 * as long as the real one takes. For the word `usage` it says what it has used, for `lateness` what the detector says.
 */
import { configOf } from "../../support/config_of.ts";
import { Gateway } from "../../../lib/app/mod.ts";
import { ownUsage, usageOf } from "../../../lib/device/load/mod.ts";
import { samplesOf } from "../../../lib/engine/mod.ts";
import { Scope } from "../../../lib/lifecycle/mod.ts";
import { serveMeasured } from "../../support/measured_server.ts";
import { openWarmEngine } from "../../support/real_engine.ts";
import { builtIn } from "../../support/recognizers.ts";
import type { TestEngine } from "../../support/test_gateway.ts";

/** The share of its length that recognizing a segment takes. */
const RECOGNITION_SHARE = 0.04;

await using scope = new Scope("vad bench");
const real = await openWarmEngine(scope);
const engine: TestEngine = {
  get stats() {
    return real.stats;
  },
  warm: () => real.warm(),
  hear: (batch, options) => real.hear(batch, options),
  releaseSound: (source, fromSeq) => real.releaseSound(source, fromSeq),
  closeVadStream: (id) => real.closeVadStream(id),
  async recognize(sound) {
    const inferenceMs = samplesOf(sound) / 16 * RECOGNITION_SHARE;
    await new Promise((resolve) => setTimeout(resolve, inferenceMs));
    return { text: "words", inferenceMs };
  },
};
const config = configOf({ server: { hostname: "127.0.0.1", port: 0 } });
const gateway = new Gateway({ config, scope, engines: engine, recognizers: builtIn(engine) });
await gateway.listening;
const { http, websocket } = gateway.urls[0];
await serveMeasured(websocket, async (word) => {
  if (word === "usage") return { ...ownUsage(), engine: await usageOf(real.stats.pid ?? 0) };
  return { metrics: await (await fetch(new URL("/metrics", http))).text() };
});
