import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Scope, systemClock } from "../../../lib/lifecycle/mod.ts";
import { pinName } from "../../../lib/server/auth/pin_files.ts";
import { authDir, DeviceFiles, openAuth, PinFiles } from "../../../lib/server/mod.ts";
import { type ConfigChanges, configOf } from "../../support/config_of.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { withTempDir } from "../../support/temp_dir.ts";
import { TestGateway, testTransports } from "../../support/test_gateway.ts";
import { until } from "../../support/until.ts";

const DEVICE_ID = "02:00:00:aa:bb:cc";
const FIRST = { headers: { "Device-Id": DEVICE_ID, "Client-Id": "uuid-1" } };
const SECOND = { headers: { "Device-Id": DEVICE_ID, "Client-Id": "uuid-2" } };

interface Run {
  readonly gateway: TestGateway;
  readonly codes: string[];
}

/** Runs `use` with a gateway over a data directory, in which it may have run before. */
async function withGateway(
  data: string,
  http: "deno" | "ws",
  use: (run: Run) => Promise<void>,
  changes: ConfigChanges = {},
): Promise<void> {
  const codes: string[] = [];
  await using scope = new Scope("auth");
  const auth = await openAuth({
    config: configOf(changes.auth === undefined ? {} : { auth: changes.auth }).auth,
    data,
    scope,
    trustsAll: changes.tools?.open ?? false,
    clock: systemClock,
    onError: ({ code }) => codes.push(code),
  });
  await using gateway = new TestGateway(undefined, { ...changes, server: { transport: http } }, { auth });
  await gateway.gateway.listening;
  await use({ gateway, codes });
}

/** Who is connected, and whether each is trusted, by its Client-Id. */
async function trustOf(gateway: TestGateway): Promise<Record<string, string | true>> {
  const { devices } = await (await fetch(gateway.http("/devices"))).json();
  const entries: [string, string | true][] = [];
  for (const { clientId, trusted, untrustedBecause } of devices) {
    entries.push([clientId, trusted || untrustedBecause]);
  }
  return Object.fromEntries(entries);
}

async function metric(gateway: TestGateway, name: string): Promise<string | undefined> {
  const text = await (await fetch(gateway.http("/metrics"))).text();
  return text.split("\n").find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
}

testTransports(
  "of two that connect at once with one Device-Id one is trusted, also after a restart",
  async (http) => {
    await withTempDir(async (data) => {
      let loser = FIRST;
      await withGateway(data, http, async ({ gateway, codes }) => {
        const devices = await Promise.all([FIRST, SECOND].map((ids) => HandDevice.greet(gateway, ids)));
        const trust = await trustOf(gateway);
        assertEquals(Object.values(trust).sort(), ["other_client", true].sort());
        loser = trust["uuid-1"] === true ? SECOND : FIRST;
        assertEquals(await metric(gateway, 'earshot_devices_untrusted_total{reason="other_client"}'), "1");
        assertEquals(await metric(gateway, 'earshot_devices_pinned{state="pinned"}'), "1");
        const untrusted = gateway.events.filter(({ type }) => type === "device_untrusted");
        assertEquals(untrusted, [{
          type: "device_untrusted",
          deviceId: DEVICE_ID,
          address: "127.0.0.1",
          reason: "other_client",
        }]);
        for (const device of devices) await device[Symbol.asyncDispose]();
        assertEquals(codes, []);
      });
      await withGateway(data, http, async ({ gateway }) => {
        await using _loser = await HandDevice.greet(gateway, loser);
        assertEquals(Object.values(await trustOf(gateway)), ["other_client"]);
        await using _winner = await HandDevice.greet(gateway, loser === FIRST ? SECOND : FIRST);
        assertEquals(Object.values(await trustOf(gateway)), ["other_client", true]);
      });
    });
  },
);

testTransports(
  "unpinned while connected: all of its Device-Id are sent away, and the next one is pinned",
  async (http) => {
    await withTempDir(async (data) => {
      await withGateway(data, http, async ({ gateway }) => {
        const files = new PinFiles(authDir(data));
        await using first = await HandDevice.greet(gateway, FIRST);
        await using second = await HandDevice.greet(gateway, SECOND);
        await using other = await HandDevice.greet(gateway, { headers: { "Device-Id": "another" } });
        await until(async () => (await files.read()).pins.length === 2, "the files");
        assertEquals(await files.remove(DEVICE_ID), true);
        assertEquals([(await first.ended).code, (await second.ended).code], [4004, 4004]);
        assertEquals(first.heard.at(-1)?.["type"], "alert");
        await other.settled();
        await gateway.until(() => gateway.gateway.stats.sessions === 1, "the end of both");
        await using _second = await HandDevice.greet(gateway, SECOND);
        await using _first = await HandDevice.greet(gateway, FIRST);
        assertEquals(await trustOf(gateway), { "null": true, "uuid-2": true, "uuid-1": "other_client" });
      });
    });
  },
);

