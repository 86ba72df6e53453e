import { assertEquals, assertStringIncludes } from "@std/assert";
import { FakeEngine } from "../support/fake_engine.ts";
import { HandDevice } from "../support/hand_device.ts";
import { HEARD, overload } from "../support/overloaded.ts";
import { openGateway, testTransports } from "../support/test_gateway.ts";

testTransports(
  "a gateway that is full refuses new devices with 503, and says so on readyz, metrics and healthz",
  async (http) => {
    const engine = new FakeEngine();
    await using gateway = await openGateway(http, { session: { hearingLateMs: 150 } }, engine);
    const early = await HandDevice.greet(gateway);
    early.heard.length = 0;
    const heard = await overload(gateway, engine);
    early.start("auto");
    await early.hears(["alert", "tts stop"]);
    const upgrade = await fetch(gateway.http("/xiaozhi/v1/"), { headers: { upgrade: "websocket" } });
    assertEquals([upgrade.status, upgrade.headers.get("retry-after")], [503, "10"]);
    assertStringIncludes(await upgrade.text(), "[server.overloaded]");
    const ready = await fetch(gateway.http("/readyz"));
    assertEquals([ready.status, await ready.json()], [503, {
      ready: false,
      detail: `overloaded: ${HEARD} devices are heard, and more cannot be in time`,
    }]);
    const metrics = await (await fetch(gateway.http("/metrics"))).text();
    for (
      const line of [
        `earshot_overload_refused_total{what="turn"} 1`,
        `earshot_overload_refused_total{what="device"} 1`,
        `earshot_listening ${HEARD}`,
        `earshot_listening_limit ${HEARD - 1}`,
        "earshot_listening_waiting 1",
        `earshot_load_part_ratio{part="detector"}`,
        "earshot_load_ratio ",
      ]
    ) assertStringIncludes(metrics, line);
    const { overload: shown } = await (await fetch(gateway.http("/healthz"))).json();
    assertEquals([shown.overloaded, shown.waiting, shown.turnsRefused, shown.devicesRefused], [
      true,
      1,
      1,
      1,
    ]);
    for (const device of [...heard, early]) await device[Symbol.asyncDispose]();
    await gateway.until(() => !gateway.gateway.stats.overload.overloaded, "it is no more");
    const again = await fetch(gateway.http("/readyz"));
    assertEquals([again.status, (await again.json()).detail], [200, "listening"]);
    await using late = await HandDevice.greet(gateway);
    assertEquals(late.said, ["hello"]);
  },
);

testTransports("with limits.session.hearingLateMs at 0 nobody is refused", async (http) => {
  const engine = new FakeEngine();
  engine.stats = Object.assign({ ...engine.stats }, {
    recognition: { queued: 100, running: 0, done: 0, failed: 0, refused: 0, displaced: 0 },
  });
  await using gateway = await openGateway(http, { session: { hearingLateMs: 0 } }, engine);
  const devices = [];
  for (let index = 0; index < HEARD; index++) devices.push(await HandDevice.listen(gateway, "auto"));
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const { ratio, overloaded, limit } = gateway.gateway.stats.overload;
  assertEquals([ratio, overloaded, limit], [0, false, Infinity]);
  for (const device of devices) await device[Symbol.asyncDispose]();
});
