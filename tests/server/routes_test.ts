import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Gateway } from "../../lib/app/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { Scope } from "../../lib/lifecycle/mod.ts";
import { configOf } from "../support/config_of.ts";
import { builtIn } from "../support/recognizers.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { HandDevice } from "../support/hand_device.ts";
import { openGateway, testTransports } from "../support/test_gateway.ts";

testTransports("health tells what is held; readiness tells whether a device is heard", async (http) => {
  await using gateway = await openGateway(http);
  await using _device = await HandDevice.greet(gateway);
  const health = await (await fetch(gateway.http("/healthz"))).json();
  assertEquals(health.status, "ok");
  assertEquals([health.sessions, health.sockets, health.engine.runtime], [1, 1, "native"]);
  assert(health.process.residentBytes > 0);
  const ready = await fetch(gateway.http("/readyz"));
  assertEquals([ready.status, await ready.json()], [200, { ready: true, detail: "listening" }]);
});

testTransports("an engine whose models are still being loaded is 503, with the reason", async (http) => {
  const engine = new FakeEngine();
  engine.stats = { ...engine.stats, warmed: false };
  await using gateway = await openGateway(http, {}, engine);
  const ready = await fetch(gateway.http("/readyz"));
  assertEquals([ready.status, await ready.json()], [503, {
    ready: false,
    detail: "the models are being loaded",
  }]);
});

testTransports("the operator sees who is connected, and nobody else does", async (http) => {
  await using gateway = await openGateway(http, { server: { trustedProxies: ["127.0.0.1"] } });
  const ids = { "Device-Id": "02:00:00:AA:BB:CC", "Client-Id": "of-the-device" };
  const body = JSON.stringify({ application: { version: "2.4.2" }, board: { name: "esp-box-3" } });
  await (await fetch(gateway.http("/xiaozhi/ota/"), { method: "POST", headers: ids, body })).body?.cancel();
  const sent = { ...ids, "X-Forwarded-For": "192.0.2.7" };
  await using device = await HandDevice.listen(gateway, "manual", { headers: sent });
  await using _nameless = await HandDevice.greet(gateway, { query: "?from=mqtt_gateway" });
  device.speak(300);
  device.stop();
  await device.hears(["stt segment 0", "tts start", "tts stop"]);
  const { devices } = await (await fetch(gateway.http("/devices"))).json();
  const [known, nameless] = devices.map(({ session, since, ...rest }: Record<string, unknown>) => {
    assert(typeof session === "string" && Math.abs(Date.parse(String(since)) - Date.now()) < 60_000);
    return rest;
  });
  assertEquals(known, {
    deviceId: "02:00:00:aa:bb:cc",
    clientId: "of-the-device",
    board: "esp-box-3",
    firmware: "2.4.2",
    trusted: true,
    address: "192.0.2.7",
    transport: "websocket",
    frames: 5,
    turns: { ended: 1, withText: 1 },
  });
  assertEquals([nameless.deviceId, nameless.clientId, nameless.transport], [null, null, "mqtt gateway"]);
  assertEquals([nameless.trusted, nameless.untrustedBecause], [false, "unnamed"]);
  const stranger = await fetch(gateway.http("/devices"), { headers: { "X-Forwarded-For": "192.0.2.7" } });
  assertEquals(stranger.status, 403);
  await stranger.body?.cancel();
  device.drop();
  await gateway.until(() => gateway.gateway.stats.sessions === 1, "the end of the device");
  assertEquals((await (await fetch(gateway.http("/devices"))).json()).devices.length, 1);
});

testTransports("any other address says where to go", async (http) => {
  await using gateway = await openGateway(http);
  assertStringIncludes(await (await fetch(gateway.http("/"))).text(), "/xiaozhi/ota/");
  const missing = await fetch(gateway.http("/favicon.ico"));
  assertEquals(missing.status, 404);
  assertStringIncludes(await missing.text(), "/xiaozhi/v1/");
});

testTransports("any path upgrades, with the identity in headers or in the query", async (http) => {
  await using gateway = await openGateway(http);
  const identity = "?device-id=02:00:00:00:00:09&client-id=c&authorization=Bearer%20t";
  for (const path of ["/xiaozhi/v1/", "/xiaozhi/v1", "/", "/some/old/path"]) {
    await using _device = await HandDevice.greet(gateway, { path, query: identity });
  }
  await using _firefox = await HandDevice.greet(gateway, { headers: { Connection: "keep-alive, Upgrade" } });
});

testTransports("an upgrade that is no WebSocket handshake is refused in words", async (http) => {
  await using gateway = await openGateway(http);
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: gateway.gateway.port });
  const request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n";
  await connection.write(new TextEncoder().encode(request));
  const reply = new Uint8Array(1_024);
  const length = await connection.read(reply) ?? 0;
  const answer = new TextDecoder().decode(reply.subarray(0, length));
  assertStringIncludes(answer, "400 Bad Request");
  assertStringIncludes(answer, "not a WebSocket handshake");
});

testTransports("a port in use is told with what to do, and nothing stays open", async (http) => {
  await using gateway = await openGateway(http);
  const config = configOf({ server: { hostname: "127.0.0.1", port: gateway.gateway.port } });
  await using scope = new Scope("second");
  const engine = new FakeEngine();
  const error = assertThrows(
    () => new Gateway({ config, scope, engines: engine, recognizers: builtIn(engine) }),
    EarshotError,
  );
  assertEquals(error.code, "server.port_in_use");
  assertStringIncludes(error.message, "--port");
  assertEquals((await scope.close()).failed, []);
  assertEquals(scope.stats, { children: 0, resources: 0 });
});

testTransports(
  "a second port serves OTA for devices that know it there, and tells the first",
  async (http) => {
    const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const otaPort = probe.addr.port;
    probe.close();
    await using gateway = await openGateway(http, { server: { otaPort } });
    const greeting = await (await fetch(`http://127.0.0.1:${otaPort}/xiaozhi/ota/`)).text();
    assertStringIncludes(greeting, gateway.url.href);
  },
);
