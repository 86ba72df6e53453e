import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createHmac } from "node:crypto";
import { openGateway, TestGateway, testTransports } from "../../support/test_gateway.ts";

const DEVICE = { "Device-Id": "02:00:00:aa:bb:cc", "Client-Id": "7b1f9f0e-0000-4000-8000-000000000001" };
const BODY = JSON.stringify({
  version: 2,
  minimum_free_heap_size: "8457848",
  mac_address: "02:00:00:aa:bb:cc",
  application: { name: "xiaozhi", version: "2.4.2" },
  board: { type: "bread-compact-wifi", name: "bread-compact-wifi" },
});

function ask(gateway: TestGateway, init: RequestInit = {}, path = "/xiaozhi/ota/"): Promise<Response> {
  return fetch(gateway.http(path), init);
}

/** A request as it is written, since `fetch` decides on `Host` by itself; gives the answer's body. */
async function askRaw(gateway: TestGateway, head: readonly string[]): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: gateway.gateway.port });
  const request = ["GET /xiaozhi/ota/ HTTP/1.1", ...head, "Connection: close", "", ""].join("\r\n");
  await connection.write(new TextEncoder().encode(request));
  return await new Response(connection.readable).text();
}

/** The WebSocket URL that a request is told. */
async function told(gateway: TestGateway, head: readonly string[]): Promise<string | undefined> {
  return /wss?:\/\/[^\s]+/.exec(await askRaw(gateway, head))?.[0];
}

/** What is said of a URL that may be wrong. */
function doubts(gateway: TestGateway): readonly string[] {
  return gateway.events.flatMap((event) => event.type === "url_doubted" ? [event.doubt] : []);
}

testTransports(
  "a device is told where to connect, in exactly the form that firmware acts on",
  async (http) => {
    await using gateway = await openGateway(http, { server: { frameVersion: 3 } });
    const answer = await (await ask(gateway, { method: "POST", headers: DEVICE, body: BODY })).json();
    assertEquals(Object.keys(answer).sort(), ["firmware", "server_time", "websocket"]);
    const { token, ...websocket } = answer.websocket;
    assertEquals(websocket, { url: gateway.url.href, version: 3 });
    assertMatch(token, /^[\w-]{43}\.\d+$/, "some clients do not connect without one");
    assertEquals(answer.firmware, { version: "2.4.2", url: "" });
    assert(Math.abs(answer.server_time.timestamp - Date.now()) < 60_000);
    assertEquals(answer.server_time.timezone_offset, -new Date().getTimezoneOffset());
  },
);

testTransports("an empty body, and one that is no JSON, are answered as well", async (http) => {
  await using gateway = await openGateway(http);
  for (const init of [{ headers: DEVICE }, { method: "POST", headers: DEVICE, body: "{" }]) {
    const answer = await (await ask(gateway, init)).json();
    assertEquals(answer.websocket.url, gateway.url.href);
  }
});

testTransports("a person who opens the address reads where devices are sent", async (http) => {
  await using gateway = await openGateway(http);
  assertStringIncludes(await (await ask(gateway)).text(), gateway.url.href);
  assertStringIncludes(await (await ask(gateway, {}, "/xiaozhi/ota")).text(), gateway.url.href);
});

testTransports("the name and the port under which a device found us are kept", async (http) => {
  await using gateway = await openGateway(http);
  const { port } = gateway.gateway;
  assertEquals(await told(gateway, [`Host: earshot.lan:9000`]), "ws://earshot.lan:9000/xiaozhi/v1/");
  assertEquals(await told(gateway, [`Host: [::1]:9000`]), "ws://[::1]:9000/xiaozhi/v1/");
  // Firmware names none.
  assertEquals(await told(gateway, [`Host: earshot.lan`]), `ws://earshot.lan:${port}/xiaozhi/v1/`);
  assertStringIncludes(await askRaw(gateway, ["Host: bad<name>"]), "400 Bad Request");
});

testTransports("a public URL from the config goes before everything", async (http) => {
  await using gateway = await openGateway(http, { server: { publicUrl: "wss://voice.example/x/" } });
  const answer = await (await ask(gateway, { method: "POST", headers: DEVICE, body: BODY })).json();
  assertEquals(answer.websocket.url, "wss://voice.example/x/");
});