testTransports(
  "approved while another one is pinned: that one is sent away, and the approved one trusted",
  async (http) => {
    await withTempDir(async (data) => {
      await withGateway(data, http, async ({ gateway }) => {
        await using stranger = await HandDevice.greet(gateway, SECOND);
        const device = { deviceId: DEVICE_ID, clientId: "uuid-1", approvedAt: "now" };
        await new DeviceFiles(authDir(data)).approve(device);
        assertEquals((await stranger.ended).code, 4004);
        await using _stranger = await HandDevice.greet(gateway, SECOND);
        await using _first = await HandDevice.greet(gateway, FIRST);
        assertEquals(await trustOf(gateway), { "uuid-2": "other_client", "uuid-1": true });
      });
    });
  },
);

testTransports(
  "a damaged pin: nobody is trusted under its Device-Id, all are let in, and the file stays",
  async (http) => {
    await withTempDir(async (data) => {
      const path = `${authDir(data)}/pinned/${pinName(DEVICE_ID)}`;
      await Deno.mkdir(`${authDir(data)}/pinned`, { recursive: true });
      await Deno.writeTextFile(path, "{");
      await withGateway(data, http, async ({ gateway, codes }) => {
        assertEquals(codes, ["auth.pin_damaged"]);
        await using _first = await HandDevice.greet(gateway, FIRST);
        await using _second = await HandDevice.greet(gateway, SECOND);
        assertEquals(await trustOf(gateway), { "uuid-1": "damaged", "uuid-2": "damaged" });
        assertEquals(await metric(gateway, 'earshot_devices_pinned{state="damaged"}'), "1");
      });
      assertEquals(await Deno.readTextFile(path), "{");
    });
  },
);

testTransports(
  "a full table: a pin is dropped for the next device only while its own is away",
  async (http) => {
    await withTempDir(async (data) => {
      await withGateway(data, http, async ({ gateway }) => {
        const another = { headers: { "Device-Id": "another", "Client-Id": "uuid-3" } };
        const first = await HandDevice.greet(gateway, FIRST);
        const full = await HandDevice.greet(gateway, another);
        assertEquals(await trustOf(gateway), { "uuid-1": true, "uuid-3": "full" });
        for (const device of [first, full]) await device[Symbol.asyncDispose]();
        await gateway.until(() => gateway.gateway.stats.sessions === 0, "the end of both");
        await using _another = await HandDevice.greet(gateway, another);
        assertEquals(await trustOf(gateway), { "uuid-3": true });
        assertEquals(await metric(gateway, "earshot_devices_pins_dropped_total"), "1");
      }, { auth: { maxPinned: 1 } });
    });
  },
);

testTransports(
  "trusted without a pin: whom the config names, and everybody with tools.open",
  async (http) => {
    await withTempDir(async (data) => {
      const allowed = { auth: { allowedDevices: [DEVICE_ID] } };
      for (const changes of [allowed, { tools: { open: true } }]) {
        await withGateway(data, http, async ({ gateway }) => {
          await using _first = await HandDevice.greet(gateway, FIRST);
          await using _second = await HandDevice.greet(gateway, SECOND);
          await using _nameless = await HandDevice.greet(gateway);
          const nameless = changes === allowed ? "unnamed" : true;
          assertEquals(await trustOf(gateway), { "uuid-1": true, "uuid-2": true, "null": nameless });
        }, changes);
      }
      assertEquals((await new PinFiles(authDir(data)).read()).pins, []);
    });
  },
);

testTransports(
  "nothing of a device but its ids and a time is in its file, and no Client-Id in an event",
  async (http) => {
    await withTempDir(async (data) => {
      await withGateway(data, http, async ({ gateway }) => {
        const headers = { ...FIRST.headers, Authorization: "Bearer canary" };
        await using _device = await HandDevice.greet(gateway, { headers });
        await using _second = await HandDevice.greet(gateway, SECOND);
        const path = `${authDir(data)}/pinned/${pinName(DEVICE_ID)}`;
        await until(() => Deno.stat(path).then(() => true, () => false), "the file");
        const { pinnedAt, ...ids } = JSON.parse(await Deno.readTextFile(path));
        assertEquals(ids, { deviceId: DEVICE_ID, clientId: "uuid-1" });
        assert(Math.abs(Date.parse(pinnedAt) - Date.now()) < 60_000);
        const told = gateway.events.filter(({ type }) => type === "device_untrusted");
        assertStringIncludes(JSON.stringify(told), DEVICE_ID);
        assert(!JSON.stringify(told).includes("uuid"));
      });
    });
  },
);
