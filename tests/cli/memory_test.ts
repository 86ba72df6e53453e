import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { RawWebSocket } from "../../lib/device/mod.ts";
import { EXIT } from "../../lib/errors/mod.ts";
import { claimDirectory, type MemoryEntry } from "../../lib/memory/mod.ts";
import { entry, openMemory, untilFolded } from "../memory/memory_harness.ts";
import { objectsOf, runEarshot } from "../support/cli.ts";
import { ServedGateway, withConfig } from "../support/served_gateway.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";

const KITCHEN = "02:00:00:aa:bb:cc";
const CONFIG = `asr: { vosk: { type: vosk, url: "ws://127.0.0.1:9" } }
devices: { "${KITCHEN}": { name: Kitchen }, "02:00:00:00:00:01": { name: Twin }, "02:00:00:00:00:02": { name: twin } }
agents: { default: { llm: none } }
`;

const TURNS: readonly MemoryEntry[] = [
  entry(1, { deviceId: KITCHEN, user: "what time is it", answer: "Five past two.", outcome: "answered" }),
  entry(2, {
    deviceId: KITCHEN,
    user: "tell me\x1b[2J a\nstory",
    answer: "Once upon a time",
    heardChars: 4,
    outcome: "interrupted",
    steps: [{ tool: "book", arguments: "{}", result: "ok", status: "done" }],
    speaker: { id: "u-alice", name: "Alice", score: 0.9 },
  }),
  entry(3, { deviceId: KITCHEN, user: "", outcome: "failed", code: "asr.unreachable" }),
];

/** Runs `use` with a data directory in which three turns, a summary and another device's turn are kept. */
async function withKept(
  use: (run: (...words: string[]) => ReturnType<typeof runEarshot>, data: string) => Promise<void>,
) {
  await withTempDir(async (dir) => {
    const data = `${dir}/data`;
    await Deno.writeTextFile(`${dir}/config.yaml`, CONFIG);
    {
      await using open = await openMemory(`${data}/memory`);
      for (const turn of TURNS) open.memory.record(turn);
      open.memory.record(entry(4, { deviceId: "my-browser", key: "b/4" }));
      open.memory.saveSummary(KITCHEN, { text: "likes\nstories", throughAtMs: Date.now() });
      await untilFolded(open);
      await until(() => open.memory.stats.summaries.saved === 1, "the summary is saved");
    }
    await use(
      (...words) => runEarshot(["memory", ...words, "--config", `${dir}/config.yaml`, "--data", data]),
      data,
    );
  });
}