testTransports(
  "browsers may ask, activation is granted, and what is odd is refused in words",
  async (http) => {
    await using gateway = await openGateway(http);
    const preflight = await ask(gateway, { method: "OPTIONS" });
    assertEquals(preflight.status, 204);
    assertStringIncludes(preflight.headers.get("access-control-allow-headers") ?? "", "device-id");
    const activation = await ask(gateway, { method: "POST", body: "{}" }, "/xiaozhi/ota/activate");
    assertEquals([activation.status, await activation.json()], [200, {}]);
    const put = await ask(gateway, { method: "PUT", body: "x" });
    assertEquals(put.status, 405);
    assertStringIncludes(await put.text(), "GET or POST");
    assertEquals(put.headers.get("allow"), "GET, HEAD, POST, OPTIONS");
    const head = await ask(gateway, { method: "HEAD" });
    assertEquals(
      [head.status, await head.text()],
      [200, ""],
      "as somebody asks who only looks whether it is there",
    );
    const huge = await ask(gateway, { method: "POST", body: "x".repeat(70_000) });
    assertEquals(huge.status, 413);
    await huge.body?.cancel();
  },
);

const ALL = [
  "activation-version",
  "accept-language",
  "authorization",
  "client-id",
  "content-type",
  "device-id",
  "serial-number",
  "user-agent",
];

testTransports("a page may send what its preflight asks for, and what firmware sends", async (http) => {
  await using gateway = await openGateway(http);
  const allowed = async (asked?: string) => {
    const headers = { origin: "http://127.0.0.1:14100", "access-control-request-method": "POST" };
    const answer = await ask(gateway, {
      method: "OPTIONS",
      headers: { ...headers, ...(asked !== undefined && { "access-control-request-headers": asked }) },
    });
    return (answer.headers.get("access-control-allow-headers") ?? "").split(", ");
  };
  assertEquals(await allowed(ALL.join(",")), ALL);
  assertEquals((await allowed()).toSorted(), ALL.toSorted());
  assertEquals(await allowed("x-of-its-own, bad name, <b>, ,x2"), ["x-of-its-own", "x2"]);
  assertEquals((await allowed(Array.from({ length: 500 }, (_, index) => `x-${index}`).join())).length, 64);
});

testTransports("a browser that asks before it reaches into the network at home is told yes", async (http) => {
  await using gateway = await openGateway(http);
  for (const asked of [true, false]) {
    const headers = { origin: "https://a.example", "access-control-request-method": "POST" };
    const answer = await ask(gateway, {
      method: "OPTIONS",
      headers: { ...headers, ...(asked && { "access-control-request-private-network": "true" }) },
    });
    assertEquals(answer.headers.get("access-control-allow-private-network"), asked ? "true" : null);
  }
});

