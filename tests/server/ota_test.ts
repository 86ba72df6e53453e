import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openGateway, testEngines, type TestGateway } from "../support/test_gateway.ts";

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

testEngines("a device is told where to connect, in exactly the form that firmware acts on", async (http) => {
  await using gateway = await openGateway(http, { server: { frameVersion: 3 } });
  const answer = await (await ask(gateway, { method: "POST", headers: DEVICE, body: BODY })).json();
  assertEquals(Object.keys(answer).sort(), ["firmware", "server_time", "websocket"]);
  assertEquals(answer.websocket, { url: gateway.url.href, token: "", version: 3 });
  assertEquals(answer.firmware, { version: "2.4.2", url: "" });
  assert(Math.abs(answer.server_time.timestamp - Date.now()) < 5_000);
  assertEquals(answer.server_time.timezone_offset, -new Date().getTimezoneOffset());
});

testEngines("an empty body, and one that is no JSON, are answered as well", async (http) => {
  await using gateway = await openGateway(http);
  for (const init of [{ headers: DEVICE }, { method: "POST", headers: DEVICE, body: "{" }]) {
    const answer = await (await ask(gateway, init)).json();
    assertEquals(answer.websocket.url, gateway.url.href);
  }
});

testEngines("a person who opens the address reads where devices are sent", async (http) => {
  await using gateway = await openGateway(http);
  assertStringIncludes(await (await ask(gateway)).text(), gateway.url.href);
  assertStringIncludes(await (await ask(gateway, {}, "/xiaozhi/ota")).text(), gateway.url.href);
});

testEngines("the name under which a device found us is kept, with our own port", async (http) => {
  await using gateway = await openGateway(http);
  const { port } = gateway.gateway;
  const told = async (host: string) => /ws:\/\/[^\s]+/.exec(await askRaw(gateway, [`Host: ${host}`]))?.[0];
  assertEquals(await told("earshot.lan:8003"), `ws://earshot.lan:${port}/xiaozhi/v1/`);
  assertEquals(await told("[::1]:80"), `ws://[::1]:${port}/xiaozhi/v1/`);
  assertStringIncludes(await askRaw(gateway, ["Host: bad<name>"]), "400 Bad Request");
});

testEngines("a public URL from the config goes before everything", async (http) => {
  await using gateway = await openGateway(http, { server: { publicUrl: "wss://voice.example/x/" } });
  const answer = await (await ask(gateway, { method: "POST", headers: DEVICE, body: BODY })).json();
  assertEquals(answer.websocket.url, "wss://voice.example/x/");
});

testEngines("browsers may ask, activation is granted, and what is odd is refused in words", async (http) => {
  await using gateway = await openGateway(http);
  const preflight = await ask(gateway, { method: "OPTIONS" });
  assertEquals(preflight.status, 204);
  assertStringIncludes(preflight.headers.get("access-control-allow-headers") ?? "", "device-id");
  const activation = await ask(gateway, { method: "POST", body: "{}" }, "/xiaozhi/ota/activate");
  assertEquals([activation.status, await activation.json()], [200, {}]);
  const put = await ask(gateway, { method: "PUT", body: "x" });
  assertEquals(put.status, 405);
  assertStringIncludes(await put.text(), "GET or POST");
  const huge = await ask(gateway, { method: "POST", body: "x".repeat(70_000) });
  assertEquals(huge.status, 413);
  await huge.body?.cancel();
});
