/**
 * The gateway of `overload.ts` in a process of its own. With a number its detector is emulated and takes so many ms a frame;
 * else it is the real engine's, and recognition is a wait as long as the real one takes. For the word `usage` it says what
 * it has used, for `overload` how full it is, for `metrics` what it shows of that.
 */
import { Gateway } from "../../../lib/app/mod.ts";
import { ownUsage } from "../../../lib/device/load/mod.ts";
import { samplesOf } from "../../../lib/engine/mod.ts";
import { Scope } from "../../../lib/lifecycle/mod.ts";
import { configOf } from "../../support/config_of.ts";
import { serveMeasured } from "../../support/measured_server.ts";
import { openWarmEngine } from "../../support/real_engine.ts";
import { builtIn } from "../../support/recognizers.ts";
import { SlowEngine } from "../../support/slow_engine.ts";
import type { TestEngine } from "../../support/test_gateway.ts";

/** The share of its length that recognizing a segment takes. */
const RECOGNITION_SHARE = 0.04;

const [frameMs, lateMs = "150"] = Deno.args;

async function openEngine(scope: Scope): Promise<TestEngine> {
  const slow = frameMs === undefined || frameMs === "" ? undefined : new SlowEngine(Number(frameMs));
  const detector = slow ?? await openWarmEngine(scope);
  return {
    get stats() {
      return detector.stats;
    },
    warm: () => detector.warm(),
    hear: (batch, options) => detector.hear(batch, options),
    releaseSound: (source, fromSeq) => detector.releaseSound(source, fromSeq),
    closeVadStream: (id) => detector.closeVadStream(id),
    async recognize(sound) {
      const inferenceMs = samplesOf(sound) / 16 * RECOGNITION_SHARE;
      await new Promise((resolve) => setTimeout(resolve, inferenceMs));
      return { text: "words", inferenceMs };
    },
  };
}

await using scope = new Scope("overload bench");
const engine = await openEngine(scope);
const config = configOf({
  server: { hostname: "127.0.0.1", port: 0 },
  session: { hearingLateMs: Number(lateMs) },
});
const gateway = new Gateway({ config, scope, engines: engine, recognizers: builtIn(engine) });
await gateway.listening;
const { http, websocket } = gateway.urls[0];
await serveMeasured(websocket, async (word) => {
  if (word === "usage") return ownUsage();
  if (word === "overload") return gateway.stats.overload;
  return { metrics: await (await fetch(new URL("/metrics", http))).text() };
});
