import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async";
import { RawWebSocket } from "../../lib/device/mod.ts";
import { EXIT } from "../../lib/errors/mod.ts";
import { earshot, objectsOf, runEarshot } from "../support/cli.ts";
import { weightsMissing } from "../support/models.ts";
import { ServedGateway, withConfig } from "../support/served_gateway.ts";
import { COUNTRY, COUNTRY_WORDS, speechMissing, speechPath } from "../support/speech.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const ignore = weightsMissing || speechMissing();
const IDS = { "Device-Id": "02:00:00:aa:bb:cc", "Client-Id": "7b1f9f0e-0000-4000-8000-000000000001" };
const AUTH = "auth:\n  required: true\n  adminToken:\n    env: EARSHOT_TEST_ADMIN\nlog:\n  level: debug\n";

test(
  "a box that asks for approval: code, approval, token, speech, revocation, without a restart",
  async () => {
    await withConfig(async (config) => {
      const admin = "canary-admin-7f3a";
      await using served = new ServedGateway(config, { EARSHOT_TEST_ADMIN: admin });
      const url = await served.warm();
      const http = url.replace("ws:", "http:").replace("/v1/", "/ota/");
      const set = ["--data", served.data, "--config", config, "--json"];
      const ask = async () => await (await fetch(http, { method: "POST", headers: IDS, body: "{}" })).json();
      const say = (token: string) =>
        runEarshot([
          "device",
          "--json",
          ...[
            "--url",
            url,
            "--device-id",
            IDS["Device-Id"],
            "--client-id",
            IDS["Client-Id"],
            "--token",
            token,
          ],
          speechPath(COUNTRY),
        ]);

      const { code } = (await ask()).activation;
      const [waiting] = objectsOf((await runEarshot(["devices", "list", ...set])).stdout);
      assertEquals([waiting?.["state"], waiting?.["deviceId"], waiting?.["code"]], [
        "waits",
        IDS["Device-Id"],
        code,
      ]);
      const approved = await runEarshot(["devices", "approve", code, ...set]);
      assertEquals([approved.code, objectsOf(approved.stdout)[0]?.["deviceId"]], [EXIT.ok, IDS["Device-Id"]]);
      const { websocket: { token } } = await ask();
      const said = await say(token);
      assertEquals(said.code, EXIT.ok, said.stderr);
      assertMatch(String(objectsOf(said.stdout).at(-1)?.["texts"]), COUNTRY_WORDS);

      const refused = await say("canary-token-9c1e");
      assertEquals(refused.code, EXIT.network);
      assertStringIncludes(refused.stderr, "give a --token of its own");
      await fetch(`${http}?authorization=canary-query-55d2`, {
        headers: { authorization: "Bearer canary-header-12ab" },
      })
        .then((response) => response.body?.cancel());
      const shown =
        await (await fetch(new URL("/metrics", http), { headers: { authorization: `Bearer ${admin}` } }))
          .text();

      assertEquals((await runEarshot(["devices", "revoke", IDS["Device-Id"], ...set])).code, EXIT.ok);
      await delay(2_500);
      assertEquals((await say(token)).code, EXIT.network);
      const { code: exitCode, stderr } = await served.end("SIGTERM");
      assertEquals(exitCode, EXIT.ok);
      assertStringIncludes(stderr, "auth.not_approved");
      for (const secret of [token, admin, "canary", IDS["Client-Id"], "country"]) {
        assert(!stderr.includes(secret), `${secret} is in the log`);
        assert(!shown.includes(secret), `${secret} is in the metrics`);
      }
    }, AUTH);
  },
  { ignore },
);

const SERVICE = 'asr: { vosk: { type: vosk, url: "ws://127.0.0.1:9" } }\n';

