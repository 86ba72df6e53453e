import { assertEquals } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { FakeEngine } from "../../support/fake_engine.ts";
import { FakeMemory } from "../../support/fake_memory.ts";
import { test } from "../../support/test.ts";
import { TestGateway } from "../../support/test_gateway.ts";
import { entry } from "../../memory/memory_harness.ts";

const OPERATOR = "canary-operator-1";

function asker(gateway: TestGateway) {
  return async (path: string, token?: string, method = "DELETE") => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(gateway.http(path), { method, headers });
    return [response.status, await response.text()] as const;
  };
}

test("DELETE /memory/ID erases one device, for who shows a token, and says how many turns it had", async () => {
  const memory = new FakeMemory();
  for (const number of [1, 2]) memory.record(entry(number, { deviceId: "02:00:00:aa:bb:cc" }));
  memory.record(entry(3, { deviceId: "a/b" }));
  const auth = { operatorToken: OPERATOR, adminToken: "canary-admin-1" };
  await using gateway = new TestGateway(new FakeEngine(), {}, { memory, auth });
  await gateway.gateway.listening;
  const ask = asker(gateway);
  // To be on this machine lets nobody do it.
  for (const token of [undefined, "canary-wrong"]) {
    assertEquals((await ask("/memory/02:00:00:aa:bb:cc", token))[0], 403);
  }
  assertEquals(memory.entries.length, 3);
  assertEquals(await ask("/memory/02%3A00%3A00%3Aaa%3Abb%3Acc", OPERATOR), [
    200,
    JSON.stringify({ deviceId: "02:00:00:aa:bb:cc", erased: 2 }),
  ]);
  assertEquals((await ask("/memory/a%2Fb", "canary-admin-1"))[0], 200);
  assertEquals(memory.entries, []);
  for (const path of ["/memory/", "/memory/%ff"]) assertEquals((await ask(path, OPERATOR))[0], 400);
  assertEquals((await ask("/memory/a", OPERATOR, "GET"))[0], 404);
});

test("DELETE /memory/ID without any token configured is for nobody, and says what is wrong with the disk", async () => {
  const memory = new FakeMemory();
  {
    await using gateway = new TestGateway(new FakeEngine(), {}, { memory });
    await gateway.gateway.listening;
    assertEquals((await asker(gateway)("/memory/a", "any"))[0], 403);
  }
  memory.forget = () =>
    Promise.reject(new EarshotError("memory.unwritable", "Cannot write store.sqlite: no"));
  await using gateway = new TestGateway(new FakeEngine(), {}, { memory, auth: { operatorToken: OPERATOR } });
  await gateway.gateway.listening;
  const [status, words] = await asker(gateway)("/memory/a", OPERATOR);
  assertEquals([status, words], [503, "Cannot write store.sqlite: no [memory.unwritable]\n"]);
});

test("a gateway that keeps nothing says so", async () => {
  await using gateway = new TestGateway(new FakeEngine(), {}, { auth: { operatorToken: OPERATOR } });
  await gateway.gateway.listening;
  assertEquals((await asker(gateway)("/memory/a", OPERATOR))[0], 404);
});
