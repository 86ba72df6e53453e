import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { EarshotError } from "../../../../lib/errors/mod.ts";
import { isAlive, stdioPeer } from "../../../support/mcp/peers.ts";
import { test } from "../../../support/test.ts";
import { until } from "../../../support/until.ts";
import { openServers, type ServersRig } from "../rig.ts";

/** What ran for a rig is gone after its close, which took less than its deadline. */
async function assertNothingLeft(rig: ServersRig, more: readonly number[] = []): Promise<void> {
  const { process } = rig.servers;
  const pids = [process.pid ?? 0, ...process.commandPids, ...more].filter((pid) => pid > 0);
  const report = await rig.scope.close();
  assertEquals([report.failed, report.timedOut], [[], []]);
  assertEquals(report.total, report.ok);
  await until(() => pids.every((pid) => !isAlive(pid)), "every process is gone");
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => "ok", (error) => EarshotError.from(error).code);
}

test("stdio: pages are joined, kinds come from annotations and patterns, results are text", async () => {
  await using rig = await openServers({ peer: stdioPeer() }, { destructive: ["peer.fl*"] });
  const source = await rig.up();
  const tools = source.list();
  assertEquals(tools.length, 10);
  assertEquals(tools, source.list());
  const kinds = Object.fromEntries(tools.map(({ name, kind }) => [name, kind]));
  assertEquals([kinds["echo"], kinds["wait"], kinds["unlock"], kinds["flood"]], [
    "read",
    "act",
    "destructive",
    "destructive",
  ]);
  for (const tool of tools) assertEquals([tool.audience, tool.approvedOnly], ["listed", true]);
  assertEquals(await rig.call("echo", { text: "你好" }), { text: "你好" });
  assertEquals(await rig.call("fail"), { text: "no lamp there", failed: true });
  assertEquals(await rig.call("refuse"), { text: "out of order", failed: true });
  assertEquals(await rig.call("structured"), { text: '{"lamps":2}' });
  assertEquals(await rig.call("odd"), {
    text: "[image, image/png]\n[resource, file:///secret.txt]",
  });
  assertEquals(await codeOf(rig.call("nothing")), "tool.unknown");
  await assertNothingLeft(rig);
});

test("stdio: the process holds run and nothing else; a command has PATH, HOME and what the config says", async () => {
  await using rig = await openServers({ peer: stdioPeer([], { OWN: "1" }) });
  await rig.up();
  assertEquals(rig.servers.process.permissions, { run: "all" });
  const [pid] = rig.servers.process.commandPids;
  const names = Deno.readTextFileSync(`/proc/${pid}/environ`).split("\0").map((line) => line.split("=")[0]);
  const allowed = ["PATH", "HOME", "OWN", "DENO_DIR", ""];
  assertEquals(names.filter((name) => !allowed.includes(name ?? "")), []);
  assert(names.includes("OWN"));
  await assertNothingLeft(rig);
});

test("stdio: a list that changes is read again, once for many changes", async () => {
  await using rig = await openServers({ peer: stdioPeer() });
  const source = await rig.up();
  await rig.call("learn");
  await until(() => source.list().length === 11, "the new tool");
  await Promise.all(Array.from({ length: 5 }, () => rig.call("learn")));
  await until(() => source.list().length === 16, "five more");
  await assertNothingLeft(rig);
});

test("stdio: a call that is given up is canceled there, and its late answer harms nobody", async () => {
  const file = await Deno.makeTempFile();
  await using rig = await openServers({ peer: stdioPeer([], { CANCEL_FILE: file }) });
  await rig.up();
  assertEquals(await codeOf(rig.call("wait", { text: "60000" }, 200)), "canceled");
  await until(() => Deno.readTextFileSync(file) === "canceled", "the server to be told");
  assertEquals(await rig.call("echo", { text: "still here" }), { text: "still here" });
  assertEquals(rig.servers.stats[0]?.calls.canceled, 1);
  await assertNothingLeft(rig);
  await Deno.remove(file);
});

test("stdio: calls at once are answered each", async () => {
  await using rig = await openServers({ peer: stdioPeer() });
  await rig.up();
  const texts = Array.from({ length: 20 }, (_, index) => String(index));
  const results = await Promise.all(texts.map((text) => rig.call("echo", { text })));
  assertEquals(results.map(({ text }) => text), texts);
  const waiting = Array.from({ length: 32 }, () => codeOf(rig.call("wait", { text: "60000" }, 1_000)));
  assertEquals(await codeOf(rig.call("echo")), "tool.unavailable");
  assertEquals(new Set(await Promise.all(waiting)), new Set(["canceled"]));
  await assertNothingLeft(rig);
});