test("devices list shows who is connected to the gateway that runs with this data, and says when none does", async () => {
  await withConfig(async (config) => {
    await using served = new ServedGateway(config);
    const url = await served.warm();
    const list = async (flags: readonly string[] = []) => {
      const set = ["--data", served.data, "--config", config, ...flags];
      // What would ask for everything through it.
      return await runEarshot(["devices", "list", ...set], { HTTP_PROXY: "http://127.0.0.1:9" });
    };
    assertStringIncludes((await list()).stderr, "0 approved, 0 waiting, 0 pinned, 0 connected");
    const headers = { "Device-Id": "02-00-00-AA-BB-CC", "Client-Id": "canary-client-77" };
    const device = await RawWebSocket.connect(new URL(url), { headers }, new AbortController().signal);
    device.send(JSON.stringify({ type: "hello" }));
    const shown = await list(["--json"]);
    assertEquals(shown.code, EXIT.ok, shown.stderr);
    const connected = objectsOf(shown.stdout).find(({ state }) => state === "connected");
    assertEquals([
      connected?.["type"],
      connected?.["state"],
      connected?.["deviceId"],
      connected?.["clientId"],
    ], [
      "device",
      "connected",
      "02:00:00:aa:bb:cc",
      "canary-client-77",
    ]);
    assertEquals(connected?.["address"], "127.0.0.1");
    assertMatch((await list()).stdout, /^connected +02:00:00:aa:bb:cc .* from 127\.0\.0\.1, since /m);
    const { mode } = await Deno.stat(`${served.data}/gateway.json`);
    assertEquals((mode ?? 0) & 0o077, 0, "others of this machine can read it");
    device.drop();
    for await (const _message of device);

    const { stderr } = await served.end("SIGTERM");
    assertMatch(stderr, /Session opened.*02:00:00:aa:bb:cc/);
    assertMatch(stderr, /Session closed.*02:00:00:aa:bb:cc/);
    assert(!stderr.includes("canary"), "a Client-Id is in the log");
    assertStringIncludes((await list()).stderr, "nobody is connected: no gateway runs with");
    // One that was killed leaves the file behind; what has its port now is another program.
    const other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => Response.json({}));
    const left = { pid: 1, url: `http://127.0.0.1:${other.addr.port}/`, token: "t" };
    await Deno.writeTextFile(`${served.data}/gateway.json`, JSON.stringify(left));
    assertStringIncludes((await list()).stderr, "nobody is connected: no gateway runs with");
    await other.shutdown();
    assertStringIncludes((await list()).stderr, "nobody is connected: no gateway runs with");
  }, SERVICE);
});

test("devices list shows who is pinned and who is not trusted, and unpin has the next one pinned", async () => {
  await withConfig(async (config) => {
    await using served = new ServedGateway(config);
    const url = await served.warm();
    const set = ["--data", served.data, "--config", config];
    const run = (...words: string[]) =>
      runEarshot(["devices", ...words, ...set], { HTTP_PROXY: "http://127.0.0.1:9" });
    const connect = async (clientId: string) => {
      const headers = { ...IDS, "Client-Id": clientId };
      const device = await RawWebSocket.connect(new URL(url), { headers }, new AbortController().signal);
      device.send(JSON.stringify({ type: "hello" }));
      return device;
    };
    const trust = async () => {
      const listed = objectsOf((await run("list", "--json")).stdout);
      return listed.map(({ state, clientId, trusted }) => [state, clientId, trusted]);
    };
    const first = await connect("canary-first");
    const second = await connect("canary-second");
    assertEquals(await trust(), [
      ["pinned", "canary-first", undefined],
      ["connected", "canary-first", true],
      ["connected", "canary-second", false],
    ]);
    const shown = await run("list");
    assertStringIncludes(shown.stdout, "NOT TRUSTED: another Client-Id came first (earshot devices unpin)");
    assertStringIncludes(shown.stderr, "0 approved, 0 waiting, 1 pinned, 2 connected");
    assertMatch((await run("unpin", IDS["Device-Id"])).stdout, /^unpinned: 02:00:00:aa:bb:cc/);
    for (const device of [first, second]) {
      for await (const _message of device);
      assertEquals((await device.closed).code, 4004);
    }
    const third = await connect("canary-second");
    assertEquals(await trust(), [
      ["pinned", "canary-second", undefined],
      ["connected", "canary-second", true],
    ]);
    third.drop();
    for await (const _message of third);
    const { stderr } = await served.end("SIGTERM");
    assertMatch(stderr, /A device is not trusted.*02:00:00:aa:bb:cc/);
    assert(!stderr.includes("canary"), "a Client-Id is in the log");

    // After the end: a damaged file is shown by its path, and can be taken away all the same.
    const [{ name = "" } = {}] = [...Deno.readDirSync(`${served.data}/auth/pinned`)];
    await Deno.writeTextFile(`${served.data}/auth/pinned/${name}`, "{");
    assertStringIncludes((await run("list")).stdout, `${served.data}/auth/pinned/${name}`);
    assertEquals((await run("unpin", IDS["Device-Id"])).code, EXIT.ok);
    const none = await run("unpin", IDS["Device-Id"], "--json");
    assertEquals([none.code, objectsOf(none.stdout)[0]?.["code"]], [EXIT.input, "auth.unknown_device"]);
  }, SERVICE);
});

