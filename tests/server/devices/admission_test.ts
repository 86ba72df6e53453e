import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { Admission, type Place } from "../../../lib/server/devices/admission.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { knock } from "../../support/knock.ts";
import { test } from "../../support/test.ts";
import { openGateway, TestGateway, testTransports } from "../../support/test_gateway.ts";

/** The test's own address is a proxy that speaks for others. */
const PROXY = { trustedProxies: ["127.0.0.1"] };
const from = (address: string) => ({ headers: { "x-forwarded-for": address } });
const as = (deviceId: string) => ({ headers: { "device-id": deviceId } });
const MAC = "02:00:00:00:00:01";

function refused(admit: () => unknown): string {
  return assertThrows(admit, EarshotError).code;
}

test("places up to the limit, none past it, and one again when one is given back", () => {
  const admission = new Admission({ maxSessions: 3, maxSessionsPerAddress: 10 });
  const places = [admission.admit({}), admission.admit({}), admission.admit({})];
  assertEquals(refused(() => admission.admit({})), "server.full");
  assertEquals(refused(() => admission.admit({ address: "192.0.2.1" })), "server.full");
  places[0]?.release();
  places[0]?.release();
  admission.admit({});
  assertEquals(refused(() => admission.admit({})), "server.full");
  const { held, refusedFull } = admission.stats;
  assertEquals([held, refusedFull], [3, 3]);
});

test("an address has its own limit; who has none is counted in the total alone", () => {
  const admission = new Admission({ maxSessions: 10, maxSessionsPerAddress: 2 });
  const address = "192.0.2.1";
  const [first] = [admission.admit({ address }), admission.admit({ address })];
  assertEquals(refused(() => admission.admit({ address })), "server.address_full");
  admission.admit({ address: "192.0.2.2" });
  for (let count = 0; count < 4; count++) admission.admit({});
  first.release();
  admission.admit({ address });
  assertEquals(refused(() => admission.admit({ address })), "server.address_full");
  const { held, refusedAddressFull, refusedFull } = admission.stats;
  assertEquals([held, refusedAddressFull, refusedFull], [7, 2, 0]);
});

test("sessions take at most 40 % of the descriptors, and the operator is told what to do", () => {
  const options = { maxSessions: 2_000, maxSessionsPerAddress: 256 };
  const limits = [undefined, 1_000_000, 5_000, 4_999, 1_024, 1].map((descriptorLimit) => {
    const { limit, advice } = new Admission({ ...options, descriptorLimit });
    return [limit, advice !== undefined];
  });
  assertEquals(limits, [[2_000, false], [2_000, false], [2_000, false], [1_999, true], [409, true], [
    1,
    true,
  ]]);
  const { advice = "" } = new Admission({ ...options, descriptorLimit: 1_024 });
  assertStringIncludes(advice, "ulimit -n 5000");
});

test("the newer connection of a device wins, also where every place is taken", () => {
  const admission = new Admission({ maxSessions: 1, maxSessionsPerAddress: 1 });
  const visitor = { address: "192.0.2.1", deviceId: MAC };
  const replaced: string[] = [];
  const older = admission.admit(visitor);
  older.occupy(() => replaced.push("older"));
  const newer = admission.admit(visitor);
  assertEquals(replaced, [], "nobody leaves before the newer one is there");
  newer.occupy(() => replaced.push("newer"));
  assertEquals([replaced, admission.stats.held, admission.stats.yielding], [["older"], 2, 1]);
  assertEquals(refused(() => admission.admit({ deviceId: "another" })), "server.full");
  older.sessionClosed();
  older.release();
  assertEquals([admission.stats.held, admission.stats.yielding, admission.stats.replaced], [1, 0, 1]);
  newer.release();
  const { held } = admission.stats;
  admission.admit(visitor);
  assertEquals(held, 0);
});

test("a device that comes again and again has two connections at most where places are scarce", () => {
  const admission = new Admission({ maxSessions: 1, maxSessionsPerAddress: 9 });
  const admit = () => {
    const place = admission.admit({ deviceId: MAC });
    place.occupy(() => {});
    return place;
  };
  const [first] = [admit(), admit()];
  assertEquals(refused(admit), "server.full");
  first.sessionClosed(); // but its connection cannot be ended
  assertEquals([admission.stats.held, admission.stats.yielding], [2, 0]);
  assertEquals(refused(admit), "server.full");
  first.release();
  admit(); // the second makes room for the third
  assertEquals([admission.stats.held, admission.stats.yielding], [2, 1]);
});

