import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { HandDevice } from "../support/hand_device.ts";
import { knockRaw } from "../support/knock.ts";
import { openGateway, testTransports } from "../support/test_gateway.ts";

const KEY = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

testTransports(
  "a handshake that a proxy has taken apart is told what is missing, at any path",
  async (http) => {
    await using gateway = await openGateway(http);
    const answer = (first: string, head = "") =>
      knockRaw(gateway.gateway.port, `${first}\r\nHost: box\r\n${head}\r\n`);
    const close = "Connection: close\r\n";
    const both = "without Upgrade and Connection";
    const cases: readonly (readonly [string, string, string])[] = [
      ["GET /xiaozhi/v1/ HTTP/1.1", close, both],
      ["GET /xiaozhi/v1?device-id=x HTTP/1.1", close, both],
      // As nginx asks unless it is told otherwise.
      ["GET /xiaozhi/v1/ HTTP/1.0", close + KEY, both],
      ["GET /some/other/path HTTP/1.1", close + KEY, both],
      ["GET /xiaozhi/v1/ HTTP/1.1", `Connection: Upgrade, close\r\n${KEY}`, "without Upgrade;"],
      ["GET /xiaozhi/v1/ HTTP/1.1", `Upgrade: websocket\r\n${close}${KEY}`, "without Connection;"],
    ];
    for (const [first, head, missing] of cases) {
      const text = await answer(first, head);
      assertMatch(text, /^HTTP\/1\.[01] 426 /, first + head);
      assertMatch(text, /\r\nupgrade: websocket\r\n/i);
      assertStringIncludes(text, missing);
      assertStringIncludes(text, "has to pass on Upgrade and Connection [server.upgrade_required]");
    }
    const refused = gateway.events.filter(({ type }) => type === "upgrade_refused");
    assertEquals(refused.length, cases.length);
    assertMatch(
      await answer("POST /xiaozhi/v1/ HTTP/1.1", `Content-Length: 0\r\n${close}`),
      /^HTTP\/1\.1 404 /,
    );
    await using _device = await HandDevice.greet(gateway);
  },
);