test("the engine comes back although the gateway has given up what it does not need", async () => {
  await withConfig(async (config) => {
    await using served = new ServedGateway(config);
    const url = await served.warm();
    const engines = new Deno.Command("pgrep", { args: ["-P", String(served.pid)] });
    const [engine] = new TextDecoder().decode((await engines.output()).stdout).trim().split("\n").map(Number);
    assert(engine !== undefined && engine > 0, "the engine's process");
    Deno.kill(engine, "SIGKILL");
    await delay(500);
    const said = await runEarshot(["device", "--json", "--url", url, speechPath(COUNTRY)]);
    assertMatch(String(objectsOf(said.stdout).at(-1)?.["texts"]), COUNTRY_WORDS, said.stderr);
    await served.end("SIGTERM");
  });
}, { ignore: ignore || Deno.build.os !== "linux" });

test("tokens for clients that ask no OTA: printed alone, good for one device, signed by the newest key", async () => {
  await withTempDir(async (data) => {
    const run = (args: string[]) => runEarshot([...args, "--data", data]);
    const plain = await run(["token", "my-browser"]);
    assertMatch(plain.stdout, /^[\w-]{43}\.\d+\n$/);
    const [object] = objectsOf(
      (await run(["token", "AA:BB:CC:DD:EE:FF", "--client-id", "uuid", "--json"])).stdout,
    );
    assertEquals([object?.["deviceId"], object?.["clientId"]], ["aa:bb:cc:dd:ee:ff", "uuid"]);
    const before = await Deno.readTextFile(`${data}/auth/keys`);
    assertEquals((await run(["token", "--rotate"])).code, EXIT.ok);
    const after = await Deno.readTextFile(`${data}/auth/keys`);
    assertEquals(after.split("\n")[1], before.trim());
    const listed = objectsOf((await run(["devices", "list", "--json"])).stdout);
    assertEquals(listed.map(({ deviceId }) => deviceId).sort(), ["aa:bb:cc:dd:ee:ff", "my-browser"]);
  });
});

test("what is wrong with a device that was named is told with what to do", async () => {
  await withTempDir(async (data) => {
    const refusal = async (args: string[]) => {
      const { code, stderr, stdout } = await runEarshot([...args, "--data", data, "--json"]);
      return [code, objectsOf(stdout)[0]?.["code"], stderr.includes("earshot: Cannot")];
    };
    assertEquals(await refusal(["devices", "approve", "123456"]), [EXIT.input, "auth.unknown_device", true]);
    assertEquals(await refusal(["devices", "revoke", "02:00:00:aa:bb:cc"]), [
      EXIT.input,
      "auth.unknown_device",
      true,
    ]);
    assertEquals(await refusal(["devices", "approve", "two words"]), [EXIT.usage, "cli.usage", true]);
    assertEquals(await refusal(["token"]), [EXIT.usage, "cli.usage", true]);
    assertEquals(await refusal(["token", "a|b"]), [EXIT.unavailable, "auth.not_approved", true]);
  });
});

