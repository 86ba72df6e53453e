import { assertEquals, assertLessOrEqual } from "@std/assert";
import { FakeEngine } from "../support/fake_engine.ts";
import { test } from "../support/test.ts";
import { TestGateway } from "../support/test_gateway.ts";

const PEERS = 200;

test("idle connections never use up the descriptors, and whoever comes is answered beside them", async () => {
  // 40 for sessions, 20 for connections that are no device's.
  await using gateway = new TestGateway(
    new FakeEngine(),
    { server: { transport: "ws" } },
    { descriptorLimit: 100 },
  );
  await gateway.gateway.listening;
  const target = { hostname: "127.0.0.1", port: gateway.gateway.port };
  const connections: Deno.Conn[] = [];
  let ended = 0;
  const reads: Promise<void>[] = [];
  try {
    for (let peer = 0; peer < PEERS; peer++) {
      const connection = await Deno.connect(target);
      connections.push(connection);
      reads.push(connection.read(new Uint8Array(1)).then(() => {}, () => {}).finally(() => ended++));
    }
    await gateway.until(() => PEERS - ended <= 20, "the others to be ended");
    const health = await fetch(gateway.http("/healthz"));
    assertEquals(health.status, 200);
    await health.body?.cancel();
    assertLessOrEqual(PEERS - ended, 20);
  } finally {
    for (const connection of connections) connection.close();
    await Promise.all(reads);
  }
});