test("whatever comes and goes, in whatever order, nothing is counted twice or left behind", () => {
  const admission = new Admission({ maxSessions: 8, maxSessionsPerAddress: 3 });
  const places: Place[] = [];
  let random = 1;
  const next = (below: number) => (random = (random * 48_271) % 2_147_483_647) % below;
  for (let step = 0; step < 20_000; step++) {
    const place = places[next(Math.max(1, places.length))];
    if (next(2) === 0) {
      try {
        const address = `192.0.2.${next(4)}`;
        const added = admission.admit({ address, ...(next(3) > 0 && { deviceId: `${next(6)}` }) });
        if (next(10) === 0) added.release(); // the upgrade failed
        else {
          added.occupy(() => {});
          places.push(added);
        }
      } catch (thrown) {
        assert(thrown instanceof EarshotError);
      }
    } else if (place !== undefined) {
      place.sessionClosed();
      if (next(2) === 0) places.splice(places.indexOf(place), 1)[0]?.release();
    }
    const { held, yielding } = admission.stats;
    assertEquals(held, places.length);
    assert(held <= 16 && yielding <= held, `${held} held, ${yielding} yielding`);
  }
  for (const place of places) place.release();
  assertEquals([admission.stats.held, admission.stats.yielding], [0, 0]);
  for (let count = 0; count < 3; count++) admission.admit({ address: "192.0.2.0" });
  assertEquals(refused(() => admission.admit({ address: "192.0.2.0" })), "server.address_full");
});

test("a full gateway answers 503 before the upgrade, and takes a device once another has left or dropped", async () => {
  await using gateway = new TestGateway(undefined, { server: { maxSessions: 2 } });
  await using leaving = await HandDevice.greet(gateway);
  await using dropping = await HandDevice.greet(gateway);
  const refusal = await knock(gateway);
  assertEquals([refusal.status, refusal.retryAfter], [503, "10"]);
  assertStringIncludes(refusal.body, "[server.full]");
  assertEquals(refusal.body.split("\n").length, 2, "one line");
  assertEquals(gateway.gateway.stats.counters.sessionsOpened, 2, "no session was begun");

  const free = () => gateway.until(() => gateway.gateway.stats.admission.held === 1, "a free place");
  leaving.say({ type: "goodbye" });
  await free();
  await using next = await HandDevice.greet(gateway);
  assertEquals((await knock(gateway)).status, 503);
  dropping.drop();
  await free();
  await using _last = await HandDevice.greet(gateway);
  assertEquals((await knock(gateway)).status, 503);
  await next.settled();
  assertEquals(gateway.gateway.stats.admission.refusedFull, 3);
});

test("an upgrade that fails takes no place", async () => {
  await using gateway = new TestGateway(undefined, { server: { maxSessions: 1 } });
  await gateway.gateway.listening;
  const request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n";
  for (let count = 0; count < 3; count++) {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: gateway.gateway.port });
    await connection.write(new TextEncoder().encode(request));
    const reply = new Uint8Array(1_024);
    const length = await connection.read(reply) ?? 0;
    assertStringIncludes(new TextDecoder().decode(reply.subarray(0, length)), "400 Bad Request");
  }
  await using _device = await HandDevice.greet(gateway);
});

test("one address of many devices is refused past its bound; loopback and trusted proxies are not", async () => {
  await using gateway = new TestGateway(undefined, { server: { ...PROXY, maxSessionsPerAddress: 2 } });
  await using first = await HandDevice.greet(gateway, from("192.0.2.7"));
  await using _second = await HandDevice.greet(gateway, from("192.0.2.7"));
  const refusal = await knock(gateway, from("192.0.2.7").headers);
  assertEquals(refusal.status, 503);
  assertStringIncludes(refusal.body, "[server.address_full]");
  assertEquals((await knock(gateway, from("9.9.9.9, 192.0.2.7").headers)).status, 503, "a forged hop");
  await using _other = await HandDevice.greet(gateway, from("192.0.2.8"));
  await using _itself = await HandDevice.greet(gateway);
  await using _again = await HandDevice.greet(gateway);
  await using _more = await HandDevice.greet(gateway);
  first.drop();
  await gateway.until(() => gateway.gateway.stats.admission.held === 5, "a free place");
  await using _third = await HandDevice.greet(gateway, from("192.0.2.7"));
  assertEquals(gateway.gateway.stats.admission.refusedAddressFull, 2);
});

