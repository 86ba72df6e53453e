import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type DeviceFiles, issueToken } from "../../../lib/server/mod.ts";
import { askOta, DEVICE_HEADERS as IDS, withGuard } from "../../support/guarded_gateway.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { knock } from "../../support/knock.ts";
import { test } from "../../support/test.ts";
import { TestGateway, testTransports } from "../../support/test_gateway.ts";

const DEVICE = { deviceId: IDS["Device-Id"], clientId: IDS["Client-Id"] };
const STRANGER = "198.51.100.7";

function ask(gateway: TestGateway, path = "/xiaozhi/ota/", headers: Record<string, string> = IDS) {
  return askOta(gateway, headers, path);
}

async function approve(files: DeviceFiles, code: string): Promise<void> {
  const device = (await files.pending()).find((pending) => pending.code === code);
  assert(device !== undefined, "no device waits under that code");
  await files.approve({ deviceId: device.deviceId, clientId: device.clientId, approvedAt: "now" });
}

testTransports("a device shows a code, is approved, gets a token, and is heard with it", async (http) => {
  await withGuard(http, {}, async ({ gateway, files }) => {
    const first = (await ask(gateway)).body;
    const { code, message, challenge, ...more } = first.activation;
    assertMatch(code, /^\d{6}$/);
    assertEquals(message, `Earshot\n${code}`);
    assert(challenge.length > 0, "without a challenge firmware never asks again");
    assertEquals(more, {}, "clients take timeout_ms for other things");
    assertEquals((await ask(gateway, "/xiaozhi/ota/activate")).status, 202);
    assertEquals((await ask(gateway)).body.activation.code, code, "it asked again");

    await approve(files, code);
    assertEquals((await ask(gateway, "/xiaozhi/ota/activate")).status, 200);
    const answer = (await ask(gateway)).body;
    assertEquals(answer.activation, undefined);
    const bearer = { ...IDS, Authorization: `Bearer ${answer.websocket.token}` };
    await using device = await HandDevice.listen(gateway, "manual", { headers: bearer });
    device.speak(600);
    device.stop();
    await device.hears(["stt segment 0", "tts start", "tts stop"]);
    // A browser cannot set headers.
    const query = new URLSearchParams({
      "device-id": IDS["Device-Id"],
      "client-id": IDS["Client-Id"],
      authorization: answer.websocket.token,
    });
    await using _browser = await HandDevice.greet(gateway, { query: `?${query}` });
  });
});

testTransports(
  "who is not let in learns why before the upgrade, and nobody else pays for it",
  async (http) => {
    await withGuard(
      http,
      { auth: { allowedDevices: ["02:00:00:00:00:01"] } },
      async ({ gateway, files, key }) => {
        const token = issueToken(key, DEVICE, Date.now());
        const as = (authorization: string, ids: Record<string, string> = IDS) => ({ ...ids, authorization });
        const refused = async (headers: Record<string, string>) => {
          const { status, body } = await knock(gateway, headers);
          return `${status} ${/\[(.+)\]/.exec(body)?.[1]}`;
        };
        assertEquals(await refused(IDS), "401 auth.token_missing");
        assertEquals(await refused({ authorization: token }), "401 auth.token_missing");
        assertEquals(await refused(as("Bearer nonsense")), "401 auth.token_invalid");
        assertEquals(
          await refused(as(token, { ...IDS, "Device-Id": "02:00:00:aa:bb:cd" })),
          "401 auth.token_invalid",
        );
        assertEquals(await refused(as(token)), "403 auth.not_approved");
        await files.approve({ ...DEVICE, clientId: "another", approvedAt: "now" });
        await ask(gateway, "/xiaozhi/ota/activate");
        assertEquals(await refused(as(token)), "403 auth.not_approved");
        await files.approve({ ...DEVICE, approvedAt: "now" });
        await ask(gateway, "/xiaozhi/ota/activate");
        assertEquals(await refused(as(issueToken(key, DEVICE, 0))), "401 auth.token_expired");
        await using _device = await HandDevice.greet(gateway, { headers: as(token) });
        await using _allowed = await HandDevice.greet(gateway, {
          headers: { "Device-Id": "02:00:00:00:00:01" },
        });
        assertEquals(gateway.gateway.stats.sessions, 2);
        const metrics = await (await fetch(gateway.http("/metrics"))).text();
        assertStringIncludes(metrics, `earshot_auth_refused_total{code="auth.token_missing"} 2`);
        assertStringIncludes(metrics, `earshot_auth_refused_total{code="auth.not_approved"} 2`);
        assertStringIncludes(metrics, `earshot_auth_devices{state="approved"} 1`);
      },
    );
  },
);

