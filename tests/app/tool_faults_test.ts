import { assertEquals, assertMatch } from "@std/assert";
import { ownToolChecks } from "../../lib/app/check/own_tools_check.ts";
import { toolDataSentence, toolHosts, toolWarnings } from "../../lib/app/mod.ts";
import { loadText, tell } from "../support/config_faults.ts";
import { configOf } from "../support/config_of.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const NEVER = new AbortController().signal;
const SERVERS = 'tools: { servers: { home: { type: http, url: "http://home.example/mcp" } } }\n';

test("toolFaults: a list of tools that names no source, and servers whose names differ in case, are told with their line", async () => {
  await tell([
    [
      `${SERVERS}agents: { default: { tools: [builtin, hom.turn_on] } }`,
      /^box\.yaml:2:\d+: agents\.default\.tools\[1\]: is "hom\.turn_on"; no tools come from hom; there are: builtin, device, music, requests, home; did you mean home\?$/,
    ],
    ["tools: { destructive: [device.self.reboot, 'house.*'] }", /tools\.destructive\[1\].*come from house;/],
    [
      "tools:\n  servers:\n    home: { type: stdio, command: [x] }\n    Home: { type: stdio, command: [x] }",
      /^box\.yaml:4:\d+: tools\.servers\.Home: .*home and Home differ in case alone/,
    ],
  ]);
  await loadText(`${SERVERS}agents: { default: { tools: ["*", "h*.turn_on", music, home] } }`);
});

test("toolWarnings, ownToolChecks: a folder without music, and secrets of requests, are told before anybody asks", async () => {
  await withTempDir(async (folder) => {
    const check = async (tools: Record<string, unknown>) => {
      const reports = [];
      for (const run of await ownToolChecks(configOf({ tools }).tools)) reports.push(await run(NEVER));
      return reports;
    };
    const missing = { music: { folder: `${folder}/none` } };
    assertMatch(toolWarnings(configOf({ tools: missing }))[0] ?? "", /^tools\.music\.folder is \S+\/none, /);
    assertEquals(toolWarnings(configOf({ tools: { music: { folder } } })), []);
    const [gone] = await check(missing);
    assertMatch(gone?.fault?.message ?? "", /\/none \(tools\.music\.folder\): it is no folder/);
    const [empty] = await check({ music: { folder } });
    assertMatch(empty?.fault?.message ?? "", /there is no MP3, WAV or Ogg Opus in it$/);
    await Deno.writeTextFile(`${folder}/Song.mp3`, "");
    assertEquals((await check({ music: { folder } })).map(({ ok, files }) => [ok, files]), [[true, 1]]);
    const request = {
      description: "Tells it.",
      url: "http://127.0.0.1:9/",
      headers: { authorization: "Bearer {key}" },
      secrets: { key: { env: "EARSHOT_TEST_NO_SUCH_KEY" } },
    };
    const [secret] = await check({ requests: { tell: request } });
    assertEquals([secret?.service, secret?.ok, secret?.fault?.code], [
      "tools.requests",
      false,
      "config.secret",
    ]);
    assertEquals(await check({}), []);
  });
});

test("toolHosts: what requests are made with goes to their hosts", () => {
  const config = (url: string) => configOf({ tools: { requests: { tell: { description: "Tells.", url } } } });
  assertEquals(toolHosts(config("https://bus.example/now")), ["bus.example"]);
  assertEquals(toolDataSentence(config("http://127.0.0.1:9/")), "tools: all are on this machine");
  assertEquals(toolDataSentence(configOf({})), undefined);
});