test("memory show: by name or id, the newest turns, without what a terminal would obey", () =>
  withKept(async (run) => {
    const shown = await run("show", "kitchen");
    assertEquals(shown.code, EXIT.ok, shown.stderr);
    assert(!shown.stdout.includes("\x1b"));
    assertMatch(shown.stdout, /^until .*, in short: likes stories\n/);
    assertMatch(
      shown.stdout,
      /\n\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}answered +user: what time is it\n +answer: Five past two\.\n/,
    );
    assertMatch(
      shown.stdout,
      /interrupted +Alice: tell me \[2J a story\n +tool book: done\n +answer: Once .*\(heard: 4 of 16 /,
    );
    assertMatch(shown.stdout, /failed \(asr\.unreachable\) +user: \n$/);
    assertStringIncludes(shown.stderr, "3 of 3 turns shown");

    const last = await run("show", "02-00-00-AA-BB-CC", "--last", "1", "--json");
    const [summary, turn, ...others] = objectsOf(last.stdout);
    assertEquals([summary?.["type"], summary?.["text"], others.length], ["summary", "likes\nstories", 0]);
    assertEquals(turn, { type: "turn", ...TURNS[2] });
    assertStringIncludes(last.stderr, "1 of 3 turns shown");
    assertStringIncludes((await run("show", "Twin")).stderr, "give its id");
    assertEquals((await run("show", KITCHEN, "--last", "0")).code, EXIT.usage);
  }));

test("memory export: JSON lines on stdout or in a file for this user alone", () =>
  withKept(async (run, data) => {
    const { stdout, code } = await run("export", "Kitchen");
    assertEquals(code, EXIT.ok);
    const [summary, ...turns] = objectsOf(stdout);
    assertEquals([summary?.["type"], turns], ["summary", TURNS.map((turn) => ({ type: "turn", ...turn }))]);
    const path = `${data}/kitchen.jsonl`;
    const written = await run("export", "Kitchen", "-o", path, "--json");
    assertEquals(objectsOf(written.stdout), [{ type: "exported", deviceId: KITCHEN, turns: 3, path }]);
    assertEquals(await Deno.readTextFile(path), stdout);
    if (Deno.build.os !== "windows") assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
    const refused = await run("export", "Kitchen", "-o", `${data}/none/kitchen.jsonl`);
    assertEquals(refused.code, EXIT.failed);
    assertStringIncludes(refused.stderr, "cli.unwritable");
  }));

test("memory erase: what is kept of one device is gone from the files, and a device that is not there is told", () =>
  withKept(async (run, data) => {
    await Deno.writeTextFile(`${data}/memory/store.sqlite.corrupt`, "");
    const erased = await run("erase", "Kitchen", "--json");
    assertEquals(objectsOf(erased.stdout), [{ type: "erased", deviceId: KITCHEN, turns: 3 }], erased.stderr);
    assertStringIncludes(erased.stderr, "store.sqlite.corrupt");
    for (const { name } of Deno.readDirSync(`${data}/memory`)) {
      const text = Deno.readTextFileSync(`${data}/memory/${name}`);
      assert(!/what time|stories|Once upon/.test(text), name);
    }
    // A device that there is, of which nothing is kept, is no mistake.
    assertMatch((await run("erase", "Kitchen")).stdout, /^erased: 0 turns/);
    assertStringIncludes((await run("show", "Kitchen")).stderr, `nothing is kept of ${KITCHEN}`);
    for (const verb of ["show", "export", "erase"]) {
      const { code, stderr, stdout } = await run(verb, "02:00:00:aa:bb:c0", "--json");
      assertEquals([code, objectsOf(stdout)[0]?.["code"]], [EXIT.input, "memory.unknown_device"]);
      assertStringIncludes(stderr, "something is kept of my-browser");
    }
    assertEquals((await run("erase", "two words")).code, EXIT.usage);
    assertMatch((await run("erase", "my-browser")).stdout, /^erased: 1 turn of my-browser/);
    assertStringIncludes((await run("erase", "my-browser")).stderr, "something is kept of no device");
  }));

test("memory erase where another process holds the files and cannot be asked changes nothing", () =>
  withKept(async (run, data) => {
    {
      using _claim = await claimDirectory(`${data}/memory`);
      const { code, stderr } = await run("erase", "Kitchen");
      assertEquals(code, EXIT.unavailable);
      assertStringIncludes(stderr, "memory.in_use");
    }
    assertStringIncludes((await run("show", "Kitchen")).stderr, "3 of 3 turns shown");
  }));

test("memory of a data directory in which nothing was ever kept", () =>
  withTempDir(async (data) => {
    const { code, stderr } = await runEarshot(["memory", "show", KITCHEN, "--data", data]);
    assertEquals([code, stderr.includes("memory.unknown_device")], [EXIT.input, true]);
    assertEquals([...Deno.readDirSync(data)], []);
  }));

test("memory of a gateway that runs: shown and erased while it takes turns, which it does after that as well", () =>
  withConfig(async (config) => {
    await using served = new ServedGateway(config);
    const url = await served.warm();
    const run = (...words: string[]) =>
      runEarshot(["memory", ...words, "--config", config, "--data", served.data], {
        HTTP_PROXY: "http://127.0.0.1:9",
      });
    const headers = { "Device-Id": KITCHEN };
    const device = await RawWebSocket.connect(new URL(url), { headers }, new AbortController().signal);
    device.send(JSON.stringify({ type: "hello" }));
    const type = (text: string) => device.send(JSON.stringify({ type: "listen", state: "detect", text }));
    const words = async () => {
      const { stdout } = await run("show", "Kitchen", "--json");
      return objectsOf(stdout).map(({ user }) => user);
    };
    type("remember the milk");
    type("and the bread");
    await until(async () => (await words()).length === 2, "both are shown");
    const erased = await run("erase", "Kitchen", "--json");
    assertEquals(objectsOf(erased.stdout), [{ type: "erased", deviceId: KITCHEN, turns: 2 }], erased.stderr);
    assertEquals(await words(), []);
    type("what did I say");
    await until(async () => (await words()).length === 1, "a later turn is kept");
    assertEquals(await words(), ["what did I say"]);
    device.drop();
    for await (const _message of device);
    const { code, stderr } = await served.end("SIGTERM");
    assertEquals(code, EXIT.ok);
    assert(!/milk|bread/.test(stderr), "what was said is in the log");
    for (const { name } of Deno.readDirSync(`${served.data}/memory`)) {
      assert(!/milk|bread/.test(Deno.readTextFileSync(`${served.data}/memory/${name}`)), name);
    }
    assertMatch((await run("erase", "Kitchen")).stdout, /^erased: 1 turn of/);
  }, CONFIG));
