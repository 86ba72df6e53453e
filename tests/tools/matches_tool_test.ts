import { assert, assertEquals } from "@std/assert";
import { matchesTool, toolsConfig } from "../../lib/tools/mod.ts";
import { test } from "../support/test.ts";

test("matchesTool: a source alone means all of it, SOURCE.TOOL one tool, * any characters in either", () => {
  const cases: readonly (readonly [string, string, string, boolean])[] = [
    ["home", "home", "light_on", true],
    ["home", "homes", "light_on", false],
    ["home.*", "home", "light_on", true],
    ["home.light_*", "home", "light_on", true],
    ["home.light_*", "home", "lock", false],
    ["*", "device", "self.audio.set_volume", true],
    ["*.unlock*", "home", "unlock_door", true],
    ["device.self.audio.*", "device", "self.audio.set_volume", true],
    ["device.self.*.set_*", "device", "self.audio.set_volume", true],
    ["home.a*a", "home", "a", false],
    ["home.*a*b*", "home", "xaxbx", true],
    ["home.*b*a", "home", "ab", false],
    ["home.x.y", "home", "x.y", true],
    ["home.(.*)+", "home", "x", false],
  ];
  for (const [pattern, source, tool, expected] of cases) {
    assertEquals(matchesTool(pattern, source, tool), expected, `${pattern} ${source}.${tool}`);
  }
});

test("matchesTool: a hostile pattern costs no time", () => {
  const beganMs = performance.now();
  matchesTool(`a.${"*a".repeat(2_000)}b`, "a", "a".repeat(20_000));
  assert(performance.now() - beganMs < 1_000);
});

test("toolsConfig: defaults, types by name, and what is wrong with a server", () => {
  assertEquals(toolsConfig.parse({}), { open: false, destructive: [], requests: {}, servers: {} });
  const { servers } = toolsConfig.parse({ servers: { homeAssistant: { token: { env: "HA_TOKEN" } } } });
  assertEquals(servers["homeAssistant"]?.type, "homeAssistant");
  const wrong = [
    { servers: { builtin: { type: "http", url: "http://x.example/mcp" } } },
    { servers: { a: { type: "stdio", command: [] } } },
    { servers: { a: { type: "stdio", command: ["X=1", "y"] } } },
    { servers: { a: { type: "stdio", command: ["y"], env: { LD_PRELOAD: "/x.so" } } } },
    { servers: { a: { type: "http", url: "ws://x.example" } } },
    { servers: { a: { type: "http", url: "http://x.example", token: "plain" } } },
    { servers: { a: { type: "homeAssistant" } } },
    { servers: { "a.b": { type: "stdio", command: ["y"] } } },
    { destructive: ["two words"] },
  ];
  for (const config of wrong) assert(!toolsConfig.safeParse(config).success, JSON.stringify(config));
});