test("stdio: a result of 10 MB fails its call and nothing else", async () => {
  await using rig = await openServers({ peer: stdioPeer() });
  await rig.up();
  const waiting = rig.call("wait", { text: "1500" });
  assertEquals(await rig.call("flood"), { text: "the result is larger than 1 MiB", failed: true });
  assertEquals(await waiting, { text: "late" });
  assertEquals(rig.servers.stats[0]?.restarts, 0);
  await assertNothingLeft(rig);
});

test("stdio: garbage on stdout is passed over; nothing but garbage is a fault", async () => {
  await using rig = await openServers({ peer: stdioPeer(["garbage"]), log: stdioPeer(["only-garbage"]) });
  await rig.up("peer");
  assertEquals(await rig.call("learn"), { text: "learned" });
  await assertRejects(() => rig.up("log"), EarshotError, "no JSON-RPC");
  await assertNothingLeft(rig);
});

test("stdio: a server that ignores SIGTERM and its stdin is ended for good", async () => {
  await using rig = await openServers({ peer: stdioPeer(["deaf"]) });
  await rig.up();
  const beganMs = performance.now();
  await assertNothingLeft(rig);
  assertLess(performance.now() - beganMs, 4_500);
});

test("stdio: what a server has started itself ends with it", async () => {
  const file = await Deno.makeTempFile();
  await using rig = await openServers({ peer: stdioPeer(["fork"], { FORK_FILE: file }) });
  await rig.up();
  const forked = Number(Deno.readTextFileSync(file));
  assert(isAlive(forked));
  assertEquals(await codeOf(rig.call("die")), "tool.unavailable");
  await until(() => !isAlive(forked), "the forked process is gone");
  await rig.up();
  await assertNothingLeft(rig, [Number(Deno.readTextFileSync(file))]);
  await Deno.remove(file);
});

test("stdio: a server that dies in a call fails it at once and is started again", async () => {
  await using rig = await openServers({ peer: stdioPeer() });
  await rig.up();
  const [waiting, died] = await Promise.all([
    codeOf(rig.call("wait", { text: "60000" })),
    codeOf(rig.call("die")),
  ]);
  assertEquals([waiting, died], ["tool.unavailable", "tool.unavailable"]);
  await rig.up();
  assertEquals(await rig.call("echo", { text: "again" }), { text: "again" });
  assertEquals(rig.servers.stats[0]?.restarts, 1);
  await assertNothingLeft(rig);
});

test("stdio: the process of tool servers killed costs the calls under way, leaves no command, and comes again", async () => {
  await using rig = await openServers({ peer: stdioPeer(["deaf"]), other: stdioPeer() });
  await Promise.all([rig.up("peer"), rig.up("other")]);
  const { process } = rig.servers;
  const commands = process.commandPids;
  const call = codeOf(rig.call("wait", { text: "60000" }));
  Deno.kill(process.pid ?? 0, "SIGKILL");
  assertEquals(await call, "tool.unavailable");
  assertEquals(await codeOf(rig.call("echo")), "tool.unavailable");
  await until(() => rig.servers.stats.every(({ up }) => up), "both again");
  assertEquals(process.restarts, 1);
  await until(() => commands.every((pid) => !isAlive(pid)), "the commands it has left");
  await assertNothingLeft(rig);
});

test("stdio: closing ends a server that hangs in its start, a call, and one that dies for ever", async () => {
  await using rig = await openServers({
    peer: stdioPeer(),
    hang: stdioPeer(["hang", "deaf"]),
    dies: stdioPeer(["die-at-start"]),
    absent: { type: "stdio", command: ["/no/such/program"] },
  });
  await rig.up("peer");
  await assertRejects(() => rig.up("dies"), EarshotError, "Error: no key is set");
  await assertRejects(() => rig.up("absent"), EarshotError, "there is no program");
  const call = codeOf(rig.call("wait", { text: "60000" }));
  await until(() => rig.servers.process.commandPids.length >= 2, "the one that hangs to run");
  const closing = assertNothingLeft(rig);
  assertEquals(await call, "canceled");
  await closing;
});

test("stdio: closed while it is being opened, and twice", async () => {
  const rig = await openServers({ peer: stdioPeer() });
  const closing = rig.scope.close();
  assertEquals(await rig.scope.close(), await closing);
  assertEquals(await codeOf(rig.call("echo")), "tool.unavailable");
  await until(() => rig.servers.process.pid === undefined, "no process");
});
