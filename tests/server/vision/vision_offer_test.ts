import { assertEquals, assertMatch } from "@std/assert";
import { systemClock } from "../../../lib/lifecycle/mod.ts";
import type { DeviceIdentity } from "../../../lib/protocol/mod.ts";
import { lanAddresses } from "../../../lib/server/mod.ts";
import { AddressList } from "../../../lib/server/addresses/address_list.ts";
import { Gatekeeper } from "../../../lib/server/auth/mod.ts";
import { visionOffer, visionUrlOf } from "../../../lib/server/routes/vision_url.ts";
import { Vision } from "../../../lib/server/vision/vision.ts";
import { Answerer, LlmRunner, llmServiceKeys } from "../../../lib/llm/mod.ts";
import { configOf } from "../../support/config_of.ts";
import { eyeOf } from "../../support/photo_gateway.ts";
import { test } from "../../support/test.ts";

const IDENTITY: DeviceIdentity = {
  deviceId: "02:00:00:aa:bb:cc",
  clientId: "c",
  frameVersion: 1,
  viaGateway: false,
};

function rig(
  { publicUrl }: { readonly publicUrl?: string } = {},
) {
  const { auth } = configOf();
  const gatekeeper = new Gatekeeper({
    config: auth,
    parts: {},
    trustsAll: false,
    origins: { allowed: [], names: [], publicUrl: undefined },
    maxHandshakesPerMinute: 1_000,
    clock: systemClock,
    wallMs: Date.now,
  });
  const runner = new LlmRunner(eyeOf(systemClock), { ...llmServiceKeys.parse({}), clock: systemClock });
  const vision = new Vision({
    answerer: new Answerer([runner]),
    maxTokens: 100,
    maxConcurrent: 1,
    clock: systemClock,
  });
  const own = { publicUrl, port: 8000, otaPort: 8003, secure: false, trustedProxies: new AddressList([]) };
  const offer = (identity: Partial<DeviceIdentity> = {}, host = "192.168.1.9") =>
    visionOffer({ ...IDENTITY, ...identity }, {
      request: new Request("http://x/xiaozhi/v1/", { headers: { host } }),
      peer: "192.168.1.50",
    }, { vision, gatekeeper, own });
  return { gatekeeper, offer };
}

test("visionOffer: the address by which the device has found us, and a token for it alone", () => {
  const { gatekeeper, offer } = rig();
  const { url, token = "" } = offer() ?? {};
  assertEquals(url, "http://192.168.1.9:8000/xiaozhi/vision/explain");
  assertMatch(token, /^[\w-]{43}\.\d+$/);
  assertEquals(
    gatekeeper.authorizePhoto({ identity: { ...IDENTITY, token }, address: undefined }),
    IDENTITY.deviceId,
  );
  assertEquals(offer({}, "voice.lan:8080")?.url, "http://voice.lan:8080/xiaozhi/vision/explain");
  const proxied = rig({ publicUrl: "wss://home.example/ear/xiaozhi/v1/" });
  assertEquals(proxied.offer()?.url, "https://home.example/ear/xiaozhi/vision/explain");
});

test("visionOffer: nothing for who says not who it is, and for ids that no token can be for", () => {
  const { offer } = rig();
  assertEquals(offer({ deviceId: "a|b" }), undefined);
  const { deviceId: _, ...nobody } = IDENTITY;
  const { gatekeeper } = rig();
  assertEquals(gatekeeper.photoToken(nobody), undefined);
  const [lan] = lanAddresses();
  if (lan === undefined) return;
  // The MQTT gateway on this machine asks by loopback, where its device finds nothing.
  assertEquals(
    offer({ viaGateway: true }, "127.0.0.1:8000")?.url,
    `http://${lan.address}:8000/xiaozhi/vision/explain`,
  );
});

test("visionUrlOf: beside the WebSocket, below the same path where that is ours", () => {
  const cases = [
    ["ws://a:8000/xiaozhi/v1/", "http://a:8000/xiaozhi/vision/explain"],
    ["ws://a:8000/xiaozhi/v1?x=1#y", "http://a:8000/xiaozhi/vision/explain"],
    ["wss://[::1]/", "https://[::1]/xiaozhi/vision/explain"],
    ["wss://a/own/path", "https://a/xiaozhi/vision/explain"],
    ["wss://a:444/x/xiaozhi/v1/", "https://a:444/x/xiaozhi/vision/explain"],
  ] as const;
  for (const [websocket, url] of cases) assertEquals(visionUrlOf(websocket), url);
});