testTransports("a trusted proxy says under which URL it is reached; nobody else does", async (http) => {
  await using gateway = await openGateway(http, { server: { trustedProxies: ["127.0.0.1"] } });
  const cases: readonly (readonly [readonly string[], string])[] = [
    [["Host: box", "X-Forwarded-Proto: https", "X-Forwarded-Host: voice.example"], "wss://voice.example"],
    [
      ["Host: box", "X-Forwarded-Proto: https", "X-Forwarded-Host: voice.example:8443"],
      "wss://voice.example:8443",
    ],
    [["Host: voice.example", "X-Forwarded-Proto: https"], "wss://voice.example"],
    [["Host: voice.example:8201", "X-Forwarded-Proto: http"], "ws://voice.example:8201"],
    [["Host: voice.example", "X-Forwarded-Proto: http", "X-Forwarded-Port: 8201"], "ws://voice.example:8201"],
    [["Host: voice.example", "X-Forwarded-Port: 443"], "wss://voice.example"],
    [
      ["Host: box", 'Forwarded: for="a, b;c=d";x-1=y;host=voice.example;proto=https, for=c;host=d'],
      "wss://voice.example",
    ],
    [
      ["Host: box", 'Forwarded: For="[2001:db8::1]:4711" ; Proto=HTTPS ; Host="voice\\.example"'],
      "wss://voice.example",
    ],
    [["Host: box", "X-Forwarded-Proto: https, http", "X-Forwarded-Host: a.example, b"], "wss://a.example"],
    [
      ["Host: box", 'Forwarded: for=192.0.2.7;proto=https;host="voice.example:8443", for=x'],
      "wss://voice.example:8443",
    ],
    [
      ["Host: box", "X-Forwarded-Proto: https", "X-Forwarded-Host: [2001:db8::1]:8443"],
      "wss://[2001:db8::1]:8443",
    ],
  ];
  for (const [head, url] of cases) assertEquals(await told(gateway, head), `${url}/xiaozhi/v1/`, head.join());
  assertEquals(doubts(gateway), []);
  const odd = ["Host: box:9000", "X-Forwarded-Proto: gopher", "X-Forwarded-Host: <b>", "X-Forwarded-Port: 0"];
  assertEquals(await told(gateway, odd), "ws://box:9000/xiaozhi/v1/");
  assertEquals(
    await told(gateway, ["Host: box:9000", "X-Forwarded-Host: 999.1.1.1"]),
    "ws://box:9000/xiaozhi/v1/",
  );
  assertEquals(doubts(gateway), ["silent", "silent"]);
  // As nginx asks whom nobody told to pass anything on.
  assertEquals(await told(gateway, ["Host: 127.0.0.1:9000"]), "ws://127.0.0.1:9000/xiaozhi/v1/");
  assertEquals(doubts(gateway), ["silent", "silent", "silent"]);

  await using wary = await openGateway(http);
  assertEquals(
    await told(wary, ["Host: box:9000", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example"]),
    "ws://box:9000/xiaozhi/v1/",
  );
  assertEquals(doubts(wary), ["untrusted"]);
  for (
    const mark of ["X-Forwarded-Ssl: on", "X-Forwarded-Scheme: https", "Front-End-Https: on", "CF-Ray: 1"]
  ) {
    const before = doubts(wary).length;
    await told(wary, ["Host: box", mark]);
    assertEquals(doubts(wary).slice(before), ["untrusted"], mark);
  }
});

testTransports("who asks may name itself in the query", async (http) => {
  await using gateway = await openGateway(http);
  const answer = await ask(gateway, {}, "/xiaozhi/ota/?device_id=02-00-00-AA-BB-CC&clientId=c");
  assertEquals((await answer.json()).websocket.url, gateway.url.href);
});

testTransports("devices show the time of the configured zone, with daylight saving", async (http) => {
  const offset = async (timeZone: string) => {
    await using gateway = await openGateway(http, { server: { timeZone } });
    return (await (await ask(gateway, { headers: DEVICE })).json()).server_time.timezone_offset;
  };
  assertEquals(await offset("Asia/Shanghai"), 480);
  assertEquals(await offset("Asia/Kathmandu"), 345);
  assertMatch(String(await offset("Europe/Berlin")), /^(60|120)$/);
});

const MQTT_KEY = "a-key-of-the-mqtt-gateway";

testTransports(
  "with an MQTT gateway in front, devices get what it checks; who has no MAC address gets none",
  async (http) => {
    await using gateway = new TestGateway(undefined, {
      server: { transport: http, mqtt: { endpoint: "192.168.1.5:1883", key: { env: "UNREAD" } } },
    }, { mqttKey: MQTT_KEY });
    await gateway.gateway.listening;
    const { mqtt, websocket } = await (await ask(gateway, { method: "POST", headers: DEVICE, body: BODY }))
      .json();
    assertEquals(websocket.url, gateway.url.href);
    const { username, password, ...rest } = mqtt;
    assertEquals(rest, {
      endpoint: "192.168.1.5:1883",
      client_id: `GID_bread-compact-wifi@@@02_00_00_aa_bb_cc@@@${DEVICE["Client-Id"]}`,
      publish_topic: "device-server",
      subscribe_topic: "devices/p2p/02_00_00_aa_bb_cc",
    });
    assertEquals(JSON.parse(atob(username)), { ip: "127.0.0.1" });
    const signed = createHmac("sha256", MQTT_KEY).update(`${mqtt.client_id}|${username}`).digest("base64");
    assertEquals(password, signed);
    const browser = await (await ask(gateway, { headers: { "device-id": "my-browser" } })).json();
    assertEquals(browser.mqtt, undefined);
  },
);
