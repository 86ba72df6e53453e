import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../lib/errors/mod.ts";
import { writeWav } from "../../lib/audio/mod.ts";
import { earshot, objectsOf, runEarshot } from "../support/cli.ts";
import { noise } from "../support/noise.ts";
import { openGateway } from "../support/test_gateway.ts";
import { test } from "../support/test.ts";

const PERCENTILES = ["count", "p50", "p90", "p99", "max"];

async function withWav(use: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".wav" });
  try {
    await Deno.writeFile(path, writeWav(noise(8_000, 8_000), 16_000));
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

test("load --json is one object with everything that was measured", async () => {
  await using gateway = await openGateway("deno");
  await withWav(async (wav) => {
    const { code, stdout, stderr } = await runEarshot([
      ...[
        "load",
        "--json",
        "--url",
        gateway.url.href,
        "--devices",
        "3",
        "--ramp",
        "200ms",
        "--duration",
        "4s",
      ],
      ...["--mode", "manual", "--pause", "100ms", "--utterances", wav, wav, "--protocol-version", "3"],
      ...(Deno.build.os === "linux" ? ["--pid", String(Deno.pid)] : []),
    ]);
    assertEquals(code, EXIT.ok, stderr);
    const [report = {}, ...more] = objectsOf(stdout);
    assertEquals(more, []);
    const { type, url, devices, mode, frameMs, latencyMs, turns, connections, errors, closes } = report;
    assertEquals([type, url, devices, mode, frameMs], ["load", gateway.url.href, 3, "manual", 60]);
    assertEquals(connections, { opened: 3, failed: 0, refused: 0, lost: 0, dropped: 0, peak: 3 });
    assertEquals([errors, closes, report["interrupted"]], [{}, {}, false]);
    assert(typeof turns === "object" && turns !== null && "text" in turns && Number(turns.text) >= 3);
    assert(typeof latencyMs === "object" && latencyMs !== null);
    for (const [name, times] of Object.entries({ ...latencyMs, late: report["lateMs"] })) {
      assertEquals(Object.keys(times ?? {}), PERCENTILES, name);
    }
    for (const name of Deno.build.os === "linux" ? ["generator", "server"] : ["generator"]) {
      const used = report[name];
      assert(
        typeof used === "object" && used !== null && "cpuShare" in used && "residentBytes" in used,
        name,
      );
      assert(Number(used.cpuShare) > 0 && Number(used.cpuShare) < 2, `${name}: ${used.cpuShare}`);
      assert(Number(used.residentBytes) > 10e6, name);
      // Here the server is the tests' own process, whose main thread does nothing.
      assert("mainShare" in used && (used.mainShare === null) === (name === "generator"), name);
    }
  });
  await gateway.until(() => gateway.gateway.stats.sessions === 0, "the end of all sessions");
});

test("load prints a table, and sees a gateway on this machine by its metrics", async () => {
  await using gateway = await openGateway("deno");
  const { code, stdout, stderr } = await runEarshot([
    ...["load", "--url", gateway.url.href, "--ramp", "0s", "--duration", "2s", "--mode", "realtime"],
    ...["--pause", "0s"],
  ]);
  assertEquals(code, EXIT.ok, stderr);
  assertMatch(stdout, /ms +count +p50 +p90 +p99 +max\n/);
  for (const row of ["connect  ", "hello  ", "end of speech to text  ", "this generator was late  "]) {
    assertStringIncludes(stdout, row);
  }
  assertMatch(stdout, /connections +1 opened, 1 peak\n/);
  assertMatch(stdout, /this generator +\d+\.\d % of a core, \d+\.\d MB resident\n/);
  assertMatch(stdout, /the server +\d+\.\d % of a core, \d+\.\d MB resident\n/);
});

test("Ctrl-C ends a load, with its report", async () => {
  await using gateway = await openGateway("deno");
  const child = earshot([
    ...[
      "load",
      "--json",
      "--url",
      gateway.url.href,
      "--devices",
      "4",
      "--ramp",
      "100ms",
      "--duration",
      "10m",
    ],
    ...["--mode", "realtime"],
  ]).spawn();
  await gateway.until(() => gateway.gateway.stats.sessions === 4, "4 sessions");
  child.kill("SIGINT");
  const { code, stdout } = await child.output();
  assertEquals(code, EXIT.interrupted);
  const [report] = objectsOf(new TextDecoder().decode(stdout));
  assertEquals([report?.["type"], report?.["interrupted"]], ["load", true]);
  await gateway.until(() => gateway.gateway.stats.sessions === 0, "the end of all sessions");
}, { ignore: Deno.build.os === "windows" });

test("load asks before it loads another machine, and refuses what makes no sense", async () => {
  const url = "ws://127.0.0.1:1/";
  const wrong: readonly (readonly [args: string[], says: string])[] = [
    [["--url", "ws://box.example:8000/xiaozhi/v1/"], "--i-own-this-server"],
    [["--url", "ws://192.168.1.2:8000/"], "--i-own-this-server"],
    [["--url", "ws://127.0.0.1.example/"], "--i-own-this-server"],
    [["--url", "http://127.0.0.1/"], "--url: give a WebSocket URL"],
    [["--url", url, "--devices", "0"], "--devices: give a whole number, 1 to 5000"],
    [["--url", url, "--devices", "1.5"], "--devices: give a whole number"],
    [["--url", url, "--devices", "5001"], "--devices: give a whole number"],
    [["--url", url, "--ramp", "10"], "--ramp: give a time such as 10s"],
    [["--url", url, "--duration", "0s"], "--duration: give a time such as 60s"],
    [["--url", url, "--duration", "1441m"], "--duration: give a time such as 60s"],
    [["--url", url, "--faults", "5"], "--faults: give a share such as 5%"],
    [["--url", url, "--faults", "101%"], "--faults: give a share such as 5%"],
    [["--url", url, "--frame-ms", "30"], "--frame-ms: give 20 or 60"],
    [["--url", url, "--mode", "loud"], "--mode: give auto, manual or realtime"],
    [["--url", url, "--pid", "0"], "--pid: there is no process 0"],
  ];
  for (const [args, says] of wrong) {
    const { code, stdout, stderr } = await runEarshot(["load", ...args]);
    assertEquals([code, stdout], [EXIT.usage, ""], args.join(" "));
    assertStringIncludes(stderr, says);
  }
});

test("a server that is not there, and a file that is none, end a load with their own exit codes", async () => {
  const url = ["--url", "ws://127.0.0.1:1/", "--devices", "500", "--duration", "10m"];
  const unreachable = await runEarshot(["load", "--json", ...url]);
  assertEquals([unreachable.code, objectsOf(unreachable.stdout)[0]?.["code"]], [
    EXIT.network,
    "device.connect",
  ]);
  const missing = await runEarshot(["load", ...url, "--utterances", "/nowhere/a.wav"]);
  assertEquals(missing.code, EXIT.input);
  assertStringIncludes(missing.stderr, "Cannot read /nowhere/a.wav");
});

test("without the histogram library a load says so before it begins", async () => {
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  // The lock file of the gateway, which does not name it.
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `--config=${config}`, main, "load", "--url", "ws://127.0.0.1:1/"],
  }).output();
  assertEquals(code, EXIT.usage);
  assertStringIncludes(new TextDecoder().decode(stderr), "`deno task load`");
});
