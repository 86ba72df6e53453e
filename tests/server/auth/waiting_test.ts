import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fastClock } from "../../support/fast_clock.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { knock } from "../../support/knock.ts";
import { testTransports } from "../../support/test_gateway.ts";
import { askOta, DEVICE_HEADERS as IDS, withGuard } from "../../support/guarded_gateway.ts";

/** How a device connects with what OTA gave it. */
function bearer(token: string, ids: Readonly<Record<string, string>> = IDS) {
  return { headers: { ...ids, authorization: `Bearer ${token}` } };
}

testTransports(
  "a device that is approved while it waits connects with what its first question gave",
  async (http) => {
    await withGuard(http, {}, async ({ gateway, files }) => {
      const { websocket, activation } = (await askOta(gateway)).body;
      assertEquals((await knock(gateway, IDS)).status, 401, "its ids alone open nothing");
      const [device] = await files.pending();
      assert(device !== undefined && device.code === activation.code);
      await files.approve({ deviceId: device.deviceId, clientId: device.clientId, approvedAt: "now" });
      const query = `?device_id=${IDS["Device-Id"].replaceAll(":", "-").toUpperCase()}&clientId=${
        IDS["Client-Id"]
      }`;
      await using _device = await HandDevice.greet(gateway, {
        query: `${query}&access_token=${websocket.token}`,
      });
    });
  },
);

testTransports(
  "a device that waits and connects is shown its code, gets no session, and is closed with 4003",
  async (http) => {
    await withGuard(http, { session: { alertLanguage: "zh" } }, async ({ gateway }) => {
      const { websocket, activation } = (await askOta(gateway)).body;
      await using device = await HandDevice.open(gateway, bearer(websocket.token));
      device.say({ type: "hello" });
      device.start("auto");
      device.speak(300);
      await device.until(() => device.heard.length === 2, "hello and alert");
      const [hello, alert] = device.heard;
      assertEquals(hello?.["type"], "hello", "firmware shows a time-out instead of the alert without it");
      assertEquals([alert?.["type"], alert?.["status"], alert?.["emotion"]], [
        "alert",
        "等待批准",
        "neutral",
      ]);
      assertStringIncludes(String(alert?.["message"]), activation.code);
      const { counters, sessions, admission } = gateway.gateway.stats;
      assertEquals([counters.sessionsOpened, sessions, admission.held], [0, 0, 0]);
      // It is shown once at a time.
      const again = await knock(gateway, bearer(websocket.token).headers);
      assertEquals([again.status, /\[.+\]/.exec(again.body)?.[0]], [403, "[auth.not_approved]"]);
      assertEquals((await device.ended).code, 4003);
      assertEquals(device.heard.length, 2);
      const waits = gateway.events.flatMap((event) => event.type === "device_waits" ? [event.shown] : []);
      assertEquals(waits, [false, true]);
      const metrics = await (await fetch(gateway.http("/metrics"))).text();
      assertStringIncludes(metrics, `earshot_auth_refused_total{code="auth.not_approved"} 2`);
    }, fastClock(5));
  },
);

testTransports("who says no hello is shown its code as well; who floods is cut off", async (http) => {
  await withGuard(http, {}, async ({ gateway }) => {
    const { token } = (await askOta(gateway)).body.websocket;
    await using mute = await HandDevice.open(gateway, bearer(token));
    await mute.until(() => mute.heard.length === 2, "hello and alert");
    for (let count = 0; count < 2_000; count++) mute.send(new Uint8Array(20));
    // What is still on its way can end the connection before the close frame is read.
    assert([1006, 1008].includes((await mute.ended).code));
    assertEquals(gateway.gateway.stats.counters.sessionsOpened, 0);
  }, fastClock(5));
});

testTransports(
  "few are shown their code at once, the others are refused, and a stop ends them all",
  async (http) => {
    await withGuard(http, {}, async ({ gateway }) => {
      const devices: HandDevice[] = [];
      const tokens: Record<string, string>[] = [];
      for (let index = 0; index < 17; index++) {
        const ids = { ...IDS, "Client-Id": `client-${index}` };
        tokens.push(bearer((await askOta(gateway, ids)).body.websocket.token, ids).headers);
      }
      for (const headers of tokens.slice(0, 16)) devices.push(await HandDevice.open(gateway, { headers }));
      assertEquals((await knock(gateway, tokens[16])).status, 403);
      devices[0]?.drop();
      await using _next = await opened(() => HandDevice.open(gateway, { headers: tokens[16] ?? {} }));
      assertEquals(gateway.gateway.stats.sessions, 0);
      await gateway.scope.close();
      assertEquals((await devices[1]?.ended)?.code, 1001);
      for (const device of devices) await device[Symbol.asyncDispose]();
    });
  },
);

testTransports("a token of another device, and one of nobody, show no code", async (http) => {
  await withGuard(http, {}, async ({ gateway }) => {
    const { token } = (await askOta(gateway)).body.websocket;
    const other = { ...IDS, "Device-Id": "02:00:00:aa:bb:cd" };
    await askOta(gateway, other);
    assertEquals((await knock(gateway, bearer(token, other).headers)).status, 401);
    assertEquals((await knock(gateway, bearer("nonsense").headers)).status, 401);
    assertEquals(gateway.events.filter((event) => event.type === "device_waits" && event.shown), []);
  });
});

/** Tries until a place is free: that a device has gone is told a moment later. */
async function opened(open: () => Promise<HandDevice>): Promise<HandDevice> {
  for (let attempt = 0;; attempt++) {
    try {
      return await open();
    } catch (thrown) {
      if (attempt === 100) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
