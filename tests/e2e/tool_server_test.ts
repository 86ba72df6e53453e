import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { permissionWords } from "../../lib/app/mod.ts";
import { EXIT } from "../../lib/errors/mod.ts";
import { objectsOf, runEarshot } from "../support/cli.ts";
import { httpPeer, isAlive, stdioPeer } from "../support/mcp/peers.ts";
import { weightsMissing } from "../support/models.ts";
import { ServedGateway, withConfig, withServedGateway } from "../support/served_gateway.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";

const options = { ignore: weightsMissing };

function toolsYaml(env: Readonly<Record<string, string>> = {}): string {
  // A config is YAML, and so is JSON.
  return `tools: ${JSON.stringify({ servers: { peer: stdioPeer(["deaf", "fork"], env) } })}\n`;
}

test(
  "serve runs an MCP server as a command: it is up, is ended for good with the gateway, and holds what is told",
  async () => {
    const file = await Deno.makeTempFile();
    let forked = 0;
    await withServedGateway(async (gateway) => {
      await gateway.until(({ toolServers }) => toolServers.some(({ up }) => up), "the server");
      const { toolServers, permissions } = await gateway.health();
      assertEquals(toolServers, [{ name: "peer", up: true, tools: 10, restarts: 0 }]);
      forked = Number(await Deno.readTextFile(file));
      assert(isAlive(forked));
      const { code, stdout } = await runEarshot(["permissions", "--json"]);
      assertEquals(code, EXIT.ok);
      const told = objectsOf(stdout).map((line) => line["permissions"]);
      assertEquals(
        [permissions["gateway"], permissions["engine"], permissions["toolServers"]].map((held) =>
          permissionWords(held ?? {})
        ),
        told.map((held) => permissionWords(held as Parameters<typeof permissionWords>[0])),
      );
    }, toolsYaml({ FORK_FILE: file }));
    await until(() => !isAlive(forked), "what the server has started is gone");
    await Deno.remove(file);
  },
  options,
);

test("a gateway that is killed leaves no MCP server behind", async () => {
  const file = await Deno.makeTempFile();
  await withConfig(async (config) => {
    await using gateway = new ServedGateway(config);
    await gateway.warm();
    await gateway.until(({ toolServers }) => toolServers.some(({ up }) => up), "the server");
    const forked = Number(await Deno.readTextFile(file));
    assert(isAlive(forked));
    gateway.signal("SIGKILL");
    await until(() => !isAlive(forked), "what the server has started is gone");
  }, toolsYaml({ FORK_FILE: file }));
  await Deno.remove(file);
}, options);

test("check says of an MCP server how many tools it has, or what is wrong", async () => {
  const broken = { type: "stdio", command: ["/no/such/program"] };
  const [token, wrong] = [await Deno.makeTempFile(), await Deno.makeTempFile()];
  await Deno.writeTextFile(token, "let-me-in");
  await Deno.writeTextFile(wrong, "not-this-one");
  await using peer = await httpPeer();
  const web = { type: "http", url: peer.url, token: { file: token } };
  const refused = { ...web, token: { file: wrong } };
  await withConfig(async (config) => {
    const { code, stdout, stderr } = await runEarshot(["check", "--json", "--config", config]);
    const reports = objectsOf(stdout);
    const of = (name: string) => reports.find(({ service }) => service === `tools.servers.${name}`);
    assertEquals([of("peer")?.["ok"], of("peer")?.["tools"]], [true, 10], stdout + stderr);
    assertEquals([of("web")?.["ok"], of("web")?.["tools"]], [true, 10], stdout + stderr);
    assertEquals([of("refused")?.["reachable"], of("refused")?.["authorized"]], ["yes", "no"]);
    assertEquals([of("broken")?.["ok"], code], [false, EXIT.failed]);
    assertStringIncludes(JSON.stringify(of("broken")), "tool.unavailable");
    assertEquals(of("broken")?.["reachable"], "no");
    assertEquals(reports.filter(({ type, tools }) => type === "data" && tools !== undefined).length, 1);
  }, `tools: ${JSON.stringify({ servers: { peer: stdioPeer(), broken, web, refused } })}\n`);
  for (const file of [token, wrong]) await Deno.remove(file);
}, options);