testTransports("a device whose approval is taken back is told so and sent away", async (http) => {
  await withGuard(http, {}, async ({ gateway, files, key }) => {
    await files.approve({ ...DEVICE, approvedAt: "now" });
    // At once: the gateway has not looked at the files since.
    const headers = { ...IDS, authorization: issueToken(key, DEVICE, Date.now()) };
    await using device = await HandDevice.greet(gateway, { headers });
    await files.revoke(DEVICE.deviceId);
    assertEquals((await device.ended).code, 4003);
    assertEquals(device.heard.at(-1)?.["type"], "alert");
    assertEquals((await knock(gateway, headers)).status, 403);
  });
});

testTransports("too many wrong tokens from one address are not even looked at; others are", async (http) => {
  const changes = { server: { trustedProxies: ["127.0.0.1"] }, auth: { maxFailuresPerMinute: 5 } };
  await withGuard(http, changes, async ({ gateway, files, key }) => {
    await files.approve({ ...DEVICE, approvedAt: "now" });
    await ask(gateway);
    const good = { ...IDS, authorization: issueToken(key, DEVICE, Date.now()) };
    const wrong = {
      ...IDS,
      authorization: `Bearer ${"A".repeat(43)}.1700000000`,
      "X-Forwarded-For": STRANGER,
    };
    const statuses = [];
    for (let count = 0; count < 7; count++) statuses.push((await knock(gateway, wrong)).status);
    assertEquals(statuses, [401, 401, 401, 401, 401, 429, 429]);
    const { status, retryAfter, body } = await knock(gateway, { ...good, "X-Forwarded-For": STRANGER });
    assertEquals([status, retryAfter], [429, "10"]);
    assertStringIncludes(body, "[server.rate_limited]");
    await using _device = await HandDevice.greet(gateway, {
      headers: { ...good, "X-Forwarded-For": "198.51.100.8" },
    });
  });
});

testTransports(
  "an address that connects too often is refused with 429, with OTA and without auth as well",
  async (http) => {
    const server = { trustedProxies: ["127.0.0.1"], maxHandshakesPerMinute: 3, transport: http };
    await using gateway = new TestGateway(undefined, { server });
    await gateway.gateway.listening;
    const headers = { "X-Forwarded-For": STRANGER };
    await using _one = await HandDevice.greet(gateway, { headers });
    await using _two = await HandDevice.greet(gateway, { headers });
    await (await fetch(gateway.http("/xiaozhi/ota/"), { headers })).body?.cancel();
    assertEquals((await knock(gateway, headers)).status, 429);
    const ota = await fetch(gateway.http("/xiaozhi/ota/"), { headers });
    assertEquals([ota.status, await ota.text()].join(" ").slice(0, 3), "429");
    await using _itself = await HandDevice.greet(gateway);
  },
);

testTransports(
  "a page of another site is refused on the device's route, whether or not auth is on",
  async (http) => {
    await using gateway = new TestGateway(undefined, { server: { transport: http } });
    await gateway.gateway.listening;
    const refusal = await knock(gateway, { origin: "https://evil.example" });
    assertEquals(refusal.status, 403);
    assertStringIncludes(refusal.body, "[auth.origin]");
    // Like firmware, the hand device names no port in its `Host`.
    await using _own = await HandDevice.greet(gateway, { headers: { origin: "http://127.0.0.1" } });
  },
);

testTransports("the admin token opens metrics and details to others; a wrong one does not", async (http) => {
  const name = `EARSHOT_TEST_ADMIN_${http.toUpperCase()}`;
  Deno.env.set(name, "open-sesame");
  try {
    await withGuard(http, { auth: { adminToken: { env: name } } }, async ({ gateway }) => {
      const from = (authorization?: string) => ({
        headers: { "X-Forwarded-For": STRANGER, ...(authorization && { authorization }) },
      });
      const status = async (path: string, init: RequestInit) => {
        const response = await fetch(gateway.http(path), init);
        return [response.status, (await response.text()).includes("sessions")];
      };
      assertEquals(await status("/metrics", from("Bearer open-sesame")), [200, true]);
      assertEquals(await status("/healthz", from("Bearer open-sesame")), [200, true]);
      assertEquals(await status("/metrics", from("Bearer open-sesamE")), [403, false]);
      assertEquals(await status("/healthz", from("Bearer open-sesamE")), [403, false]);
      assertEquals(await status("/metrics", from()), [403, false]);
      assertEquals(await status("/healthz", from()), [200, false]);
      assertEquals(await status("/metrics", {}), [200, true]);
    });
  } finally {
    Deno.env.delete(name);
  }
});

test("a hundred devices that ask at once each get a code of their own", async () => {
  await withGuard("deno", {}, async ({ gateway, files }) => {
    const answers = await Promise.all(
      Array.from(
        { length: 100 },
        (_, index) => ask(gateway, "/xiaozhi/ota/", { ...IDS, "Device-Id": `device-${index}` }),
      ),
    );
    const codes = new Set(answers.map(({ body }) => body.activation.code));
    assertEquals([codes.size, (await files.pending()).length], [100, 100]);
  });
});
