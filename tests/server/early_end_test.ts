import { withDeadline } from "../../lib/lifecycle/mod.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { TestGateway } from "../support/test_gateway.ts";

test("a connection that ends in the middle of its request is given back at once, not at its deadline", async () => {
  await using gateway = new TestGateway(new FakeEngine(), { server: { transport: "ws" } });
  await gateway.gateway.listening;
  for (
    const part of [
      "GET / HTTP/1.1\r\nHost: x\r\nUpgr",
      "POST /xiaozhi/ota/ HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx",
    ]
  ) {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: gateway.gateway.port });
    await connection.write(new TextEncoder().encode(part));
    await connection.closeWrite();
    const read = connection.read(new Uint8Array(1)).catch(() => null); // a reset ends it as well
    assertEquals(await withDeadline(read, 2_000, { what: "the end" }), null);
  }
});

test("whoever has asked and says no more still gets the answer", async () => {
  await using gateway = new TestGateway(new FakeEngine(), { server: { transport: "ws" } });
  await gateway.gateway.listening;
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: gateway.gateway.port });
  await connection.write(new TextEncoder().encode("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
  await connection.closeWrite();
  const answer = await withDeadline(new Response(connection.readable).text(), 2_000, { what: "the answer" });
  assertEquals(answer.slice(0, 15), "HTTP/1.1 200 OK");
});