test("the line that a box shows to try it makes a token with the box's own keys", async () => {
  await withTempDir(async (data) => {
    await withConfig(async (config) => {
      const child = earshot(["serve", "--port", "0", "--config", config, "--data", data]).spawn();
      let shown = "";
      for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
        shown += part;
        if (!shown.includes("stop ")) continue;
        child.kill("SIGTERM");
        break;
      }
      await child.stderr.cancel();
      await child.status;
      assertMatch(
        shown,
        new RegExp(
          `try it .* --token "\\$\\(earshot token \\S+ --client-id \\S+ --config ${config} --data ${data}\\)"`,
        ),
      );
    }, 'auth: { required: true }\nasr: { vosk: { type: vosk, url: "ws://127.0.0.1:9" } }\n');
  });
});

test("devices set writes the data directory's config, which goes before config.yaml; config reset undoes it", () =>
  withTempDir(async (dir) => {
    const config = `${dir}/config.yaml`;
    await Deno.writeTextFile(config, "agents: { kids: {} }\ndevices: { 02:00:00:aa:bb:cc: { name: Old } }\n");
    const run = (...words: string[]) => runEarshot([...words, "--config", config, "--data", `${dir}/data`]);
    const id = "02-00-00-AA-BB-CC";
    const set = await run("devices", "set", id, "--agent", "kids", "--name", "厨房", "--json");
    assertEquals(set.code, EXIT.ok, set.stderr);
    const [told] = objectsOf(set.stdout);
    assertEquals([told?.["deviceId"], told?.["agent"], told?.["name"]], [
      "02:00:00:aa:bb:cc",
      "kids",
      "厨房",
    ]);
    const list = await run("devices", "list", "--json");
    assertEquals(objectsOf(list.stdout)[0]?.["name"], "厨房");

    const wrong = await run("devices", "set", id, "--agent", "kidz");
    assertEquals(wrong.code, EXIT.usage);
    assertMatch(wrong.stderr, /the agent kidz: the config has only default, kids/);
    assertEquals((await run("devices", "set", id)).code, EXIT.usage);
    assertEquals((await run("devices", "set", "no id", "--name", "x")).code, EXIT.usage);

    const lines = await run("devices", "set", id, "--name", "a\nb");
    assertEquals([lines.code, lines.stderr.includes("--name: give one line of plain text")], [
      EXIT.usage,
      true,
    ]);

    for (const words of [["check"], ["devices", "list"], ["models", "list"]]) {
      const { stdout, stderr } = await run(...words);
      assertMatch(
        stderr,
        /devices\.02:00:00:aa:bb:cc\.name is overridden by .*config\.yaml:\d+:\d+; `earshot config reset/,
      );
      assertEquals([stderr.split("is overridden").length, stdout.includes("overridden")], [2, false]);
    }
    assertEquals((await run("config", "reset", "devices.02:00:00:aa:bb:cc.name")).code, EXIT.ok);
    assertEquals(objectsOf((await run("devices", "list", "--json")).stdout)[0]?.["name"], "Old");
    const again = await run("config", "reset", "devices.02:00:00:aa:bb:cc.name");
    assertEquals(again.code, EXIT.usage);
    assertMatch(again.stderr, /does not set it/);

    await Deno.writeTextFile(`${dir}/data/config.yaml`, "devices: { 02:00:00:aa:bb:cc: { agent: gone } }\n");
    assertEquals((await run("devices", "list")).code, EXIT.config);
    assertEquals((await run("devices", "set", id, "--agent", "")).code, EXIT.ok);

    await Deno.writeTextFile(`${dir}/data/config.yaml`, "devices: {\n");
    for (const words of [["config", "reset", "devices"], ["devices", "set", id, "--name", "x"]]) {
      const { code, stderr } = await run(...words);
      assertEquals(code, EXIT.config);
      assertMatch(
        stderr,
        /Cannot use .*data\/config\.yaml: 1 problem\n.*data\/config\.yaml:\d+:\d+: not valid YAML/,
      );
    }
  }));
