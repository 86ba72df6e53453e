import { assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import type { ConnectServer, ListedTool, ServerLink } from "../../../lib/tools/mod.ts";
import { ToolServer } from "../../../lib/tools/servers/tool_server.ts";
import { SessionGone } from "../../../lib/tools/servers/session_gone.ts";
import { RestartBackoff } from "../../../lib/tools/servers/restart_backoff.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

const NEVER = new AbortController().signal;
const TOOL: ListedTool = {
  name: "echo",
  description: "",
  parameters: { type: "object", properties: {} },
  readOnly: true,
  destructive: false,
};

function link(more: Partial<ServerLink> = {}): ServerLink {
  return {
    tools: [TOOL],
    call: () => Promise.resolve({ text: "hi" }),
    refresh: () => Promise.resolve(),
    close: () => Promise.resolve(),
    ...more,
  };
}

function open(connect: ConnectServer, clock = new FakeClock()) {
  const server = new ToolServer({ name: "peer", connect, clock, startTimeoutMs: 1_000, random: () => 0 });
  server.start();
  return { server, clock };
}

test("RestartBackoff: doubles up to a minute, half of it by chance, and is reset by 30 s of health", () => {
  const certain = new RestartBackoff(() => 0);
  assertEquals(Array.from({ length: 9 }, () => certain.next(0)), [
    250,
    500,
    1_000,
    2_000,
    4_000,
    8_000,
    16_000,
    30_000,
    30_000,
  ]);
  assertEquals(certain.next(30_000), 250);
  const chance = new RestartBackoff(() => 0.5);
  assertEquals(chance.next(0), 375);
});

test("ToolServer: a server that fails for ever is tried ever more slowly, and no timer stays", async () => {
  let tries = 0;
  const { server, clock } = open(() => {
    tries++;
    return Promise.reject(new EarshotError("tool.unavailable", "Cannot start it"));
  });
  await settle();
  const counts: number[] = [];
  for (let minute = 0; minute < 3; minute++) {
    await clock.advance(60_000);
    counts.push(tries);
  }
  assertEquals(counts, [8, 10, 12]);
  await assertRejects(() => server.call("echo", {}, NEVER), EarshotError, "Cannot start it");
  await server.close();
  assertEquals(clock.pending, 0);
});

test("ToolServer: a start that hangs is given up at its deadline, and a link that comes late is closed", async () => {
  const late = Promise.withResolvers<ServerLink>();
  const aborted: boolean[] = [];
  let closed = 0;
  const { server, clock } = open((_, signal) => {
    signal.addEventListener("abort", () => aborted.push(true));
    return late.promise;
  });
  const ready = server.ready(NEVER).catch((error) => EarshotError.from(error).code);
  await clock.advance(1_000);
  assertEquals([aborted.length, server.stats.up], [1, false]);
  late.resolve(link({ close: () => Promise.resolve(void closed++) }));
  await settle();
  assertEquals([closed, await ready], [1, "tool.timeout"]);
  await server.close();
});

test("ToolServer: one that does not answer any more is connected anew; one that is busy is left alone", async () => {
  let links = 0;
  const answer = Promise.withResolvers<{ text: string }>();
  const { server, clock } = open(() => {
    links++;
    return Promise.resolve(link({ refresh: () => new Promise(() => {}), call: () => answer.promise }));
  });
  await settle();
  const call = server.call("echo", {}, NEVER);
  await clock.advance(100_000);
  assertEquals(links, 1);
  answer.resolve({ text: "hi" });
  assertEquals(await call, { text: "hi" });
  await clock.advance(75_000);
  assertEquals([links, server.stats.restarts], [2, 1]);
  await server.close();
  assertEquals(clock.pending, 0);
});

test("ToolServer: a call has a deadline whoever asks, and a list that changes is another array", async () => {
  let onTools: ((tools: readonly ListedTool[]) => void) | undefined;
  const { server, clock } = open((handlers) => {
    onTools = handlers.onTools;
    return Promise.resolve(link({ call: () => new Promise(() => {}) }));
  });
  await settle();
  const call = server.call("echo", {}, NEVER).catch((error) => EarshotError.from(error).code);
  await settle();
  await clock.advance(120_000);
  assertEquals(await call, "tool.timeout");
  const before = server.list();
  onTools?.([TOOL]);
  assertEquals(server.list() === before, true);
  onTools?.([TOOL, { ...TOOL, name: "other" }]);
  assertEquals(server.list().length, 2);
  assertEquals(server.stats.calls.timeout, 1);
  await server.close();
  await server.close();
});

test("ToolServer: a session that is gone has the call made again that found out, and no other", async () => {
  const asked: string[] = [];
  const closed = Promise.withResolvers<never>();
  closed.promise.catch(() => {});
  let links = 0;
  const { server, clock } = open((handlers) => {
    const first = links++ === 0;
    return Promise.resolve(link({
      call: (_, { text }) => {
        asked.push(`${text} of link ${links}`);
        if (!first) return Promise.resolve({ text: "hi" });
        if (text === "slow") return closed.promise;
        const gone = new SessionGone("peer");
        handlers.onEnd(gone);
        return Promise.reject(gone);
      },
      close: () =>
        Promise.resolve(closed.reject(new EarshotError("tool.unavailable", "Cannot go on: it was closed"))),
    }));
  });
  await settle();
  const slow = server.call("echo", { text: "slow" }, NEVER).catch((error) => EarshotError.from(error).code);
  const quick = server.call("echo", { text: "quick" }, NEVER);
  assertEquals([await quick, await slow], [{ text: "hi" }, "tool.unavailable"]);
  assertEquals(asked, ["slow of link 1", "quick of link 1", "quick of link 2"]);
  await server.close();
  assertEquals(clock.pending, 0);
});
