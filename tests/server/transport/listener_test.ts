import { assert, assertEquals } from "@std/assert";
import { Scope } from "../../../lib/lifecycle/mod.ts";
import { denoTransport } from "../../../lib/server/transport/deno_transport.ts";
import { keepListening } from "../../../lib/server/transport/listener.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

const OPTIONS = {
  transport: denoTransport,
  requestTimeoutMs: 10_000,
  maxWaitingConnections: 256,
  maxConnections: 512,
  onConnectionEnded: () => {},
} as const;

/** Lets a test end the servers that `keepListening` opens, as running out of descriptors does. */
function watchServers(): { readonly servers: Deno.HttpServer<Deno.NetAddr>[] } & Disposable {
  const { serve } = Deno;
  const servers: Deno.HttpServer<Deno.NetAddr>[] = [];
  Object.assign(Deno, {
    serve(...args: Parameters<typeof serve>) {
      const server = serve(...args);
      servers.push(server);
      return server;
    },
  });
  return { servers, [Symbol.dispose]: () => void Object.assign(Deno, { serve }) };
}

test("a listener that ends by itself is opened again on its port, with a pause", async () => {
  using watch = watchServers();
  const clock = new FakeClock();
  await using scope = new Scope("listener");
  const restarts: string[] = [];
  const { port } = keepListening({
    ...OPTIONS,
    hostname: "127.0.0.1",
    port: 0,
    handler: () => new Response("here"),
    scope,
    clock,
    onRestart: ({ code }) => restarts.push(code),
  });
  for (let round = 1; round <= 2; round++) {
    await watch.servers.at(-1)?.shutdown();
    await clock.advance(50);
    assertEquals(restarts, Array(round).fill("server.listen"));
    assertEquals(watch.servers.length, round);
    await clock.advance(50);
    assertEquals(watch.servers.length, round + 1);
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } });
    assertEquals(await answer.text(), "here");
  }
});

test("a port that is taken meanwhile is asked for again and again, ever more slowly", async () => {
  using watch = watchServers();
  const clock = new FakeClock();
  await using scope = new Scope("listener");
  let restarts = 0;
  const { port } = keepListening({
    ...OPTIONS,
    hostname: "127.0.0.1",
    port: 0,
    handler: () => new Response("here"),
    scope,
    clock,
    onRestart: () => restarts++,
  });
  await watch.servers[0]?.shutdown();
  const thief = Deno.listen({ hostname: "127.0.0.1", port });
  await clock.advance(100);
  await clock.advance(200);
  assertEquals(restarts, 3);
  thief.close();
  await clock.advance(400);
  const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } });
  assertEquals(await answer.text(), "here");
});

test("a closed listener is not opened again", async () => {
  using watch = watchServers();
  const clock = new FakeClock();
  const scope = new Scope("listener");
  const handler = () => new Response();
  keepListening({ ...OPTIONS, hostname: "127.0.0.1", port: 0, handler, scope, clock, onRestart: () => {} });
  const report = await scope.close();
  assertEquals(report.ok, 1);
  await clock.advance(60_000);
  assertEquals(watch.servers.length, 1);
  assert(clock.pending === 0);
});
