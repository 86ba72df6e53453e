import { assertEquals } from "@std/assert";
import fc from "../support/fast_check.ts";
import { otaGreeting, otaResponse, parseOtaRequest } from "../../lib/protocol/mod.ts";
import { test } from "../support/test.ts";

const URL_OF_OTA = new URL("http://box:8000/xiaozhi/ota/");

const ANSWER = {
  websocketUrl: "ws://192.168.1.5:8000/xiaozhi/v1/",
  token: "t",
  frameVersion: 1,
  nowMs: 1_785_000_000_123.7,
  timezoneOffsetMinutes: 480,
  firmwareVersion: "2.4.2",
} as const;

test("a device's question is read", () => {
  const headers = new Headers({ "Device-Id": "AA:BB:CC:DD:EE:FF", "Client-Id": "uuid-1" });
  const body = {
    mac_address: "00:00:00:00:00:00",
    application: { version: "2.4.2" },
    board: { name: "box" },
  };
  assertEquals(parseOtaRequest(URL_OF_OTA, headers, JSON.stringify(body)), {
    deviceId: "aa:bb:cc:dd:ee:ff",
    clientId: "uuid-1",
    board: "box",
    firmwareVersion: "2.4.2",
  });
});

test("the body stands in for absent headers, the user agent for an absent body", () => {
  const body = { mac_address: "AA:BB:CC:DD:EE:FF", uuid: "u", board: { type: "wifi" }, application: null };
  assertEquals(parseOtaRequest(URL_OF_OTA, new Headers(), JSON.stringify(body)), {
    deviceId: "aa:bb:cc:dd:ee:ff",
    clientId: "u",
    board: "wifi",
    firmwareVersion: "0.0.0",
  });
  assertEquals(parseOtaRequest(URL_OF_OTA, new Headers({ "User-Agent": "esp-box-3/1.9.0" }), ""), {
    board: "esp-box-3",
    firmwareVersion: "1.9.0",
  });
});

test("arbitrary bodies are read as far as they go", () => {
  const field = fc.jsonValue();
  const body = fc.record({ mac_address: field, uuid: field, application: field, board: field });
  fc.assert(fc.property(fc.oneof(fc.string(), body.map((value) => JSON.stringify(value))), (text) => {
    assertEquals(
      /^\d+(\.\d+)*$/.test(parseOtaRequest(URL_OF_OTA, new Headers(), text).firmwareVersion),
      true,
    );
  }));
  const deep = "[".repeat(1_000_000);
  assertEquals(parseOtaRequest(URL_OF_OTA, new Headers(), deep), { firmwareVersion: "0.0.0" });
  const closed = `{"board":${deep}${"]".repeat(1_000_000)}}`;
  assertEquals(parseOtaRequest(URL_OF_OTA, new Headers(), closed), { firmwareVersion: "0.0.0" });
});

test("the answer is exact, and without mqtt", () => {
  assertEquals(otaResponse(ANSWER), {
    server_time: { timestamp: 1_785_000_000_123, timezone_offset: 480 },
    firmware: { version: "2.4.2", url: "" },
    websocket: { url: "ws://192.168.1.5:8000/xiaozhi/v1/", token: "t", version: 1 },
  });
});

test("a version that firmware's comparison would stumble over is cut to its integers", () => {
  const version = (firmwareVersion: string) => otaResponse({ ...ANSWER, firmwareVersion })["firmware"];
  assertEquals(version("2.4.2-rc1"), { version: "2.4.2", url: "" });
  assertEquals(version("v2"), { version: "0.0.0", url: "" });
});

test("a browser is told the address in one line", () => {
  assertEquals(otaGreeting("ws://a/").match(/ws:\/\/a\/\n$/)?.length, 1);
});