test("what a stranger says about an address is not believed, and this machine is exempt", async () => {
  await using gateway = new TestGateway(undefined, { server: { maxSessionsPerAddress: 1 } });
  await using _first = await HandDevice.greet(gateway, from("192.0.2.7"));
  await using _second = await HandDevice.greet(gateway, from("192.0.2.7"));
});

test("a device that connects again takes over: the older one is told and closed with 4001", async () => {
  await using gateway = new TestGateway(undefined, { server: { maxSessions: 1 } });
  await using older = await HandDevice.greet(gateway, as(MAC.toUpperCase()));
  assertEquals((await knock(gateway, as("02:00:00:00:00:02").headers)).status, 503);
  await using newer = await HandDevice.greet(gateway, as(MAC));
  assertEquals(await older.ended, { by: "gateway", code: 4001, reason: "replaced" });
  assertEquals(older.heard.map(({ type }) => type), ["hello", "alert"]);
  await newer.settled();
  await gateway.until(() => gateway.gateway.stats.admission.held === 1, "the end of the older one");
  assertEquals(gateway.gateway.stats.admission.replaced, 1);
  newer.drop();
  await gateway.until(() => gateway.gateway.stats.admission.held === 0, "the end of the newer one");
});

testTransports(
  "two programs with one Device-Id do not evict each other; the newest of the same pair wins",
  async (http) => {
    await using gateway = await openGateway(http);
    const program = (clientId: string, deviceId = MAC) => ({
      headers: { "device-id": deviceId, ...(clientId !== "" && { "client-id": clientId }) },
    });
    await using first = await HandDevice.greet(gateway, program("one"));
    await using second = await HandDevice.greet(gateway, program("two"));
    await using nameless = await HandDevice.greet(gateway, program(""));
    for (const device of [first, second, nameless]) await device.settled();
    assertEquals(gateway.gateway.stats.admission.replaced, 0);
    const shared = gateway.events.filter(({ type }) => type === "device_id_shared");
    assertEquals(shared, [
      { type: "device_id_shared", deviceId: MAC, connections: 2 },
      { type: "device_id_shared", deviceId: MAC, connections: 3 },
    ]);
    await using again = await HandDevice.greet(gateway, program("one", MAC.replaceAll(":", "")));
    assertEquals((await first.ended).code, 4001);
    for (const device of [second, nameless, again]) await device.settled();
    assertEquals(gateway.gateway.stats.admission.replaced, 1);
  },
);

test("an older connection in mid-turn gets its tts stop with the goodbye", async () => {
  await using gateway = new TestGateway();
  await using older = await HandDevice.listen(gateway, "manual", as(MAC));
  older.speak(300);
  await gateway.until(() => gateway.gateway.stats.counters.turnsStarted > 0, "speech");
  await using _newer = await HandDevice.greet(gateway, as(MAC));
  assertEquals((await older.ended).code, 4001);
  assertEquals(older.heard.map(({ type, state }) => state ?? type), ["alert", "stop"]);
});

test("a connection that does not end holds its place, though its session is over", async () => {
  await using gateway = new TestGateway(undefined, {
    server: { transport: "deno", maxSessions: 1 }, // the other transport ends every connection
    session: { helloTimeoutMs: 100, closeHandshakeMs: 100 },
  });
  await using mute = await HandDevice.open(gateway, { reads: false });
  await gateway.until(() => gateway.gateway.stats.counters.sessionsClosed === 1, "the end of the session");
  assertEquals([gateway.gateway.stats.sessions, gateway.gateway.stats.admission.held], [0, 1]);
  assertEquals((await knock(gateway)).status, 503);
  mute.drop();
  await gateway.until(() => gateway.gateway.stats.admission.held === 0, "the end of the connection");
  await using _next = await HandDevice.greet(gateway);
});

test("the gateway asks the system for its descriptors, and believes who knows better", async () => {
  {
    await using asked = new TestGateway();
    const { limit } = asked.gateway.stats.admission;
    assert(limit > 0 && limit <= 2_000);
  }
  await using told = new TestGateway(undefined, {}, { descriptorLimit: 10 });
  assertEquals(told.gateway.stats.admission.limit, 4);
});
