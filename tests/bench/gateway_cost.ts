/**
 * What the whole gateway costs a packet, against a bare server that sends each packet back, under the same load in the
 * same run, one after the other. The gateway's engine is scripted, so this is its own process: sockets, checks, Opus,
 * buffers, turns. Arguments: how many devices, and for how many seconds.
 *
 * `deno run -A tests/bench/gateway_cost.ts`
 */
import { MeasuredProcess } from "../support/measured_process.ts";
import { type MeasuredLoad, measureLoad, type UsageProcess } from "./support/load_process.ts";
import { report } from "./support/report.ts";

const [devices = "100", seconds = "10"] = Deno.args;
/** Of which Opus is the most: `opus_cost.ts`. */
const LIMIT = 10;

async function load(module: string, args: readonly string[] = []): Promise<MeasuredLoad> {
  const url = new URL(`./support/${module}.ts`, import.meta.url);
  await using server: UsageProcess = new MeasuredProcess(url, { args, asStarted: true });
  const serverUrl = await server.url();
  const flags = ["--devices", devices, "--mode", "manual", "--pause", "100ms"];
  // A process that has just begun compiles more than it serves.
  await measureLoad(server, serverUrl, [...flags, "--ramp", "1s", "--duration", "4s"]);
  return await measureLoad(server, serverUrl, [...flags, "--ramp", "3s", "--duration", `${seconds}s`]);
}

const echo = await load("bare_echo");
report({ name: "bare echo server: CPU a packet", measured: echo.cpuUsPerPacket, unit: "us" });
for (const engine of ["deno", "ws"]) {
  const gateway = await load("load_gateway", [engine]);
  const { turns, frames, lateMs, connections, latencyMs } = gateway.report;
  report({
    name: `gateway (${engine}): CPU a packet, of a bare echo server's`,
    measured: gateway.cpuUsPerPacket / echo.cpuUsPerPacket,
    unit: "x",
    limit: LIMIT,
    detail: {
      devices: Number(devices),
      packets: frames.sent,
      gatewayUs: gateway.cpuUsPerPacket,
      echoUs: echo.cpuUsPerPacket,
      textMs: latencyMs.text,
      generatorLateMs: lateMs,
    },
  });
  report({
    name: `gateway (${engine}): utterances without words, lost connections, packets left out`,
    measured: turns.empty + turns.alert + turns.no_answer + turns.lost + connections.lost + frames.dropped,
    unit: "faults",
    limit: 0,
    exact: true,
  });
}
