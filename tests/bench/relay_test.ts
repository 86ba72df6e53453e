import { assert, assertEquals } from "@std/assert";
import { MeasuredProcess } from "../support/measured_process.ts";
import { test } from "../support/test.ts";
import { measureLoad, type UsageProcess } from "./support/load_process.ts";
import type { Arrivals } from "./support/relay_sink.ts";

const FLAGS = ["--devices", "3", "--mode", "manual", "--pause", "0s", "--stamp", "--ramp", "0s"];

test("every packet that goes through a bare relay or the gateway is seen at the far end, in order", async () => {
  await using sink = new MeasuredProcess<{ readonly arrivals: Arrivals }>(
    new URL("./support/relay_sink.ts", import.meta.url),
  );
  const sinkUrl = (await sink.url()).href;
  for (
    const [module, args, atMostMissing] of [["bare_relay", [], 0], ["load_gateway", ["deno"], 6]] as const
  ) {
    const server = new URL(`./support/${module}.ts`, import.meta.url);
    await using relay: UsageProcess = new MeasuredProcess(server, { args: [...args, sinkUrl] });
    const { report: { frames, turns }, cpuUsPerPacket, residentBytes } = await measureLoad(
      relay,
      await relay.url(),
      [...FLAGS, "--duration", "3s"],
    );
    const { messages, stamps, outOfOrder, latencyMs, lastLatencyMs } = await sink.ask("arrivals");
    assert(frames.sent > 100 && frames.stamped === frames.sent, JSON.stringify(frames));
    // The page that each device has begun is never full when the run ends.
    assert(frames.stamped - stamps >= 0 && frames.stamped - stamps <= atMostMissing, `${stamps} have come`);
    assertEquals([outOfOrder, latencyMs.count, frames.dropped], [0, stamps, 0]);
    assert(lastLatencyMs.count <= messages && (lastLatencyMs.p50 ?? NaN) < 60);
    assert(turns.text + turns.empty >= 3 && turns.no_answer === 0, JSON.stringify(turns));
    assert(cpuUsPerPacket > 0 && residentBytes > 1e7);
  }
});

test("what a bare echo sends back is measured by the generator itself", async () => {
  await using echo: UsageProcess = new MeasuredProcess(new URL("./support/bare_echo.ts", import.meta.url));
  const { report: { frames, latencyMs } } = await measureLoad(echo, await echo.url(), [
    ...FLAGS,
    ...["--duration", "2s"],
  ]);
  assertEquals(frames.received, frames.sent);
  assertEquals(latencyMs.echo.count, frames.stamped);
  assert((latencyMs.echo.p50 ?? NaN) < 100);
});
